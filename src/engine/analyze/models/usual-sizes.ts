/**
 * Per column the 99th percentile of its error's size.
 * @param errors rows × columns
 */
export function usualSizes(errors: Float32Array, columns: number): readonly number[] {
  const rows = errors.length / columns;
  const sizes = new Float32Array(rows);
  return Array.from({ length: columns }, (_, column) => {
    for (let row = 0; row < rows; row++) sizes[row] = Math.abs(errors[row * columns + column]!);
    sizes.sort();
    return sizes[Math.round(0.99 * (rows - 1))] ?? 0;
  });
}
