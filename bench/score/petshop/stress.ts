import { seeded, type Random } from './random.ts';
import type { Metrics, NodeRows, PetshopCase } from './cases.ts';

/** A change of a case that leaves its label right. */
export interface Stress {
  readonly name: string;
  /** How many draws of chance each case is tried with. */
  readonly draws: number;
  /** Of history and the rows around the alarm alike. */
  readonly rows?: (rows: NodeRows, random: Random) => NodeRows;
  /** Of the case, after its rows. */
  readonly whole?: (one: PetshopCase, random: Random) => PetshopCase;
}

/** So often a case is drawn anew when its target shows nothing of the alarm any more: nobody would have asked. */
const redraws = 50;
/** No stress has more draws, so that those of two seeds have nothing in common. */
const mostDraws = 20;

/**
 * The cases of a stress, draw after draw. Cases of one system share their changed history within a draw.
 * @param seed other draws of chance for another whole number
 */
export function* stressed(
  cases: readonly PetshopCase[],
  { draws, rows, whole }: Stress,
  seed = 0,
): Generator<PetshopCase> {
  for (let draw = seed * mostDraws; draw < seed * mostDraws + draws; draw++) {
    const histories = new Map<NodeRows, NodeRows>();
    for (const [index, one] of cases.entries()) {
      const random = seeded(1000 * draw + index + 1);
      let changed = one;
      if (rows !== undefined) {
        const history = histories.get(one.history) ?? rows(one.history, seeded(1_000_000 + draw));
        histories.set(one.history, history);
        for (let again = 0; again < redraws; again++) {
          changed = { ...one, history, recent: rows(one.recent, random) };
          if (showsAlarm(changed)) break;
        }
      }
      yield whole === undefined ? changed : whole(changed, random);
    }
  }
}

const keptShare = 0.1;

export const stresses: readonly Stress[] = [
  { name: 'as it is', draws: 1 },
  { name: 'traces ÷ 10', draws: 6, rows: (rows, random) => thinned(rows, keptShare, random, true) },
  { name: 'requests ÷ 10', draws: 6, rows: (rows, random) => thinned(rows, keptShare, random, false) },
  { name: 'traces ÷ 30', draws: 6, rows: (rows, random) => thinned(rows, 1 / 30, random, true) },
  { name: 'alarm 150 s late', draws: 1, whole: (one) => alarmLater(one, 150) },
  { name: 'alarm 300 s late', draws: 1, whole: (one) => alarmLater(one, 300) },
  { name: 'alarm 150 s early', draws: 1, whole: (one) => alarmLater(one, -150) },
  { name: 'alarm 300 s early', draws: 1, whole: (one) => alarmLater(one, -300) },
  { name: 'no row before', draws: 1, whole: (one) => ({ ...one, recent: rowsFrom(one.recent, firstAbnormal(one)) }) },
  {
    name: 'one row before',
    draws: 1,
    whole: (one) => ({ ...one, recent: rowsFrom(one.recent, firstAbnormal(one) - 1) }),
  },
  {
    name: 'one row before, 300 s late',
    draws: 1,
    whole: (one) => alarmLater({ ...one, recent: rowsFrom(one.recent, firstAbnormal(one) - 1) }, 300),
  },
  {
    name: 'traces ÷ 10, 300 s late',
    draws: 6,
    rows: (rows, random) => thinned(rows, keptShare, random, true),
    whole: (one) => alarmLater(one, 300),
  },
  { name: '12 rows of history', draws: 1, whole: (one) => ({ ...one, history: rowsFrom(one.history, -12) }) },
  { name: 'a client node before each', draws: 1, whole: (one, random) => withAliases(one, random) },
  { name: 'latency ± 5 %', draws: 6, rows: (rows, random) => noisy(rows, 0.05, random) },
  { name: 'a tenth of values missing', draws: 6, rows: (rows, random) => holed(rows, 0.1, random) },
  { name: 'calls back to callers', draws: 3, whole: (one, random) => withCycles(one, random) },
  { name: 'other names', draws: 3, whole: (one, random) => renamed(one, random) },
];

const alarmLater = (one: PetshopCase, seconds: number): PetshopCase => ({
  ...one,
  target: { ...one.target, unixSeconds: one.target.unixSeconds + seconds },
});

/** The first row of which at least half lies behind the alarm. */
function firstAbnormal({ recent: { times }, target }: PetshopCase): number {
  const step = times.length > 1 ? times[1]! - times[0]! : 300;
  const first = times.findIndex((time) => time + step / 2 >= target.unixSeconds);
  return first === -1 ? times.length : first;
}

/** Whether the target still shows the alarm: a failure, or latency above that of all rows before. */
function showsAlarm(one: PetshopCase): boolean {
  const { availability, latency } = one.recent.nodes.get(one.target.node) ?? {};
  const first = firstAbnormal(one);
  if (one.target.metric === 'availability') return availability?.subarray(first).some((value) => value < 100) ?? false;
  const before = latency
    ?.subarray(0, first)
    .filter(Number.isFinite)
    .reduce((most, value) => Math.max(most, value), 0);
  return latency?.subarray(first, first + 2).some((value) => value > (before ?? 0)) ?? false;
}

function rowsFrom({ times, nodes }: NodeRows, first: number): NodeRows {
  const from = first < 0 && -first <= 1 ? 0 : first;
  return mapped({ times: times.slice(from), nodes }, (metrics) =>
    Object.fromEntries(Object.entries(metrics).map(([name, values]) => [name, values.slice(from)])),
  );
}

function mapped({ times, nodes }: NodeRows, change: (metrics: Metrics, node: string) => Metrics): NodeRows {
  return { times, nodes: new Map([...nodes].map(([node, metrics]) => [node, change(metrics, node)])) };
}

