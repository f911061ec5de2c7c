import { describe, expect, test } from 'vitest';
import { learnedCalls } from '../../../../src/engine/cause/graph/learned-calls.ts';
import { movingTogether } from '../../../../src/engine/cause/graph/partial-correlation.ts';
import type { CauseInput, MetricSeries } from '../../../../src/engine/cause/input.ts';
import { callStatsOf } from '../../../../src/engine/cause/metrics/call-stats.ts';
import { rankCauses } from '../../../../src/engine/cause/rank.ts';
import { seededRandom } from '../../../support/random.ts';

const names = ['web', 'cart', 'db', 'search', 'ads'];
const rows = 300;

/** Web calls cart and search, cart calls db; ads is nobody's. Each row a caller takes its own time and its callees'. */
function observed({
  fault = {},
  kinds = ['latency', 'requests'],
}: {
  fault?: Record<string, number>;
  kinds?: string[];
}) {
  const random = seededRandom(7);
  const own = (): Float64Array => Float64Array.from({ length: rows + 6 }, () => 0.05 * (0.7 + 0.6 * random.unit()));
  const [web, cart, db, search, ads] = [own(), own(), own(), own(), own()];
  for (let row = rows + 3; row < rows + 6; row++) {
    [web, cart, db, search, ads].forEach((each, at) => (each[row] = each[row]! + (fault[names[at]!] ?? 0)));
  }
  const sum = (...parts: Float64Array[]): Float64Array =>
    parts[0]!.map((_, row) => parts.reduce((total, part) => total + part[row]!, 0));
  const latencies = [sum(web, cart, db, search), sum(cart, db), db, search, ads];
  const series = latencies.flatMap((latency, entity): MetricSeries[] => {
    const all = { latency, requests: latency.map(() => 100), cpu: latency.map(() => 20) };
    return (Object.keys(all) as (keyof typeof all)[])
      .filter((kind) => kinds.includes(kind) || entity === 0)
      .map((kind) => ({
        entity,
        kind,
        name: `${names[entity]} ${kind}`,
        history: all[kind].subarray(0, rows),
        recent: all[kind].subarray(rows),
      }));
  });
  const input: CauseInput = {
    entities: names.map((name) => ({ name, kind: 'service' })),
    calls: [],
    metrics: { recentMs: null, series },
    alarm: { entity: 0, kind: 'latency' },
    alarmAt: 3,
  };
  return input;
}

const linksOf = (input: CauseInput): string[] =>
  learnedCalls(input, callStatsOf(input), { entity: 0, kind: 'latency' })
    .map(([from, to]) => `${names[from]} → ${names[to]}`)
    .filter((link, at, all) => all.indexOf(link) === at)
    .sort();

describe('calls learned from metrics', () => {
  test('who changes with its callees beyond chance calls them, and the alarmed entity may call all', () => {
    expect(linksOf(observed({}))).toEqual(['cart → db', 'web → ads', 'web → cart', 'web → db', 'web → search']);
  });

  test('the callee that both callers wait for is found without a graph', () => {
    const { method, entities } = rankCauses(observed({ fault: { db: 0.4 } }));
    expect(method).toBe('learned');
    expect(entities[0]?.name).toBe('db');
  });

  test('a caller that is slow by itself stays to blame', () => {
    expect(rankCauses(observed({ fault: { cart: 0.4 } })).entities[0]?.name).toBe('cart');
  });

  test('where most entities have no latency each is judged by itself', () => {
    expect(rankCauses(observed({ kinds: ['cpu'] })).method).toBe('deviations');
  });

  test('of too many entities for their history no link is learned but those of the alarm', () => {
    const input = observed({});
    const series = input.metrics!.series.map((each) => ({ ...each, history: each.history.subarray(0, 12) }));
    expect(linksOf({ ...input, metrics: { ...input.metrics!, series } })).toHaveLength(4);
  });
});

describe('series that move together', () => {
  const random = seededRandom(5);
  const noise = (): Float64Array => Float64Array.from({ length: 400 }, () => random.unit());

  test('what a third explains is no pair', () => {
    const [source, first, second] = [noise(), noise(), noise()];
    const through = first.map((value, row) => value + source[row]! * 2);
    const beyond = second.map((value, row) => value / 2 + through[row]! * 2);
    expect(movingTogether([source, through, beyond], 0.01).map((pair) => [pair.first, pair.second])).toEqual([
      [0, 1],
      [1, 2],
    ]);
  });

  test('of 40 series that have nothing to do with each other hardly any make a pair', () => {
    expect(movingTogether(Array.from({ length: 40 }, noise), 0.01).length).toBeLessThanOrEqual(1);
  });

  test('constant, empty and equal series break nothing', () => {
    const flat = new Float64Array(400).fill(3);
    const missing = new Float64Array(400).fill(Number.NaN);
    const one = noise();
    const pairs = movingTogether([flat, missing, one, one.slice()], 0.01);
    expect(pairs.map((pair) => [pair.first, pair.second])).toEqual([[2, 3]]);
    expect(movingTogether([], 0.01)).toEqual([]);
  });
});
