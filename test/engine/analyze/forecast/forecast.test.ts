import { describe, expect, test } from 'vitest';
import { forecastSeries } from '../../../../src/engine/analyze/forecast/forecast.ts';
import { OperatorCache } from '../../../../src/engine/analyze/forecast/gaussian-process/operator-cache.ts';
import { compare, meanAbsoluteError, noise, series, wave, type Noise } from './generated.ts';

const horizon = 48;
const forecastOf = (history: Float64Array): Float64Array => forecastSeries(history, { horizon }).mean;

describe('against repeating the season (or the last value)', () => {
  const kinds: readonly {
    name: string;
    lag: number;
    atMost: number;
    draw: (random: Noise) => Float64Array;
  }[] = [
    ...[12, 48, 96, 168].map((period) => ({
      name: `period ${period}`,
      lag: period,
      atMost: 1,
      draw: (random: Noise) => {
        const shape = series(period, (k) => wave(k, period) + 0.5 * wave(3 * k, period) + 0.3 * random.normal());
        return series(700, (i) => 100 + 20 * shape[i % period]! + 3 * random.normal());
      },
    })),
    ...[50, 100, 200].map((before) => ({
      name: `level step ${before} samples before the end`,
      lag: 24,
      atMost: 1.15,
      draw: ({ normal }: Noise) =>
        series(600, (i) => 50 + (i >= 552 - before ? 30 : 0) + 10 * wave(i, 24) + 2 * normal()),
    })),
    {
      name: 'level step without season, against the last value',
      lag: 1,
      atMost: 0.9,
      draw: ({ normal }: Noise) => series(400, (i) => 50 + (i >= 252 ? 30 : 0) + 2 * normal()),
    },
    {
      name: 'growth by a factor, and a season that grows with it',
      lag: 24,
      atMost: 0.7,
      draw: ({ normal }: Noise) =>
        series(700, (i) => 50 * Math.exp(0.003 * i + 0.05 * normal()) * (1 + 0.4 * wave(i, 24))),
    },
    {
      name: 'leak under a daily season',
      lag: 24,
      atMost: 0.3,
      draw: ({ normal }: Noise) => series(400, (i) => 100 + 0.3 * i + 10 * wave(i, 24) + normal()),
    },
    {
      name: 'ramp without season',
      lag: 1,
      atMost: 0.4,
      draw: ({ normal }: Noise) => series(300, (i) => 20 + 0.1 * i + 0.5 * normal()),
    },
    ...[50, 100].map((length) => ({
      name: `${length} values of a season of 12`,
      lag: 12,
      atMost: 1,
      draw: ({ normal }: Noise) => series(length + horizon, (i) => 100 + 20 * wave(i, 12) + 3 * normal()),
    })),
    ...[30, 60].map((length) => ({
      name: `${length} values of noise`,
      lag: 1,
      atMost: 1,
      draw: ({ normal }: Noise) => series(length + horizon, () => 100 + 3 * normal()),
    })),
    {
      name: 'random walk',
      lag: 1,
      atMost: 1.25,
      draw: ({ normal }: Noise) => {
        let level = 200;
        return series(500, () => (level += normal()));
      },
    },
    {
      name: 'outliers',
      lag: 24,
      atMost: 0.5,
      draw: ({ uniform, normal }: Noise) =>
        series(500, (i) => (i < 452 && uniform() < 0.02 ? 1000 : 0) + 100 + 20 * wave(i, 24) + 2 * normal()),
    },
    {
      name: 'counts that are 0 at night',
      lag: 24,
      atMost: 1,
      draw: ({ normal }: Noise) => series(500, (i) => Math.max(0, Math.round(20 * wave(i, 24) + 3 * normal()))),
    },
    {
      name: 'negative values',
      lag: 24,
      atMost: 1,
      draw: ({ normal }: Noise) => series(500, (i) => 10 * wave(i, 24) + 2 * normal()),
    },
  ];

  test.each(kinds)('$name: at most $atMost of its error', ({ lag, atMost, draw }) => {
    const { error, naive } = compare(draw, forecastOf, { lag, horizon, count: 10 });
    expect(error / naive).toBeLessThan(atMost);
  });
});

test('the interval holds about the share that was asked for', () => {
  for (const [coverage, least, most] of [
    [0.95, 0.9, 1],
    [0.5, 0.35, 0.65],
  ] as const) {
    let inside = 0;
    for (let seed = 1; seed <= 20; seed++) {
      const { normal } = noise(seed);
      const all = series(600, (i) => 100 + 20 * wave(i, 24) + 5 * normal());
      const { lower, upper } = forecastSeries(all.slice(0, 552), { horizon, coverage });
      for (let step = 0; step < horizon; step++) {
        if (all[552 + step]! >= lower[step]! && all[552 + step]! <= upper[step]!) inside++;
      }
    }
    const share = inside / (20 * horizon);
    expect(share).toBeGreaterThanOrEqual(least);
    expect(share).toBeLessThanOrEqual(most);
  }
});

test('intermittent counts stay counts: no negative value in mean or interval', () => {
  const { uniform } = noise(3);
  const { mean, lower, upper } = forecastSeries(
    series(400, () => (uniform() < 0.2 ? Math.ceil(uniform() * 5) : 0)),
    { horizon },
  );
  for (const values of [mean, lower, upper]) expect(values.every((value) => value >= 0 && value < 20)).toBe(true);
});

