import { describe, expect, test } from 'vitest';
import {
  binEdges,
  bins,
  binOf,
  gapBaseline,
  ownValue,
  crossingValues,
  valuesOf,
} from '../../../../src/engine/cause/records/gap-baseline.ts';
import { timingOf } from '../../../../src/engine/cause/records/gaps.ts';
import { tracesOf } from '../../../../src/engine/cause/records/trace-spans.ts';
import { windowWith } from './drawn-records.ts';

const timing = (picture: string) => timingOf(tracesOf(windowWith([{ picture }])));

describe('what spans say of time', () => {
  test('a call takes time on the way there and on the way back', () => {
    const { crossings } = timing(`
      shop: GET /prices     client 0 +100
        prices: GET /prices server 30 +50`);
    expect(crossings).toHaveLength(1);
    expect(crossings[0]).toMatchObject({ beforeMs: 30, afterMs: 20 });
  });

  test('a span with several children is no call; its own time is what none of them covers', () => {
    const { crossings, own } = timing(`
      shop: GET /cart  server 0 +100
        a: one         server 10 +30
        b: two         server 20 +30
        c: three       server 90 +30`);
    expect(crossings).toEqual([]);
    expect(own.find(({ span }) => span.name === 'GET /cart')?.ms).toBe(50);
  });

  test('a child in the same instance is own work, not a call', () => {
    const { crossings } = timing(`
      shop: GET /cart server 0 +100
        shop: render  internal 10 +30`);
    expect(crossings).toEqual([]);
  });

  test('a call to a database that leaves no span there is told apart', () => {
    const { own } = timing('shop: SELECT client 0 +7 db.system.name=mysql');
    expect(own).toMatchObject([{ ms: 7, isDatabase: true }]);
  });

  test('a callee whose clock is ahead gives a time below nothing, and no crash', () => {
    const { crossings } = timing(`
      shop: GET /prices     client 0 +10
        prices: GET /prices server -5 +30`);
    expect(crossings[0]).toMatchObject({ beforeMs: -5, afterMs: -15 });
  });
});

describe('bins of excess', () => {
  test('hold every number once', () => {
    for (const ms of [-1e9, -1, 0, 3.999, 4, 100, 4095.9, 4096, 1e12]) {
      const [from, to] = binEdges(binOf(ms));
      expect(ms).toBeGreaterThanOrEqual(from);
      expect(ms).toBeLessThan(to);
    }
    expect(binEdges(bins - 1)[1]).toBe(Infinity);
  });
});

describe('what is usual', () => {
  const before = (ms: number, operation = 'GET /prices') => crossingValues('shop', 'prices', operation, ms, 1)[0];
  const many = (count: number, ms: number) => Array.from({ length: count }, () => before(ms));

  test('is the median, and how values scatter above it', () => {
    const usual = gapBaseline([...many(90, 2), ...many(10, 102)]).usualOf(before(0));
    expect(usual?.medianMs).toBe(2);
    expect(usual?.probabilities[binOf(0)]).toBeCloseTo(0.9, 1);
    expect(usual?.probabilities[binOf(100)]).toBeCloseTo(0.1, 1);
    expect(usual?.probabilities.reduce((sum, one) => sum + one, 0)).toBeCloseTo(1, 9);
  });

  test('of an operation that was hardly seen is what its services do', () => {
    const baseline = gapBaseline(many(50, 2));
    const rare = baseline.usualOf(before(0, 'GET /rare'));
    expect(rare?.medianMs).toBe(2);
    expect(rare?.probabilities[binOf(0)]).toBeGreaterThan(0.8);
  });

  test('between services that never met before is what it is between others', () => {
    const baseline = gapBaseline([...many(50, 2), ...many(50, 2)]);
    const [stranger] = crossingValues('shop', 'bank', 'POST /pay', 300, 1);
    expect(baseline.usualOf(stranger)?.medianMs).toBe(2);
  });

  test('own times of an operation that was hardly seen are not judged: other operations say nothing of them', () => {
    const baseline = gapBaseline(Array.from({ length: 50 }, () => ownValue('shop', 'render', 2, false)));
    expect(baseline.usualOf(ownValue('shop', 'GET /rare', 2, false))).toBeUndefined();
    expect(baseline.usualOf(ownValue('shop', 'render', 2, false))?.medianMs).toBe(2);
  });

  test('is unknown where nothing was seen', () => {
    expect(gapBaseline([]).usualOf(before(1))).toBeUndefined();
  });

  test('leaves out what instances in trouble sent or received', () => {
    const seen = timing(`
      shop: GET /prices     client 0 +100
        prices: GET /prices server 30 +50
          prices: SELECT    client 40 +5 db.system.name=mysql`);
    expect(valuesOf(seen, new Set()).map(({ kind }) => kind)).toEqual(['before', 'after', 'own', 'database']);
    expect(valuesOf(seen, new Set(['prices']))).toEqual([]);
    expect(valuesOf(seen, new Set(['shop'])).map(({ kind }) => kind)).toEqual(['own', 'database']);
  });
});
