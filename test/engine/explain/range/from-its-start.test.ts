import { describe, expect, test } from 'vitest';
import { fromItsStart } from '../../../../src/engine/explain/range/from-its-start.ts';
import type { Window } from '../../../../src/engine/explain/onset.ts';
import { deviationsOf } from '../../../../src/engine/explain/range/deviation.ts';

const operation = { service: 'payment', kind: 'Client', operation: 'POST /charges' };
const windows = (from: number, count: number, value: Partial<Window>): Window[] =>
  Array.from({ length: count }, (_, n) => ({
    ...operation,
    time: (from + n) * 10,
    calls: 3,
    errors: 0,
    meanMs: 50 + ((n * 7) % 5),
    ...value,
  }));

/** What is found after a change in window 100, and where it is said to begin. */
function beginningOf(before: readonly Window[], after: readonly Window[]) {
  const [found] = deviationsOf(before, after, true);
  return found === undefined ? null : fromItsStart(found, before, 10);
}

describe('trouble that went on before a change', () => {
  test('begins where it began, not with the change', () => {
    const before = [...windows(0, 76, {}), ...windows(76, 24, { meanMs: 900 })];
    const after = windows(100, 100, { meanMs: 900 });
    // Found where the usual windows end: among them what is bad counts less.
    expect(deviationsOf(before, after, true)[0]?.fromSeconds).toBe(1000);
    expect(beginningOf(before, after)).toMatchObject({
      fromSeconds: 760,
      earliest: 750,
      latest: 770,
    });
  });

  test('also where a window among the bad ones was fine', () => {
    const before = [
      ...windows(0, 76, {}),
      ...windows(76, 12, { meanMs: 900 }),
      ...windows(88, 1, {}),
      ...windows(89, 11, { meanMs: 900 }),
    ];
    expect(beginningOf(before, windows(100, 100, { meanMs: 900 }))?.fromSeconds).toBe(760);
  });

  test('of failures too', () => {
    const before = [...windows(0, 80, { calls: 10 }), ...windows(80, 20, { calls: 10, errors: 4 })];
    const found = beginningOf(before, windows(100, 30, { calls: 10, errors: 4 }));
    expect(found).toMatchObject({ what: 'errors', fromSeconds: 800 });
  });

  test('an earlier trouble that was over has no part in it', () => {
    const before = [...windows(0, 60, {}), ...windows(60, 10, { meanMs: 900 }), ...windows(70, 30, {})];
    expect(beginningOf(before, windows(100, 100, { meanMs: 900 }))?.fromSeconds).toBe(1000);
  });
});