describe('any series has a forecast', () => {
  const isSound = (values: Float64Array, steps = 24): void => {
    const { mean, lower, upper } = forecastSeries(values, { horizon: steps });
    expect(mean.length).toBe(steps);
    for (let step = 0; step < steps; step++) {
      expect(Number.isFinite(mean[step])).toBe(true);
      expect(lower[step]).toBeLessThanOrEqual(mean[step]!);
      expect(upper[step]).toBeGreaterThanOrEqual(mean[step]!);
    }
  };

  test('of every length from 1 to 140', () => {
    const { normal } = noise(5);
    for (let length = 1; length <= 140; length++) isSound(series(length, (i) => 50 + 10 * wave(i, 12) + normal()));
  });

  test('of one value it is that value, and nothing is sure', () => {
    const { mean, lower, upper } = forecastSeries(Float64Array.of(8), { horizon: 3 });
    expect([...mean]).toEqual([8, 8, 8]);
    expect(lower[0]).toBeLessThan(8);
    expect(upper[0]).toBeGreaterThan(8);
  });

  test('of a constant it is the constant', () => {
    const { mean, lower, upper, method } = forecastSeries(new Float64Array(300).fill(7), { horizon: 5 });
    for (const values of [mean, lower, upper]) expect([...values]).toEqual([7, 7, 7, 7, 7]);
    expect(method).toBe('constant');
  });

  test.each([0, 1, 50])('of %i missing values it is missing', (length) => {
    const { mean, period, method } = forecastSeries(new Float64Array(length).fill(Number.NaN), { horizon: 2 });
    expect([...mean]).toEqual([Number.NaN, Number.NaN]);
    expect({ period, method }).toEqual({ period: null, method: 'no values' });
  });

  test.each([1e-9, 1, 1e12])('in units of %d', (unit) => {
    const { normal } = noise(6);
    const all = series(400, (i) => unit * (100 + 20 * wave(i, 24) + normal()));
    const { mean } = forecastSeries(all.slice(0, 352), { horizon });
    expect(meanAbsoluteError(all.slice(352), mean) / unit).toBeLessThan(2);
    isSound(all.map((value) => value - 100 * unit));
  });

  test('around a level that dwarfs what moves', () => {
    const { normal } = noise(7);
    const all = series(400, (i) => 1e9 + wave(i, 24) + 0.1 * normal());
    expect(meanAbsoluteError(all.slice(352), forecastOf(all.slice(0, 352)))).toBeLessThan(0.2);
  });

  test('of one value among zeros, of infinities, of a line without noise, of two values in turn', () => {
    isSound(series(200, (i) => (i === 60 ? 5 : 0)));
    isSound(series(200, (i) => (i === 60 ? Number.POSITIVE_INFINITY : wave(i, 24))));
    isSound(series(200, (i) => i));
    isSound(series(200, (i) => i % 2));
    isSound(series(200, (i) => (i < 100 ? 1 : 2)));
  });

  test('through gaps, at the start, within and at the end', () => {
    const { uniform, normal } = noise(8);
    const all = series(600, (i) => 100 + 20 * wave(i, 24) + 2 * normal());
    const history = all.slice(0, 552).map((value, i) => {
      const gap = i < 10 || (i > 200 && i < 260) || i > 540 || uniform() < 0.1;
      return gap ? Number.NaN : value;
    });
    const { mean, period } = forecastSeries(history, { horizon });
    expect(period).toBe(24);
    expect(meanAbsoluteError(all.slice(552), mean)).toBeLessThan(3.5);
  });

  test('of 10,000 minutes with a daily season', () => {
    const { normal } = noise(9);
    const all = series(10_120, (i) => 100 + 40 * wave(i, 1440) + 5 * normal());
    const { mean, period } = forecastSeries(all.slice(0, 10_000), { horizon: 120 });
    expect(period).toBe(1440);
    expect(meanAbsoluteError(all.slice(10_000), mean)).toBeLessThan(5);
  });

  test('for a horizon longer than the series', () =>
    isSound(
      series(60, (i) => wave(i, 12) + 0.01 * i),
      500,
    ));
});

test('the same values give the same forecast, whatever was forecast before', () => {
  const { normal } = noise(10);
  const one = series(300, (i) => 100 + 20 * wave(i, 24) + 2 * normal());
  const two = series(500, (i) => 10 + wave(i, 12) + normal());
  const operators = new OperatorCache(4);
  const before = forecastSeries(one, { horizon: 24, operators });
  forecastSeries(two, { horizon: 30, operators });
  expect(forecastSeries(one, { horizon: 24, operators })).toEqual(before);
  expect(forecastSeries(one, { horizon: 24 })).toEqual(before);
});

test('a given period is used; one that does not fit twice is not', () => {
  const { normal } = noise(11);
  const values = series(200, () => normal());
  expect(forecastSeries(values, { horizon: 5, period: 30 }).period).toBe(30);
  expect(forecastSeries(values, { horizon: 5, period: 150 }).period).toBe(null);
});

test.each([0, -1, 1.5, Number.NaN])('a horizon of %d is refused', (wrong) => {
  expect(() => forecastSeries(Float64Array.of(1, 2), { horizon: wrong })).toThrow(RangeError);
});

test.each([0, 1, Number.NaN])('a coverage of %d is refused', (coverage) => {
  expect(() => forecastSeries(Float64Array.of(1, 2), { horizon: 1, coverage })).toThrow(RangeError);
});