/**
 * A share of the requests, drawn: failures without putting back, the mean latency with the error of a mean of fewer
 * requests.
 * @param together whether the same failures are drawn at every node, as when whole traces are sampled
 */
function thinned(rows: NodeRows, share: number, random: Random, together: boolean): NodeRows {
  const shared = Array.from(rows.times, (): boolean[] => []);
  const keepsFailure = (row: number, failure: number): boolean => {
    if (!together) return random.next() < share;
    const drawn = shared[row]!;
    while (drawn.length <= failure) drawn.push(random.next() < share);
    return drawn[failure]!;
  };
  return mapped(rows, (metrics) => {
    const [requests, latency, availability] = [metrics.requests, metrics.latency, metrics.availability].map((values) =>
      values?.slice(),
    );
    if (requests === undefined) return metrics;
    for (let row = 0; row < requests.length; row++) {
      const before = requests[row]!;
      if (!(before > 0)) continue;
      const failed = Math.round(before * (1 - (availability?.[row] ?? 100) / 100)) || 0;
      let [kept, keptFailed] = [0, 0];
      for (let failure = 0; failure < failed; failure++) if (keepsFailure(row, failure)) keptFailed++;
      for (let request = failed; request < before; request++) if (random.next() < share) kept++;
      kept += keptFailed;
      requests[row] = kept;
      if (availability !== undefined) availability[row] = kept === 0 ? Number.NaN : 100 * (1 - keptFailed / kept);
      if (latency === undefined) continue;
      const spread = spreadOf(metrics, row);
      const error = random.normal() * spread * Math.sqrt(Math.max(0, 1 / kept - 1 / before));
      latency[row] = kept === 0 ? Number.NaN : Math.max(latency[row]! / 10, latency[row]! + error);
    }
    return { requests, ...(latency && { latency }), ...(availability && { availability }) };
  });
}

/** Standard deviation of single requests, from a row's percentiles: even between two of them. */
function spreadOf({ p50, p90, p95, p99 }: Metrics, row: number): number {
  const [half, nine, most, top] = [p50, p90, p95, p99].map((values) => values?.[row] ?? Number.NaN);
  const pieces = [
    [0.5, half! / 2, half!],
    [0.4, half!, nine!],
    [0.05, nine!, most!],
    [0.04, most!, top!],
    [0.01, top!, top! * 1.2],
  ] as const;
  const moment = (of: (low: number, high: number) => number): number =>
    pieces.reduce((sum, [share, low, high]) => sum + share * of(low, high), 0);
  const mean = moment((low, high) => (low + high) / 2);
  const square = moment((low, high) => (low ** 2 + low * high + high ** 2) / 3);
  return Math.sqrt(Math.max(0, square - mean ** 2)) || 0;
}

const noisy = (rows: NodeRows, spread: number, random: Random): NodeRows =>
  mapped(rows, (metrics) => ({
    ...metrics,
    ...(metrics.latency && { latency: metrics.latency.map((value) => value * Math.exp(spread * random.normal())) }),
  }));

const holed = (rows: NodeRows, share: number, random: Random): NodeRows =>
  mapped(rows, (metrics) =>
    Object.fromEntries(
      Object.entries(metrics).map(([name, values]) => [
        name,
        values.map((value) => (random.next() < share ? Number.NaN : value)),
      ]),
    ),
  );

/** Before each entity that is called, its callers' client of it: as many requests and errors, a little slower. */
function withAliases(one: PetshopCase, random: Random): PetshopCase {
  const called = [...new Set(one.calls.map(([, callee]) => callee))];
  const nameOf = (entity: number): string => `${random.word()} to ${one.names[entity]}`;
  const aliases = new Map(
    called.map((entity, index) => [entity, { index: one.names.length + index, name: nameOf(entity) }]),
  );
  const withClients = (rows: NodeRows): NodeRows => ({
    times: rows.times,
    nodes: new Map([
      ...rows.nodes,
      ...[...aliases].flatMap(([entity, { name }]) => {
        const metrics = rows.nodes.get(one.names[entity]!);
        if (metrics === undefined) return [];
        const slower = metrics.latency?.map((value) => value * (1 + 0.02 * random.next()) + 0.0005);
        return [[name, { ...metrics, ...(slower && { latency: slower }) }] as const];
      }),
    ]),
  });
  return {
    ...one,
    names: [...one.names, ...[...aliases.values()].map(({ name }) => name)],
    calls: [
      ...one.calls.map(([caller, callee]) => [caller, aliases.get(callee)!.index] as const),
      ...[...aliases].map(([entity, { index }]) => [index, entity] as const),
    ],
    history: withClients(one.history),
    recent: withClients(one.recent),
  };
}

function withCycles(one: PetshopCase, random: Random): PetshopCase {
  const back = one.calls.filter(() => random.next() < 0.2).map(([caller, callee]) => [callee, caller] as const);
  return { ...one, calls: [...one.calls, ...back] };
}

function renamed(one: PetshopCase, random: Random): PetshopCase {
  const names = one.names.map((_, index) => `${random.word()}${index}`);
  const renames = new Map(one.names.map((name, index) => [name, names[index]!]));
  const rename = (name: string): string => renames.get(name) ?? name;
  const rows = ({ times, nodes }: NodeRows): NodeRows => ({
    times,
    nodes: new Map([...nodes].map(([node, metrics]) => [rename(node), metrics])),
  });
  return {
    ...one,
    names,
    history: rows(one.history),
    recent: rows(one.recent),
    target: { ...one.target, node: rename(one.target.node) },
    cause: rename(one.cause),
  };
}
