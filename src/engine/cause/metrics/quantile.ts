/** The finite values in ascending order. */
export const sortedFinite = (values: Float64Array): Float64Array => values.filter(Number.isFinite).sort();

/** Linear between the two nearest ranks; NaN where there is no value. @param sorted ascending, finite */
export function quantileOf(sorted: Float64Array, share: number): number {
  if (sorted.length === 0) return Number.NaN;
  const at = share * (sorted.length - 1);
  const low = sorted[Math.floor(at)]!;
  const high = sorted[Math.ceil(at)]!;
  return low + (high - low) * (at - Math.floor(at));
}

export const medianOf = (values: Float64Array): number => quantileOf(sortedFinite(values), 0.5);
