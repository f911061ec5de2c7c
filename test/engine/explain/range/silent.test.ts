import { describe, expect, test } from 'vitest';
import type { ServiceWindow } from '../../../../src/engine/explain/range/flow.ts';
import { silentServices } from '../../../../src/engine/explain/range/silent.ts';
import type { Worse } from '../../../../src/engine/explain/range/symptoms.ts';

const periods = {
  stepSeconds: 10,
  usual: { fromSeconds: 0, toSeconds: 600 },
  now: { fromSeconds: 600, toSeconds: 660 },
};
const windows = (service: string, from: number, to: number, calls = 20): ServiceWindow[] =>
  Array.from({ length: (to - from) / 10 }, (_, n) => ({ service, time: from + n * 10, calls, errors: 0, meanMs: 5 }));
const calls = [
  { caller: 'web', callee: 'stock', calls: 100 },
  { caller: 'web', callee: 'cart', calls: 100 },
];
const failing = (service: string): Worse => ({
  service,
  kind: 'Server',
  operation: 'GET /',
  deviation: {
    what: 'errors',
    score: 9,
    usual: 0,
    present: 0.5,
    fromSeconds: 600,
    toSeconds: 660,
    calls: 100,
    failed: 50,
    earliest: 600,
    latest: 610,
  },
});
const usual = ['web', 'stock', 'cart'].flatMap((service) => windows(service, 0, 600));

describe('a service that answers nothing any more', () => {
  test('is silent while those who call it are called on and fail', () => {
    const now = [...windows('web', 600, 660), ...windows('cart', 600, 660), ...windows('stock', 600, 610)];
    expect(silentServices(['web', 'stock', 'cart'], usual, now, periods, calls, [failing('web')])).toEqual([
      { service: 'stock', sinceSeconds: 610, expected: 100, failing: ['web'] },
    ]);
  });

  test('is not to blame when nobody is called any more: the traffic ended', () => {
    const now = ['web', 'cart', 'stock'].flatMap((service) => windows(service, 600, 620));
    expect(silentServices(['web', 'stock', 'cart'], usual, now, periods, calls, [failing('web')])).toEqual([]);
  });

  test('nor when nobody who calls it fails', () => {
    const now = [...windows('web', 600, 660), ...windows('stock', 600, 610)];
    expect(silentServices(['web', 'stock'], usual, now, periods, calls, [])).toEqual([]);
  });
});
