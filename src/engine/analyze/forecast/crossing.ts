import type { Forecast } from './forecast.ts';
import { normalQuantile, normalShare } from './normal.ts';

export type Direction = 'above' | 'below';

/**
 * - `lasting`: the level itself goes beyond the threshold, and stays: a leak, a ramp, a full disk.
 * - `season`: only the season's peak reaches it, and comes back: it will be so again every day.
 * - `unclear`: it is crossed so near the horizon that a season does not fit behind; ask with a longer one.
 * - `none`: not expected within the horizon (`earliest` and `probability` may still be there).
 */
export type CrossingKind = 'lasting' | 'season' | 'unclear' | 'none';

/** Steps from now, 1 for the first one of the forecast; null: not within the horizon. */
export interface Crossing {
  /** When the outer bound of the interval gets there: not before, as good as surely. */
  readonly earliest: number | null;
  /** When the middle of the forecast gets there. */
  readonly likely: number | null;
  /** When the inner bound gets there: by then, as good as surely. */
  readonly latest: number | null;
  /** That any step of the horizon lies beyond the threshold, 0 to 1. */
  readonly probability: number;
  readonly kind: CrossingKind;
}

/**
 * When a forecast reaches a threshold, and how sure that is.
 *
 * A leak and a day's peak both cross. What tells them apart is the level without the season: the mean of the forecast
 * over one whole period. Within a period every place of the season occurs once, so that the season adds the same
 * constant to every such mean whatever its phase, and what remains moves only with the trend. If that mean lies beyond
 * the threshold for the steps after the crossing, more than half of every season to come is beyond it, and it lasts; if
 * it stays on this side, only the peak crosses. Without a season each step is its own mean: it lasts when the last
 * step of the horizon is still beyond.
 */
export function crossing(forecast: Forecast, threshold: number, direction: Direction): Crossing {
  const sign = direction === 'above' ? 1 : -1;
  const beyond = (value: number): boolean => (value - threshold) * sign >= 0;
  const [outer, inner] = sign > 0 ? [forecast.upper, forecast.lower] : [forecast.lower, forecast.upper];
  const likely = firstStep(forecast.mean, beyond);
  return {
    earliest: firstStep(outer, beyond),
    likely,
    latest: firstStep(inner, beyond),
    probability: probabilityOf(forecast, threshold, sign),
    kind: likely === null ? 'none' : kindOf(forecast, likely, beyond),
  };
}

function firstStep(values: Float64Array, beyond: (value: number) => boolean): number | null {
  const index = values.findIndex(beyond);
  return index < 0 ? null : index + 1;
}

function kindOf({ mean, period }: Forecast, likely: number, beyond: (value: number) => boolean): CrossingKind {
  const span = period ?? 1;
  // The last whole season of the horizon says where it all goes.
  const last = mean.subarray(Math.max(likely - 1, mean.length - span));
  const level = last.reduce((sum, value) => sum + value / last.length, 0);
  if (last.length < span) return last.every(beyond) ? 'unclear' : 'season';
  return beyond(level) ? 'lasting' : 'season';
}

/** How far from the former to the latter: what past forecasts bear out (docs/research/forecasting.md). */
const independence = 1 / 3;

/**
 * Each step has a normal distribution with a deviation of its own on either side, from its interval. Neighbouring errors
 * go together, so the chance of any step is between that of the likeliest step (all errors are one) and that of
 * independent steps.
 */
function probabilityOf({ mean, lower, upper, coverage }: Forecast, threshold: number, sign: number): number {
  const quantile = normalQuantile((1 + coverage) / 2);
  let likeliest = 0;
  let none = 1;
  for (let step = 0; step < mean.length; step++) {
    const distance = (threshold - mean[step]!) * sign;
    const towardsUpper = threshold > mean[step]!;
    const deviation = (towardsUpper ? upper[step]! - mean[step]! : mean[step]! - lower[step]!) / quantile;
    const chance = deviation > 0 ? 1 - normalShare(distance / deviation) : Number(distance <= 0);
    if (Number.isNaN(distance)) continue;
    likeliest = Math.max(likeliest, chance);
    none *= 1 - chance;
  }
  return (1 - independence) * likeliest + independence * (1 - none);
}
