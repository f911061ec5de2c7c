import type { CallRows } from './call-stats.ts';
import type { Usual } from './usual.ts';

/** How much each recent row belongs to the trouble, and how much to the time before it. */
export interface Rows {
  /** The first row of which at least half lies behind the alarm. */
  readonly alarmRow: number;
  /** Weight in the trouble: the newer a row, the less it tells of the beginning. */
  readonly abnormal: Float64Array;
  /** Weight in the time before; 0 from `alarmRow` on. */
  readonly normal: Float64Array;
}

/** An alarm comes late: so probable is it that the trouble was there already so long before, in milliseconds. */
const lateness = [
  { withinMs: 300_000, probability: 0.35 },
  { withinMs: 600_000, probability: 0.1 },
] as const;
const longBefore = 0.005;
const behindAlarm = 0.9;
/** A row this much later than the alarm counts half. */
const halfLifeMs = 300_000;
/** Relative standard deviation by which levels drift from history to now. */
const drift = 0.3;
/** History counts as so many requests in the usual share of errors here. */
const historyRequests = 50;
/** An abnormal row may have this much of the effect. */
const effects = [0.3, 0.6, 1, 1.5, 2.5];
const rounds = 6;
const mostStarts = 12;

/** @param recentMs begin of each row; null where a row is a step of time */
export function alarmRowOf(rows: number, recentMs: Float64Array | null, alarmAt: number | undefined): number {
  if (alarmAt === undefined) return 0;
  const step = stepOf(recentMs);
  for (let row = 0; row < rows; row++) if ((recentMs?.[row] ?? row) + step / 2 >= alarmAt) return row;
  return rows;
}

const stepOf = (recentMs: Float64Array | null): number => {
  if (recentMs === null) return 1;
  const steps = recentMs.slice(1).map((time, row) => time - recentMs[row]!);
  return steps.length === 0 ? halfLifeMs : steps.sort()[steps.length >> 1]!;
};

/**
 * Weighs the rows by what the alarmed entity shows in them: two states, usual and worse, told apart by expectation and
 * maximisation from several beginnings at or before the alarm; the likeliest wins. An alarm that comes late then has its
 * first bad rows counted as bad, and one that comes early has good rows counted less.
 */
export function weighRows(
  target: CallRows | undefined,
  usual: Usual | undefined,
  kind: 'latency' | 'errors',
  alarmRow: number,
  recentMs: Float64Array | null,
  rowCount: number,
): Rows {
  const unit = recentMs === null ? 1 : halfLifeMs;
  const rowMs = (row: number): number => recentMs?.[row] ?? row;
  const prior = Float64Array.from({ length: rowCount }, (_, row) => {
    if (row >= alarmRow) return behindAlarm;
    const before = ((rowMs(Math.min(alarmRow, rowCount - 1)) - rowMs(row)) / unit) * halfLifeMs;
    const near = lateness.find(({ withinMs }) => Math.max(before, 1) <= withinMs);
    return near?.probability ?? longBefore;
  });
  const states = target === undefined || usual === undefined ? prior : likeliest(target, usual, kind, prior, alarmRow);
  return {
    alarmRow,
    abnormal: states.map((state, row) =>
      row < alarmRow ? state : state * 0.5 ** ((rowMs(row) - rowMs(alarmRow)) / unit),
    ),
    normal: states.map((state, row) => (row < alarmRow ? 1 - state : 0)),
  };
}

function likeliest(
  rows: CallRows,
  usual: Usual,
  kind: 'latency' | 'errors',
  prior: Float64Array,
  alarmRow: number,
): Float64Array {
  const earliest = prior.findIndex((probability) => probability > longBefore);
  const stride = Math.max(1, Math.ceil((alarmRow - earliest + 1) / mostStarts));
  let best: Fit | undefined;
  for (let start = alarmRow; start >= Math.max(0, earliest); start -= stride) {
    const fit = statesFrom(rows, usual, kind, prior, start);
    if (fit !== undefined && (best === undefined || fit.likelihood > best.likelihood + 1e-9)) best = fit;
  }
  return best?.states ?? prior;
}

interface Fit {
  /** Probability of each row to be abnormal. */
  readonly states: Float64Array;
  readonly likelihood: number;
}

function statesFrom(
  { requests, latency, errors }: CallRows,
  usual: Usual,
  kind: 'latency' | 'errors',
  prior: Float64Array,
  start: number,
): Fit | undefined {
  const value = (row: number): number => (kind === 'latency' ? latency[row]! : errors[row]! / requests[row]!);
  const said = (row: number): boolean => requests[row]! > 0 && Number.isFinite(value(row));
  const states = prior.map((_, row) => (row >= start ? 0.95 : 0.05));
  let likelihood = -Infinity;
  for (let round = 0; round < rounds; round++) {
    const before = startOfMean(usual, kind);
    const during = { sum: 0, weight: 0 };
    states.forEach((state, row) => {
      if (!said(row)) return;
      before.sum += (1 - state) * requests[row]! * value(row);
      before.weight += (1 - state) * requests[row]!;
      during.sum += state * requests[row]! * value(row);
      during.weight += state * requests[row]!;
    });
    const base = before.sum / before.weight;
    const effect = during.sum / during.weight - base;
    if (!(effect > 0)) return undefined;
    likelihood =
      kind === 'latency' && usual.latency > 0 ? -0.5 * ((base - usual.latency) / (drift * usual.latency)) ** 2 : 0;
    for (let row = 0; row < states.length; row++) {
      states[row] = prior[row]!;
      if (!said(row)) continue;
      const of = (mean: number): number => logLikelihood(kind, value(row), requests[row]!, mean, base, usual);
      const normal = of(base);
      const abnormal = effects.map((share) => of(base + share * effect));
      const most = Math.max(normal, ...abnormal);
      const worse = (prior[row]! * abnormal.reduce((sum, each) => sum + Math.exp(each - most), 0)) / effects.length;
      const all = worse + (1 - prior[row]!) * Math.exp(normal - most);
      likelihood += Math.log(all) + most;
      states[row] = worse / all;
    }
  }
  return { states, likelihood };
}

/** What history adds to the usual mean: little, for levels drift. */
function startOfMean(usual: Usual, kind: 'latency' | 'errors'): { sum: number; weight: number } {
  if (kind === 'errors') {
    const weight = Math.min(usual.requests, historyRequests);
    return { sum: (weight * (usual.errors + 0.5)) / (usual.requests + 1), weight };
  }
  const weight = usual.requestsPerRow * (usual.spread / drift) ** 2;
  return Number.isNaN(usual.latency) ? { sum: 0, weight: 0 } : { sum: weight * usual.latency, weight };
}

const mostDeviations = 6;

function logLikelihood(
  kind: 'latency' | 'errors',
  value: number,
  requests: number,
  mean: number,
  base: number,
  { spread, requestsPerRow, overdispersion }: Usual,
): number {
  if (kind === 'latency') {
    const deviation = Math.max(base * spread, 1e-12) * Math.sqrt(Math.max(1, requestsPerRow / requests));
    return -0.5 * Math.min(mostDeviations, Math.abs(value - mean) / deviation) ** 2;
  }
  const share = Math.min(1 - 1e-6, Math.max(mean, 1e-4));
  const failed = requests * value;
  return (failed * Math.log(share) + (requests - failed) * Math.log(1 - share)) / overdispersion;
}
