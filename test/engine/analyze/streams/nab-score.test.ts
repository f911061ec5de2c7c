import { describe, expect, test } from 'vitest';
import { perturbations } from '../../../../bench/score/nab/perturb.ts';
import type { BoardStream } from '../../../../bench/score/nab/read-streams.ts';
import { bestOutcome, scoreAt, scoreLeavingGroupsOut, type ScoredStream } from '../../../../bench/score/nab/score.ts';

/** 100 rows of which the first 15 do not count, with a window of 10 rows. */
function stream(marked: Readonly<Record<number, number>>, windows = [{ from: 50, to: 59 }]): ScoredStream {
  const scores = new Float64Array(100);
  for (const [row, score] of Object.entries(marked)) scores[Number(row)] = score;
  return { scores, windows };
}

describe("NAB's score", () => {
  test('a detection in the first row of each window is worth everything', () => {
    expect(scoreAt([stream({ 50: 1 })], 0.5).score).toBeCloseTo(100, 3);
  });

  test('nothing found and nothing alarmed is 0', () => {
    expect(scoreAt([stream({})], 0.5).score).toBe(0);
  });

  test('only the earliest detection of a window counts', () => {
    const late = (2 / (1 + Math.exp(-5 * 0.1)) - 1) / 0.98661;
    expect(scoreAt([stream({ 59: 1 })], 0.5).score).toBeCloseTo(50 * (1 + late), 6);
    expect(scoreAt([stream({ 50: 1, 59: 1 })], 0.5).score).toBeCloseTo(100, 3);
  });

  test('a false alarm costs 0.11, and less right behind a window', () => {
    expect(scoreAt([stream({ 30: 1 })], 0.5).streams[0]!.points).toBeCloseTo(-1.11, 6);
    const behind = 0.11 * (2 / (1 + Math.exp(-5 / 9)) - 1);
    expect(scoreAt([stream({ 60: 1 })], 0.5).streams[0]!.points).toBeCloseTo(-1 - behind, 6);
    expect(scoreAt([stream({ 99: 1 })], 0.5).streams[0]!.points).toBeCloseTo(-1.11, 6);
  });

  test('the first rows do not count', () => {
    expect(scoreAt([stream({ 14: 1 })], 0.5).streams[0]!.falseAlarms).toBe(0);
    expect(scoreAt([stream({ 15: 1 })], 0.5).streams[0]!.falseAlarms).toBe(1);
  });

  test('the best threshold is one for all streams', () => {
    const streams = [stream({ 50: 0.9, 20: 0.2 }), stream({ 50: 0.4, 20: 0.3 })];
    const best = bestOutcome(streams);
    expect(best.threshold).toBe(0.4);
    expect(best.score).toBeCloseTo(100, 3);
    expect(best.streams.map(({ found, falseAlarms }) => [found, falseAlarms])).toEqual([
      [1, 0],
      [1, 0],
    ]);
  });

  test('alarms that only cost are not raised', () => {
    expect(bestOutcome([stream({ 20: 0.9 })])).toMatchObject({ threshold: Infinity, score: 0 });
  });
});

test('leaving groups out, the threshold comes from the others', () => {
  const streams = [stream({ 50: 0.9, 20: 0.5 }), stream({ 50: 0.4 })];
  // At 0.4 the first stream has a false alarm; at 0.9 the second one misses.
  expect(scoreLeavingGroupsOut(streams, ['a', 'b'])).toBeCloseTo((100 * (1 - 0.11 - 1 + 2)) / 4, 2);
});

describe('the changed board', () => {
  const board: BoardStream = {
    name: 'group/stream.csv',
    points: Array.from({ length: 400 }, (_, row) => ({
      unixMs: row * 60_000,
      value: row >= 200 && row < 220 ? 100 + row : Math.sin(row),
    })),
    windows: [{ from: 200, to: 219 }],
  };

  test.each(Object.entries(perturbations))('%s: the window still holds what was labelled', (_, change) => {
    const [changed] = change([board]);
    const [window] = changed!.windows;
    const size = changed!.points.map(({ value }) => Math.abs(value));
    const inside = size.slice(window!.from, window!.to + 1);
    const outside = [...size.slice(0, window!.from), ...size.slice(window!.to + 1)];
    expect(Math.min(...inside)).toBeGreaterThan(Math.max(...outside));
    const times = changed!.points.map(({ unixMs }) => unixMs);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
  });
});
