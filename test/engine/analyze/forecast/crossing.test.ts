import { describe, expect, test } from 'vitest';
import { crossing } from '../../../../src/engine/analyze/forecast/crossing.ts';
import { forecastSeries } from '../../../../src/engine/analyze/forecast/forecast.ts';
import { noise, series, wave } from './generated.ts';

describe('a leak under a daily season', () => {
  const { normal } = noise(1);
  // The level reaches 250 at sample 500, 100 steps from now; the day's peak some time before.
  const all = series(600, (i) => 100 + 0.3 * i + 10 * wave(i, 24) + normal());
  const forecast = forecastSeries(all.slice(0, 400), { horizon: 168 });

  test('is said to last, with when and how sure', () => {
    const { earliest, likely, latest, probability, kind } = crossing(forecast, 250, 'above');
    expect(kind).toBe('lasting');
    expect(probability).toBeGreaterThan(0.95);
    const truth = all.findIndex((value, i) => i >= 400 && value >= 250) - 400 + 1;
    expect(Math.abs(likely! - truth)).toBeLessThanOrEqual(26);
    expect(earliest).toBeLessThanOrEqual(likely!);
    expect(latest).toBeGreaterThanOrEqual(likely!);
  });

  test('does not reach what is far', () => {
    const far = crossing(forecast, 500, 'above');
    expect(far).toMatchObject({ earliest: null, likely: null, latest: null, kind: 'none' });
    expect(far.probability).toBeLessThan(0.01);
  });

  test('the other direction is another question', () => {
    expect(crossing(forecast, 150, 'below').kind).toBe('none');
    expect(crossing(forecast, 150, 'above').likely).toBe(1);
  });
});

describe('a daily peak', () => {
  const { normal } = noise(2);
  const forecast = forecastSeries(
    series(480, (i) => 100 + 20 * wave(i, 24) + normal()),
    { horizon: 72 },
  );

  test('crosses and comes back', () => {
    const { likely, kind, probability } = crossing(forecast, 115, 'above');
    expect(kind).toBe('season');
    // sin reaches 3/4 at 3.2 of 24 samples.
    expect(likely).toBeGreaterThanOrEqual(3);
    expect(likely).toBeLessThanOrEqual(6);
    expect(probability).toBeGreaterThan(0.95);
  });

  test('from above as well', () => expect(crossing(forecast, 85, 'below').kind).toBe('season'));

  test('that never gets there may still by chance', () => {
    const { earliest, likely, probability } = crossing(forecast, 122, 'above');
    expect(likely).toBe(null);
    expect(earliest).not.toBe(null);
    expect(probability).toBeGreaterThan(0.02);
    expect(probability).toBeLessThan(0.9);
  });
});

test('a ramp without season lasts; and what holds already is crossed at the first step', () => {
  const { normal } = noise(3);
  const forecast = forecastSeries(
    series(200, (i) => 10 + 0.2 * i + 0.5 * normal()),
    { horizon: 100 },
  );
  expect(crossing(forecast, 60, 'above')).toMatchObject({ kind: 'lasting' });
  expect(crossing(forecast, 60, 'above').likely).toBeGreaterThan(35);
  expect(crossing(forecast, 60, 'above').likely).toBeLessThan(65);
  expect(crossing(forecast, 20, 'above')).toMatchObject({ earliest: 1, likely: 1, latest: 1 });
});

test('of no values nothing is known', () => {
  const nothing = crossing(forecastSeries(Float64Array.of(Number.NaN), { horizon: 5 }), 1, 'above');
  expect(nothing).toEqual({ earliest: null, likely: null, latest: null, probability: 0, kind: 'none' });
});
