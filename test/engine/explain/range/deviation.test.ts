import { describe, expect, test } from 'vitest';
import type { Window } from '../../../../src/engine/explain/onset.ts';
import { deviationsOf } from '../../../../src/engine/explain/range/deviation.ts';

/** Windows of 10 s of one operation: a mean in milliseconds each, or calls, failures and mean. */
const windows = (
  values: readonly (number | readonly [calls: number, errors: number, meanMs: number])[],
  from = 0,
): Window[] =>
  values.map((value, n) => {
    const [calls, errors, meanMs] = typeof value === 'number' ? ([20, 0, value] as const) : value;
    return { service: 'web', kind: 'Server', operation: 'GET /', time: from + n * 10, calls, errors, meanMs };
  });

const repeat = <A>(count: number, of: (n: number) => A): A[] => Array.from({ length: count }, (_, n) => of(n));
const wobble = (n: number): number => 100 + ((n * 37) % 11);
const calm = windows(repeat(60, wobble));

describe('an operation leaves what is usual for it', () => {
  test('slower from the middle of the asked time on: says since when', () => {
    const asked = windows([...repeat(6, wobble), ...repeat(6, (n) => 300 + n)], 600);
    const [found] = deviationsOf(calm, asked, true);
    expect(found).toMatchObject({ what: 'duration', fromSeconds: 660, toSeconds: 720 });
    expect(found!.present).toBeGreaterThan(290);
    expect(found!.earliest).toBeLessThanOrEqual(660);
    expect(found!.latest).toBeGreaterThanOrEqual(660);
  });

  test('a trouble that ended within the time keeps its own stretch', () => {
    const asked = windows([...repeat(3, wobble), ...repeat(6, () => 400), ...repeat(12, wobble)], 600);
    expect(deviationsOf(calm, asked, true)[0]).toMatchObject({ fromSeconds: 630, toSeconds: 690 });
  });

  test('one that began before the time is found where it goes on', () => {
    const before = windows([...repeat(48, wobble), ...repeat(12, () => 400)]);
    const [found] = deviationsOf(
      before,
      windows(
        repeat(6, () => 400),
        600,
      ),
      true,
    );
    expect(found).toMatchObject({ what: 'duration', fromSeconds: 480 });
  });

  test('failures, though duration is as ever', () => {
    const asked = windows(
      repeat(6, () => [20, 5, 100] as const),
      600,
    );
    expect(deviationsOf(calm, asked, true)[0]).toMatchObject({ what: 'errors', usual: 0, present: 0.25, failed: 30 });
  });

  test('slower for some: calls far slower than nearly all usual ones, though the middle is as ever', () => {
    const drawn = (values: readonly (readonly [calls: number, meanMs: number, slow: number])[], from: number) =>
      values.map(([calls, meanMs, slow], n) => ({ ...windows([[calls, 0, meanMs]], from + n * 2)[0]!, slow }));
    // A shop's list of products while it opens, and when one of its products is slow to load.
    const usual = drawn(
      [
        [15, 120, 4],
        [8, 2.1, 0],
        [4, 1.4, 0],
        [2, 1.3, 0],
        [9, 23, 0],
        [3, 1.5, 0],
        [5, 21, 0],
        [5, 11, 0],
        [5, 21, 0],
        [5, 2.2, 0],
        [7, 21, 0],
        [4, 31, 0],
        [7, 7.9, 0],
        [8, 3.7, 0],
      ],
      0,
    );
    const now = drawn(
      [
        [5, 79, 1],
        [3, 0.7, 0],
        [6, 167, 3],
        [7, 207, 3],
        [12, 150, 4],
        [5, 122, 2],
        [4, 296, 2],
        [2, 2.3, 0],
        [9, 107, 3],
        [3, 7.2, 0],
      ],
      28,
    );
    expect(deviationsOf(usual, now, true, 2)[0]).toMatchObject({ what: 'duration', fromSeconds: 28 });
    const mute = now.map((each) => ({ ...each, slow: 0 }));
    expect(deviationsOf(usual, mute, true, 2)).toEqual([]);
  });

  test('without history failures of a tenth and more are told', () => {
    expect(deviationsOf([], windows(repeat(3, () => [20, 4, 100] as const)), true)[0]).toMatchObject({
      what: 'errors',
      usual: null,
    });
    expect(deviationsOf([], windows(repeat(3, () => [20, 1, 100] as const)), true)).toEqual([]);
  });
});

describe('an operation does what it always does', () => {
  test('noise of a fifth is none', () => {
    const noisy = (n: number): number => 100 + ((n * 7919) % 41) - 20;
    expect(
      deviationsOf(
        windows(repeat(60, noisy)),
        windows(
          repeat(12, (n) => noisy(n + 3)),
          600,
        ),
        true,
      ),
    ).toEqual([]);
  });

  test('from 1 ms to 3 ms is nobody’s trouble', () => {
    expect(
      deviationsOf(
        windows(repeat(60, () => 1)),
        windows(
          repeat(12, () => 3),
          600,
        ),
        true,
      ),
    ).toEqual([]);
  });

  test('a single slow call among few is chance', () => {
    const rare = windows(repeat(60, () => [1, 0, 100] as const));
    expect(
      deviationsOf(
        rare,
        windows(
          [
            [1, 0, 700],
            [1, 0, 100],
            [1, 0, 100],
          ],
          600,
        ),
        true,
      ),
    ).toEqual([]);
  });
});

describe('a store that is new, as in CI', () => {
  test('four calls of four that failed are told', () => {
    const [found] = deviationsOf([], windows([[4, 4, 100]]), true);
    expect(found).toMatchObject({ what: 'errors', usual: null, present: 1, failed: 4 });
  });

  test('one failure is not', () => expect(deviationsOf([], windows([[4, 1, 100]]), true)).toEqual([]));
});
