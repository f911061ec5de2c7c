import { Effect } from 'effect';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { SeriesName } from '../../../../src/engine/domain/anomaly.ts';
import { groupsOf, movingTogether } from '../../../../src/engine/analyze/meeting/metrics/moving-together.ts';
import { OwnTables } from '../../../../src/engine/store/own-tables.ts';
import { openMeetingStore, type MeetingStore } from './meeting-store.ts';

/** mulberry32: the same numbers for the same seed. */
function noise(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296 - 0.5;
  };
}

const minutes = 180;
const begin = Date.UTC(2026, 10, 20, 12, 0);
const walk = (seed: number): number[] => {
  const random = noise(seed);
  let level = 100;
  return Array.from({ length: minutes }, () => (level += 10 * random()));
};
const service = (name: string, feature: string): SeriesName => ({
  kind: 'service',
  service: name,
  subject: '',
  feature,
});
const series = (name: SeriesName, values: readonly number[]) => ({ name, values: Float64Array.from(values) });

describe('series that move together', () => {
  const pool = walk(1);
  const random = noise(7);
  const late = pool.map((_, at) => 3 * pool[Math.max(0, at - 2)]! + 4 * random());

  test('one that follows another by two minutes is found with its lag, and the one that leads comes first', () => {
    const [group, ...others] = groupsOf([
      series(service('shop', 'p95_ms'), late),
      series(service('db', 'pool_share'), pool),
      series(service('mail', 'calls'), walk(3)),
    ]);
    expect(others).toEqual([]);
    expect(group!.members.map(({ series: { service: name }, lagMinutes }) => [name, lagMinutes])).toEqual([
      ['db', 0],
      ['shop', 2],
    ]);
    expect(group!.words).toBe('pool_share of db leads; p95_ms of shop follows 2 min later');
  });

  test('what falls when the other rises is said', () => {
    const [group] = groupsOf([
      series(service('db', 'pool_share'), pool),
      series(
        service('shop', 'calls'),
        pool.map((value) => 1000 - 2 * value),
      ),
    ]);
    expect(group!.words).toBe('pool_share of db, calls of shop (the other way) move together');
  });

  test('p95 and p99 of one service, and a service and its operation, are no news', () => {
    const operation: SeriesName = { kind: 'operation', service: 'db', subject: 'Server q', feature: 'p95_ms' };
    const edge: SeriesName = { kind: 'edge', service: 'shop', subject: 'db', feature: 'mean_ms' };
    const names = [service('db', 'p95_ms'), service('db', 'p99_ms'), operation, edge];
    expect(groupsOf(names.map((name) => series(name, pool)))).toEqual([]);
  });

  test('two spikes at the same minute are no correlation, nor are constants and gaps', () => {
    const spike = (seed: number): number[] => walk(seed).map((value, at) => (at === 90 ? 1e6 : value));
    expect(groupsOf([series(service('a', 'cpu'), spike(11)), series(service('b', 'cpu'), spike(12))])).toEqual([]);
    expect(
      groupsOf([
        series(
          service('a', 'cpu'),
          pool.map(() => 5),
        ),
        series(
          service('b', 'cpu'),
          pool.map(() => Number.NaN),
        ),
        series(service('c', 'cpu'), pool),
      ]),
    ).toEqual([]);
  });

  test('hundreds of independent series make no group', () => {
    const all = Array.from({ length: 120 }, (_, at) => series(service(`s${at}`, 'calls'), walk(1000 + at)));
    expect(groupsOf(all)).toEqual([]);
  });

  describe('of a store', () => {
    let store: MeetingStore;
    beforeAll(async () => {
      store = await openMeetingStore();
      const rows = pool.flatMap((value, at) =>
        [
          { ServiceName: 'db', Values: { pool_share: value / 1000, p95_ms: 5 } },
          { ServiceName: 'shop', Values: { p95_ms: late[at]!, p99_ms: late[at]! * 1.1, sampled: at % 7 } },
        ].map((row) => ({
          Time: begin / 1000 + at * 60,
          Seconds: 60,
          Kind: 'service',
          Subject: '',
          Marks: [],
          ...row,
        })),
      );
      await store.run(Effect.flatMap(OwnTables, (own) => own.insert('obs_features', rows)));
    });
    afterAll(() => store.close());

    test('features of minutes are compared', async () => {
      const found = await store.run(movingTogether({ fromMs: begin, toMs: begin + minutes * 60_000 }));
      expect(found.map(({ words }) => words)).toEqual(['pool_share of db leads; p95_ms of shop follows 2 min later']);
      const none = await store.run(
        movingTogether({ fromMs: begin, toMs: begin + minutes * 60_000, services: ['shop'] }),
      );
      expect(none).toEqual([]);
    });
  });
});
