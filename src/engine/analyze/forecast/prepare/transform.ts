import { madToDeviation, median } from '../clean.ts';

/** A monotonic scale of middle 0 and deviation 1, on which noise and season have the same size at every level. */
export interface Transform {
  readonly name: 'power' | 'raw';
  readonly forward: (value: number) => number;
  readonly inverse: (z: number) => number;
}

/** Box and Cox's power (1964): between the logarithm (0), on which growth is a line, and the values themselves (1). */
const power = 0.2;

/**
 * Negative values have no power, and with zeros it would tear "none" and "few" apart: both stay as they are.
 * `values` without gaps.
 */
export function transformFor(values: Float64Array): Transform {
  return values.every((value) => value > 0) ? powerTransform(values) : rawTransform(values);
}

export function rawTransform(values: Float64Array): Transform {
  const { middle, deviation } = standard(values);
  return {
    name: 'raw',
    forward: (value) => (value - middle) / deviation,
    inverse: (z) => z * deviation + middle,
  };
}

function powerTransform(values: Float64Array): Transform {
  const { middle, deviation } = standard(values.map((value) => value ** power));
  // Far below everything seen the power ends; a forecast there is as good as none.
  const least = 0.001;
  return {
    name: 'power',
    forward: (value) => (Math.max(value, 0) ** power - middle) / deviation,
    inverse: (z) => Math.max(z * deviation + middle, least) ** (1 / power),
  };
}

/** Median and robust deviation; where most values are equal, the largest distance from it. */
function standard(values: Float64Array): { middle: number; deviation: number } {
  const middle = median(values.slice());
  const distances = values.map((value) => Math.abs(value - middle)).sort();
  const deviation = madToDeviation * (distances[distances.length >> 1] ?? 0);
  return { middle, deviation: deviation > 0 ? deviation : distances.at(-1)! || 1 };
}
