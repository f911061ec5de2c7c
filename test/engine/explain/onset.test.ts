import { describe, expect, test } from 'vitest';
import { untilFor } from '../../../src/engine/explain/times.ts';
import { findOnset, type Window } from '../../../src/engine/explain/onset.ts';

const windows = (
  operation: string,
  ...values: readonly { readonly ms?: number; readonly calls?: number; readonly errors?: number }[]
): Window[] =>
  values.map(({ ms = 20, calls = 30, errors = 0 }, at) => ({
    service: 'shop',
    kind: 'Server',
    operation,
    time: at * 10,
    calls,
    errors,
    meanMs: ms,
  }));

const ms = (...values: readonly number[]) => values.map((value) => ({ ms: value }));

describe('since when it is worse', () => {
  test('the window in which the mean duration jumped', () => {
    expect(findOnset(windows('pay', ...ms(20, 22, 19, 21, 300, 280, 310)))).toMatchObject({
      time: 40,
      what: 'duration',
    });
  });

  test('one slow window, if it is the last, is enough', () => {
    expect(findOnset(windows('pay', ...ms(20, 22, 19, 21, 300)))).toMatchObject({ time: 40 });
  });

  test('the window in which errors began', () => {
    const series = windows('pay', {}, {}, {}, { errors: 9 }, { errors: 11 });
    expect(findOnset(series)).toMatchObject({ time: 30, what: 'errors' });
  });

  test('of several operations the clearest counts', () => {
    const series = [...windows('mild', ...ms(20, 22, 19, 40, 44)), ...windows('wild', ...ms(20, 22, 19, 21, 900))];
    expect(findOnset(series)).toMatchObject({ operation: 'wild', time: 40 });
  });

  test('the order of the windows does not matter, and windows without calls do not count', () => {
    const series = [...windows('pay', ...ms(20, 22, 19, 21, 300, 280)), ...windows('pay', { ms: 9000, calls: 0 })];
    expect(findOnset(series.toReversed())).toMatchObject({ time: 40 });
  });

  test('a change after the trace is none of its own', () => {
    const series = windows('pay', ...ms(20, 22, 19, 21, 300, 280, 310));
    expect(findOnset(series, 30)).toBeNull();
    expect(findOnset(series, 40)).toMatchObject({ time: 40 });
  });

  test('an earlier trouble does not hide it: before is the calm right before', () => {
    const found = findOnset(windows('pay', ...ms(20, 21, 19, 900, 880, 910, 890, 20, 22, 21, 20, 700, 720)));
    expect(found).toMatchObject({ time: 110, calmSince: 80 });
    expect(findOnset(windows('pay', ...ms(20, 22, 19, 21, 300)))!.calmSince).toBeNull();
  });

  test.each([
    ['nothing changes', windows('pay', ...ms(20, 22, 19, 21, 23, 20))],
    ['it gets faster, as after a start', windows('pay', ...ms(300, 40, 19, 21, 23, 20))],
    ['it is noisy', windows('pay', ...ms(20, 200, 15, 180, 25, 190))],
    ['there is hardly anything before', windows('pay', ...ms(20, 300, 300, 300))],
    ['there were few calls before', windows('pay', { calls: 1 }, { calls: 1 }, { ms: 300 })],
    ['errors are as rare as before', windows('pay', { errors: 1 }, {}, { errors: 1 }, {}, { errors: 1 })],
    ['there are no windows', []],
  ])('is not known when %s', (_, series) => expect(findOnset(series)).toBeNull());
});

describe('up to when the time around a trace is looked at', () => {
  const second = 1_000_000_000n;
  test.each([
    ['an old trace: a minute beyond', 1000n, 160n],
    ['a young one: as far as data have settled', 120n, 117n],
    ['a trace of this moment: its end', 101n, 100n],
  ])('%s', (_, now, until) => expect(untilFor(100n * second, now * second)).toBe(until * second));
});
