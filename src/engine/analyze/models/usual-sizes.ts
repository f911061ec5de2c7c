/**
 * Per column the size that so many of its errors stay below.
 * @param errors rows × columns
 */
export function usualSizes(errors: Float32Array, columns: number, share: number = 0.99): readonly number[] {
  const rows = errors.length / columns;
  const sizes = new Float32Array(rows);
  return Array.from({ length: columns }, (_, column) => {
    for (let row = 0; row < rows; row++) sizes[row] = Math.abs(errors[row * columns + column]!);
    sizes.sort();
    return sizes[Math.round(share * (rows - 1))] ?? 0;
  });
}
