import type { Watched } from './features-watched.ts';
import { at } from './layout.ts';

/**
 * The scale on which a series has even noise, and the way back. Counts: Anscombe's square root (1948), of variance 1 for a
 * Poisson count. Latencies: the logarithm, less what the number of calls makes of a sample's quantile. Gauges: asinh(x/s),
 * a logarithm with a linear middle, which takes 0 and negative values.
 */
export function onScale(numbers: Float64Array, base: number, watched: Watched, value: number): number {
  switch (watched.family) {
    case 'count':
      return 2 * Math.sqrt(Math.max(0, value) + 0.375);
    case 'latency':
      return Math.log(Math.max(0.001, value)) - numbers[base + at.callSpread]! * numbers[base + at.callEffect]!;
    case 'gauge':
      return Math.asinh(value / numbers[base + at.scale]!);
    default:
      return value;
  }
}

export function fromScale(numbers: Float64Array, base: number, watched: Watched, value: number): number {
  switch (watched.family) {
    case 'count':
      return Math.max(0, (value / 2) ** 2 - 0.375);
    case 'latency':
      return Math.exp(value + numbers[base + at.callSpread]! * numbers[base + at.callEffect]!);
    case 'gauge':
      return numbers[base + at.scale]! * Math.sinh(value);
    default:
      return value;
  }
}

/** Normal score of the quantile of `calls` calls, on average: of few, the 99 % quantile is little more than a middle. */
export function quantileEffect(quantile: number, calls: number): number {
  return quantile === 0.5 ? 0 : 2.33 * (1 - 1 / Math.sqrt(Math.max(1, calls)));
}

/** Variance of that quantile for calls of variance 1: asymptotic for many calls, fitted to normal order statistics for few. */
export function quantileVariance(quantile: number, calls: number): number {
  const many = Math.max(1, calls);
  return quantile === 0.5 ? 1.57 / (many + 0.57) : 1 / (1 + 0.85 * Math.log(many) + 0.068 * (many - 1));
}

/** Variance of noise around `expected`, on the scale. */
export function noiseVariance(watched: Watched, noise: number, expected: number, base: number): number {
  return watched.family === 'count' ? 1 + (noise * expected * expected) / 4 : noise * base;
}
