import { describe, expect, test } from 'vitest';
import { findSeasons } from '../../../../src/engine/analyze/forecast/season/find-seasons.ts';
import { noise, series, wave, type Noise } from './generated.ts';

/** How often of `count` draws this period was found. */
function found(period: number | null, draw: (random: Noise) => Float64Array, count = 20): number {
  let hits = 0;
  for (let seed = 1; seed <= count; seed++) if (findSeasons(draw(noise(seed))).period === period) hits++;
  return hits;
}

describe('a season is found', () => {
  test.each([7, 12, 24, 48, 60, 96, 168])('of %i samples, under noise', (period) => {
    const hits = found(period, ({ normal }) => series(1000, (i) => wave(i, period) + 0.3 * normal()));
    expect(hits).toBeGreaterThanOrEqual(16);
  });

  test.each([12, 48, 96])('of %i samples of any shape, on a level that wanders', (period) => {
    const hits = found(period, ({ normal }) => {
      const shape = series(period, normal);
      let level = 0;
      return series(1000, (i) => (level += 0.1 * normal()) + shape[i % period]! + 0.5 * normal());
    });
    expect(hits).toBeGreaterThanOrEqual(18);
  });

  test('with the week above the day', () => {
    const { normal } = noise(1);
    const week = series(700, (i) => (Math.floor(i / 24) % 7 < 5 ? 1 : 0.3) * (1 + wave(i, 24)) + 0.1 * normal());
    expect(findSeasons(week)).toEqual({ period: 24, long: 168, unit: 24 });
  });

  test('of 4 repetitions', () => {
    expect(found(24, ({ normal }) => series(96, (i) => wave(i, 24) + 0.2 * normal()))).toBeGreaterThanOrEqual(14);
  });

  test('under outliers', () => {
    const draw = ({ normal, uniform }: Noise): Float64Array =>
      series(500, (i) => wave(i, 24) + 0.1 * normal() + (uniform() < 0.02 ? 30 : 0));
    expect(found(24, draw)).toBeGreaterThanOrEqual(12);
  });
});

describe('no season is found', () => {
  test('in noise', () => expect(found(null, ({ normal }) => series(400, normal))).toBeGreaterThanOrEqual(19));

  test('in a random walk, mostly', () => {
    const walk = ({ normal }: Noise): Float64Array => {
      let level = 0;
      return series(500, () => (level += normal()));
    };
    expect(found(null, walk)).toBeGreaterThanOrEqual(15);
  });

  test('in a trend with noise', () => {
    expect(found(null, ({ normal }) => series(400, (i) => 0.1 * i + normal()))).toBeGreaterThanOrEqual(19);
  });

  test('in one to ten values', () => {
    for (let length = 1; length <= 10; length++) expect(findSeasons(series(length, (i) => i % 2)).period).toBe(null);
  });
});
