import { expect, test } from 'vitest';
import { coveragePercent, mase, smape } from '../../../../src/engine/analyze/forecast/accuracy.ts';
import { backtest } from '../../../../src/engine/analyze/forecast/backtest.ts';
import { noise, series, wave } from './generated.ts';

test('measures are those of the definition', () => {
  const actual = Float64Array.of(1, 3, 0);
  const forecast = Float64Array.of(3, 3, 0);
  expect(smape(actual, forecast)).toBeCloseTo(100 / 3, 10);
  // The history moves by 2 from one to the next.
  expect(mase(Float64Array.of(0, 2, 4), actual, forecast, 1)).toBeCloseTo(2 / 3 / 2, 10);
  expect(coveragePercent(actual, Float64Array.of(0, 4, 0), Float64Array.of(1, 5, 0))).toBeCloseTo(200 / 3, 10);
  expect(mase(Float64Array.of(1, 1), actual, forecast, 1)).toBeNaN();
});

test('earlier forecasts are made from what was known, and judged by what came', () => {
  const { normal } = noise(1);
  const values = series(600, (i) => 100 + 20 * wave(i, 24) + 2 * normal());
  const past = backtest(values, { horizon: 24, origins: 4 });
  expect(past.forecasts.map(({ origin }) => origin)).toEqual([576, 552, 528, 504]);
  expect(past.smape).toBeLessThan(past.naiveSmape);
  expect(past.mase).toBeLessThan(1);
  expect(past.coverage).toBeGreaterThan(85);
  // What comes after an origin changes nothing there.
  const changed = values.map((value, i) => (i >= 576 ? 0 : value));
  expect(backtest(changed, { horizon: 24, origins: 4 }).forecasts.slice(1)).toEqual(past.forecasts.slice(1));
});

test('a series too short to look back has no past forecasts', () => {
  expect(backtest(Float64Array.of(1, 2, 3), { horizon: 2 })).toMatchObject({ forecasts: [], smape: Number.NaN });
});
