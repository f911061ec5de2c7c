import type { ScaledForecast } from './ensemble.ts';
import type { Seasons } from './gaussian-process/kernel.ts';
import { OperatorCache } from './gaussian-process/operator-cache.ts';
import { blockMeans, longestDirectPeriod, longSeasonForecast } from './long-season.ts';
import { fillGaps, fillWithSeason } from './prepare/fill-gaps.ts';
import { removeSteps } from './prepare/level-steps.ts';
import { transformFor } from './prepare/transform.ts';
import { findSeasons, mostValues, seasonsOf } from './season/find-seasons.ts';
import { seasonalForecast } from './seasonal-forecast.ts';
import { flatForecast } from './tiny.ts';

export interface ForecastOptions {
  /** Steps to forecast, a whole number from 1. */
  readonly horizon: number;
  /** Share of future values that the interval is to hold, between 0 and 1; .95 when absent. */
  readonly coverage?: number;
  /** Samples of a season; found by itself when absent. Ignored when the series holds less than two. */
  readonly period?: number;
  /** What is kept between series; one for the whole process when absent. */
  readonly operators?: OperatorCache;
}

export interface Forecast {
  /** One value per step, in the unit of the series; the middle of what is expected. NaN when nothing is known. */
  readonly mean: Float64Array;
  readonly lower: Float64Array;
  readonly upper: Float64Array;
  /** Share of future values that `lower` and `upper` are to hold. */
  readonly coverage: number;
  /** The season in samples, given or found. */
  readonly period: number | null;
  /** How it was made, for people. */
  readonly method: string;
}

/** Values from which on there is something to compare members by. */
const fewestValues = 6;

const shared = new OperatorCache();

/**
 * Forecasts equally spaced values, any number of them; NaN and infinities are missing. Pure: the same values and options
 * give the same forecast, whatever was forecast before.
 *
 * The values go on a scale where noise is even, gaps are filled, level steps taken out, the season is found; then a bank
 * of Gaussian processes and naive methods forecasts from several earlier origins, and those that did well there make
 * the forecast together. docs/research/forecasting.md has what was tried and what it gave.
 *
 * @throws RangeError for a horizon that is no whole number from 1, or a coverage outside (0, 1).
 */
export function forecastSeries(values: Float64Array, options: ForecastOptions): Forecast {
  const { horizon, coverage = 0.95, operators = shared } = options;
  if (!Number.isInteger(horizon) || horizon < 1)
    throw new RangeError(`horizon must be a whole number from 1: ${horizon}`);
  if (!(coverage > 0 && coverage < 1)) throw new RangeError(`coverage must lie between 0 and 1: ${coverage}`);

  const filled = fillGaps(values);
  if (filled === undefined || filled.length < fewestValues || filled.every((value) => value === filled[0])) {
    return flatForecast(filled, horizon, coverage);
  }
  const transform = transformFor(filled);
  const scaled = filled.map(transform.forward);
  const seasons = seasonsFor(scaled, options.period);
  if (seasons.period !== null) fillWithSeason(scaled, values, seasons.period);
  const { values: z, steps } = removeSteps(scaled, seasons);
  const task = { seasons, horizon, coverage, transform, operators };
  const forecast =
    seasons.period !== null && seasons.period > longestDirectPeriod
      ? longSeasonForecast(z, seasons.period, task)
      : seasonalForecast(z, task);

  // A count or a size that never was negative will not be.
  const least = filled.every((value) => value >= 0) ? 0 : Number.NEGATIVE_INFINITY;
  const original = (z: number): number => Math.max(transform.inverse(z), least);
  return {
    mean: forecast.mean.map(original),
    lower: forecast.mean.map((value, step) => original(value - forecast.margin[step]!)),
    upper: forecast.mean.map((value, step) => original(value + forecast.margin[step]!)),
    coverage,
    period: seasons.period,
    method: describe(forecast, steps.length),
  };
}

function seasonsFor(z: Float64Array, given: number | undefined): Seasons {
  const usable = given !== undefined && given >= 2 && 2 * given <= z.length;
  if (usable) return seasonsOf(Math.round(given), 7 * Math.round(given), z.length);
  const seasons = findSeasons(z);
  if (seasons.period !== null || z.length <= mostValues) return seasons;
  // None within the last values that are looked at; perhaps a longer one, seen from further away.
  const block = Math.ceil(z.length / mostValues);
  const { period } = findSeasons(blockMeans(z, block));
  return period === null ? seasons : seasonsOf(period * block, 7 * period * block, z.length);
}

function describe({ weights }: ScaledForecast, steps: number): string {
  const parts = weights
    .toSorted((a, b) => b.weight - a.weight)
    .filter(({ weight }) => weight >= 0.005)
    .map(({ name, weight }) => `${Math.round(weight * 100)} % ${name}`);
  return (steps === 0 ? '' : `${steps} level ${steps === 1 ? 'step' : 'steps'} taken out; `) + parts.join(', ');
}
