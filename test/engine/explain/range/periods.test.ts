import { describe, expect, test } from 'vitest';
import { periodsOf } from '../../../../src/engine/explain/range/periods.ts';

const minute = 60_000;
const noon = Date.UTC(2026, 5, 1, 12);

describe('the windows that a question about a time is answered from', () => {
  test('are whole and over: what still arrives would change the answer', () => {
    const { now, usual, stepSeconds } = periodsOf({ fromMs: noon - 10 * minute, toMs: noon }, undefined, noon + 5_000);
    expect(stepSeconds).toBe(10);
    expect([now.fromSeconds, now.toSeconds]).toEqual([noon / 1000 - 600, noon / 1000]);
    expect(usual).toEqual({ fromSeconds: noon / 1000 - 2400, toSeconds: noon / 1000 - 600 });
    const live = periodsOf({ fromMs: noon - 10 * minute, toMs: noon + 8_000 }, undefined, noon + 8_000);
    expect(live.now.toSeconds).toBe(noon / 1000);
  });

  test('a time of seconds has one window, over or not', () => {
    const { now } = periodsOf({ fromMs: noon, toMs: noon + 2_000 }, undefined, noon + 2_000);
    expect(now.toSeconds - now.fromSeconds).toBe(10);
  });

  test('of a day are longer, and no more than of an hour', () => {
    const { now, usual, stepSeconds } = periodsOf({ fromMs: noon - 24 * 60 * minute, toMs: noon }, undefined, noon);
    expect(stepSeconds).toBe(240);
    expect((now.toSeconds - now.fromSeconds) / stepSeconds).toBeLessThanOrEqual(361);
    expect(usual!.toSeconds).toBe(now.fromSeconds);
    expect(now.fromSeconds % stepSeconds).toBe(0);
  });
});

test.each([
  ['7d', 7 * 86_400],
  ['30d', 30 * 86_400],
  ['3000d', 3000 * 86_400],
])('of the last %s the newest windows are looked at, whatever the length of windows', (_, seconds) => {
  const now = Date.UTC(2026, 10, 29, 12, 50, 7);
  const periods = periodsOf({ fromMs: now - seconds * 1000, toMs: now }, undefined, now);
  expect(periods.now.toSeconds).toBe(Date.UTC(2026, 10, 29, 12, 50) / 1000);
  expect(periods.now.fromSeconds).toBeLessThanOrEqual(now / 1000 - seconds);
});
