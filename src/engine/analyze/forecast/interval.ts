import { median } from './clean.ts';
import { normalQuantile } from './normal.ts';
import type { Origins } from './origins.ts';

/** Past errors understate those to come: by this times how much origins differ, relative to their mean. */
const widening = 0.5;

/** How much they differ where there are too few to tell. */
const unknownVariation = 0.35;

/** An origin's errors count up to this many times the usual quantile of an origin. */
const mostOfUsual = 3;

/** Origins' worth of belief in the deviations as they are. */
const promised = 1;

/**
 * Half the interval's width in deviations: the quantile of |error|/deviation of the forecasts of the past (`combined`,
 * origins × steps, row by row), as conformal intervals take it, blended with what a normal distribution promises.
 * An origin within an outage is wrong at every step: what exceeds a few times the usual origin's quantile is cut there,
 * lest one of them widen everything.
 */
export function intervalRatio(
  z: Float64Array,
  combined: Float64Array,
  { back, horizon }: Origins,
  deviation: Float64Array,
  coverage: number,
): number {
  const perOrigin = back.map((samples, index) =>
    Float64Array.from({ length: horizon }, (_, step) => {
      const error = combined[index * horizon + step]! - z[z.length - samples + step]!;
      return Math.abs(error) / Math.max(deviation[step]!, 1e-12);
    }).sort(),
  );
  const normal = normalQuantile((1 + coverage) / 2);
  if (perOrigin.length === 0) return normal;
  const quantiles = perOrigin.map((ratios) => quantileOf(ratios, coverage));
  const most = mostOfUsual * median(Float64Array.from(quantiles));
  const all = Float64Array.from(perOrigin.flatMap((ratios) => Array.from(ratios, (ratio) => Math.min(ratio, most))));
  const seen = quantileOf(all.sort(), coverage) * (1 + widening * variation(quantiles));
  return (back.length * seen + promised * normal) / (back.length + promised);
}

function quantileOf(sorted: Float64Array, share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}

/** Standard deviation over mean, at most 1. */
function variation(values: readonly number[]): number {
  const count = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  if (count < 3 || !(mean > 0)) return unknownVariation;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (count - 1);
  return Math.min(1, Math.sqrt(variance) / mean);
}
