import type { Forecast } from './forecast.ts';
import { normalQuantile } from './normal.ts';

/** Values that count for the level of a series that is too short for anything else. */
const recent = 6;

/**
 * What a constant, a handful of values or nothing at all allow: the recent mean with the deviation around it, wider with
 * every step; for a single value as wide as it is itself, for no value NaN. A constant goes on as one.
 */
export function flatForecast(filled: Float64Array | undefined, horizon: number, coverage: number): Forecast {
  const all = (value: number): Float64Array => new Float64Array(horizon).fill(value);
  if (filled === undefined) {
    const none = all(Number.NaN);
    return { mean: none, lower: none, upper: none, coverage, period: null, method: 'no values' };
  }
  const last = filled.slice(-recent);
  const count = last.length;
  const level = last.reduce((sum, value) => sum + value, 0) / count;
  const variance = last.reduce((sum, value) => sum + (value - level) ** 2, 0) / Math.max(1, count - 1);
  const deviation = filled.length === 1 ? Math.abs(level) / 2 : Math.sqrt(variance * (1 + 1 / count));
  // Student's quantile, roughly: few values know their deviation badly.
  const reach = normalQuantile((1 + coverage) / 2) * deviation * (1 + 2 / count);
  const least = filled.every((value) => value >= 0) ? 0 : Number.NEGATIVE_INFINITY;
  const grown = (step: number): number => reach * Math.sqrt(1 + step / Math.max(count, 1));
  return {
    mean: all(level),
    lower: all(level).map((value, step) => Math.max(least, value - grown(step))),
    upper: all(level).map((value, step) => value + grown(step)),
    coverage,
    period: null,
    method: reach === 0 ? 'constant' : `mean of the last ${count}`,
  };
}
