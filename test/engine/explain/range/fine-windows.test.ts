import { describe, expect, test } from 'vitest';
import type { Window } from '../../../../src/engine/explain/onset.ts';
import { finePeriod, onWholeWindows } from '../../../../src/engine/explain/range/fine-windows.ts';
import { worseOperations } from '../../../../src/engine/explain/range/symptoms.ts';

const operation = { service: 'cart', kind: 'Server', operation: 'GET /carts' };
const window = (time: number, calls: number, meanMs: number, errors = 0): Window => ({
  ...operation,
  time,
  calls,
  errors,
  meanMs,
});

/** A minute: slow while it warms up, then 20 to 30 ms, from second 38 on 90 to 100 ms; five calls every two seconds. */
const fine = Array.from({ length: 30 }, (_, n) => window(n * 2, 5, n < 4 ? 70 : (n * 2 < 38 ? 20 : 90) + (n % 5) * 2));
const coarse = Array.from({ length: 6 }, (_, n) => {
  const within = fine.filter(({ time }) => Math.floor(time / 10) === n);
  return window(n * 10, 25, within.reduce((sum, { meanMs }) => sum + meanMs, 0) / within.length);
});
const [usual, asked] = [coarse.filter(({ time }) => time < 30), coarse.filter(({ time }) => time >= 30)];
const periods = { joined: true, stepSeconds: 10, now: { fromSeconds: 30, toSeconds: 60 } };

describe('a store that is a minute old', () => {
  test('has too few windows of 10 s to tell a change from chance', () => {
    expect(worseOperations([operation], usual, asked, periods)).toEqual([]);
  });

  test('tells it in windows of 2 s: since when to two seconds, figures of whole windows', () => {
    const [found] = worseOperations([operation], usual, asked, periods, fine);
    expect(found?.deviation).toMatchObject({ what: 'duration', fromSeconds: 40, toSeconds: 60, calls: 50 });
    expect(found!.deviation.earliest).toBeLessThanOrEqual(38);
    expect(found!.deviation.latest).toBeLessThanOrEqual(42);
    expect(found!.deviation.present).toBeCloseTo((coarse[4]!.meanMs + coarse[5]!.meanMs) / 2);
  });

  test('is read finely from its first window on; one with more windows or spans is not', () => {
    expect(finePeriod(periods.now, usual, 600)).toEqual({ fromSeconds: 0, toSeconds: 60 });
    const more = Array.from({ length: 18 }, (_, n) => window(n * 10 - 180, 5, 20));
    expect(finePeriod(periods.now, more, 600)).toBeNull();
    expect(finePeriod({ fromSeconds: 6000, toSeconds: 6060 }, usual, 600)).toBeNull();
    expect(finePeriod(periods.now, usual, 1e6)).toBeNull();
    expect(finePeriod(periods.now, [], 600)).toBeNull();
  });

  test('what whole windows do not show is not told', () => {
    const found = worseOperations([operation], usual, asked, periods, fine)[0]!.deviation;
    const flat = coarse.map((each) => ({ ...each, meanMs: 50 }));
    expect(onWholeWindows(found, flat)).toBeNull();
    expect(onWholeWindows(found, [])).toBeNull();
  });
});
