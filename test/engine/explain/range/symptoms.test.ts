import { describe, expect, test } from 'vitest';
import type { Window } from '../../../../src/engine/explain/onset.ts';
import { onsetOf, worseOperations } from '../../../../src/engine/explain/range/symptoms.ts';

const operation = { service: 'payment', kind: 'Server', operation: 'POST /charges' };
const windows = (from: number, to: number, meanMs: (n: number) => number, seconds = 10): Window[] =>
  Array.from({ length: (to - from) / seconds }, (_, n) => ({
    ...operation,
    time: from + n * seconds,
    calls: 2 * seconds,
    errors: 0,
    meanMs: meanMs(n),
  }));
const about = (ms: number) => (n: number) => ms + ((n * 7) % 5);
const periodOf = (fromSeconds: number, toSeconds: number) => ({
  joined: true,
  stepSeconds: 10,
  now: { fromSeconds, toSeconds },
});

describe('trouble that went on before the time that is asked about', () => {
  const usual = [...windows(0, 1560, about(50)), ...windows(1560, 1800, about(900))];
  const asked = windows(1800, 2100, about(900));
  const [found] = worseOperations([operation], usual, asked, periodOf(1800, 2100));

  test('began when it began: a deployment of minutes later is not the cause', () => {
    expect(onsetOf([found!])).toEqual({ at: 1_560_000, from: 1_550_000, to: 1_570_000 });
  });

  test('has the figures of all of it, against those before', () => {
    const { fromSeconds, toSeconds, calls } = found!.deviation;
    expect(fromSeconds).toBe(1560);
    expect(toSeconds).toBeGreaterThan(1800);
    expect(calls).toBe((toSeconds - fromSeconds) * 2);
    expect(found!.deviation.usual).toBeLessThan(60);
    expect(found!.deviation.present).toBeGreaterThan(890);
  });
});

test('a few seconds of trouble across two windows are in both', () => {
  const fine = windows(0, 60, (n) => (n === 19 || n === 20 ? 1000 : about(20)(n)), 2);
  const coarse = windows(0, 60, (n) => (n === 3 || n === 4 ? 216 : 22));
  const [usual, asked] = [coarse.slice(0, 3), coarse.slice(3)];
  const [found] = worseOperations([operation], usual, asked, periodOf(30, 60), fine);
  expect(found?.deviation).toMatchObject({ fromSeconds: 30, toSeconds: 50 });
});
