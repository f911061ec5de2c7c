import { percentile, sortedColumn } from './ranges.ts';

/** A column that barely moved is measured by this share of its size. */
const shareOfSize = 0.3;
const leastUnit = 1e-9;
/** How far beyond 0…1 the middle 98 % of a share may lie, by rounding or by a rescaled table's drift. */
const slack = 0.05;

/**
 * What counts as one unit of each column, so that the detector's result does not depend on whether a column is in
 * bytes or gigabytes. A table whose columns are all shares (utilisation, ratios, anything scaled to 0…1) says its
 * unit itself: 1. Any other column is measured by its range, or by a part of its size where it barely moved.
 *
 * @param values rows × columns
 */
export function unitsOf(values: Float64Array, columns: number): readonly number[] {
  const sorted = Array.from({ length: columns }, (_, column) => sortedColumn(values, columns, column));
  const allShares = sorted.every(
    (column) => column.length === 0 || (percentile(column, 1) >= -slack && percentile(column, 99) <= 1 + slack),
  );
  if (allShares) return sorted.map(() => 1);
  return sorted.map((column) => {
    const [first, last] = [column[0] ?? 0, column.at(-1) ?? 0];
    return Math.max(last - first, shareOfSize * Math.max(Math.abs(first), Math.abs(last)), leastUnit);
  });
}
