import { recipe } from './recipe.ts';

/** Usual ranges of all columns: one pair of bounds per percentile and column, percentile after percentile. */
export interface Ranges {
  readonly percentiles: number;
  readonly low: readonly number[];
  readonly high: readonly number[];
}

/**
 * @param values rows × columns; NaN is left out
 * @param percentiles q in 0…50: bounds are the q-th and the (100 − q)-th, linearly interpolated. A column without any
 * value gets 0 for all of them.
 */
export function rangesOf(values: Float64Array, columns: number, percentiles: readonly number[]): Ranges {
  const low: number[] = Array.from({ length: percentiles.length * columns }, () => 0);
  const high = [...low];
  for (let column = 0; column < columns; column++) {
    const sorted = sortedColumn(values, columns, column);
    for (const [index, q] of percentiles.entries()) {
      low[index * columns + column] = percentile(sorted, q);
      high[index * columns + column] = percentile(sorted, 100 - q);
    }
  }
  return { percentiles: percentiles.length, low, high };
}

/** The finite values of one column, rising. */
export function sortedColumn(values: Float64Array, columns: number, column: number): Float64Array {
  const found = new Float64Array(Math.floor(values.length / columns));
  let count = 0;
  for (let at = column; at < values.length; at += columns) {
    const value = values[at]!;
    if (Number.isFinite(value)) found[count++] = value;
  }
  return found.subarray(0, count).sort();
}

/** Linear interpolation between order statistics; 0 where there are none. */
export function percentile(sorted: Float64Array, q: number): number {
  if (sorted.length === 0) return 0;
  const position = (q / 100) * (sorted.length - 1);
  const below = Math.floor(position);
  const from = sorted[below]!;
  const to = sorted[Math.min(below + 1, sorted.length - 1)]!;
  return from + (position - below) * (to - from);
}

/**
 * How far a value lies outside its ranges, in widths of each, averaged over the percentiles: 0 inside all of them,
 * `recipe.most` at most.
 */
export function outside(ranges: Ranges, columns: number, column: number, value: number, narrowest: number): number {
  let sum = 0;
  for (let at = column; at < ranges.low.length; at += columns) {
    const low = ranges.low[at]!;
    const high = ranges.high[at]!;
    if (value >= low && value <= high) continue;
    const distance = value > high ? value - high : low - value;
    sum += Math.min(recipe.most, distance / Math.max(high - low, narrowest));
  }
  return sum / ranges.percentiles;
}
