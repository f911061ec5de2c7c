import { perRow } from '../autoencoder/error-tracker.ts';

/**
 * Per column the size that so many of its averaged errors stay below. Averaged as they are when a model votes: what
 * wanders slowly is then measured by its own wanderings, and not by the noise of single windows.
 * @param errors rows × columns @param begins rows that do not follow the row before
 */
export function usualSizes(
  errors: Float32Array,
  columns: number,
  begins: (row: number) => boolean,
  share: number = 0.99,
): readonly number[] {
  const rows = errors.length / columns;
  const sizes = new Float32Array(rows);
  return Array.from({ length: columns }, (_, column) => {
    let average = 0;
    for (let row = 0; row < rows; row++) {
      if (begins(row)) average = 0;
      average += perRow * (errors[row * columns + column]! - average);
      sizes[row] = Math.abs(average);
    }
    sizes.sort();
    return sizes[Math.round(share * (rows - 1))] ?? 0;
  });
}
