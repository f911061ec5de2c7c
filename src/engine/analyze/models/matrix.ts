import type { SeriesName } from '../../domain/anomaly.ts';
import type { FeatureMark } from '../../domain/feature-row.ts';

/** The scope of the model that looks at the calls between all services; every other scope is a service's name. */
export const edgesScope = 'edges';

/** Windows of one scope beside each other. */
export interface Matrix {
  readonly seconds: number;
  readonly columns: readonly SeriesName[];
  /** Start of each window, Unix milliseconds, rising. */
  readonly times: Float64Array;
  /** windows × columns in their own units; NaN is a gap. */
  readonly values: Float32Array;
  readonly marks: readonly (readonly FeatureMark[])[];
}

export const columnKey = ({ kind, service, subject, feature }: SeriesName): string =>
  JSON.stringify([kind, service, subject, feature]);

/** Some of the columns, in another order: where each is found among `from`, −1 where it is not. */
export function columnsAmong(wanted: readonly SeriesName[], from: readonly SeriesName[]): Int32Array {
  const at = new Map(from.map((column, index) => [columnKey(column), index]));
  return Int32Array.from(wanted, (column) => at.get(columnKey(column)) ?? -1);
}

/** @param values rows × `width`; a column that is not there is missing everywhere */
export function pickColumns(values: Float32Array, width: number, picked: Int32Array): Float32Array {
  const rows = values.length / width;
  const found = new Float32Array(rows * picked.length);
  for (let row = 0; row < rows; row++)
    for (const [index, column] of picked.entries())
      found[row * picked.length + index] = column < 0 ? Number.NaN : values[row * width + column]!;
  return found;
}

export function pickRows(values: Float32Array, width: number, rows: ArrayLike<number>): Float32Array {
  const found = new Float32Array(rows.length * width);
  for (let index = 0; index < rows.length; index++) {
    const from = rows[index]! * width;
    found.set(values.subarray(from, from + width), index * width);
  }
  return found;
}
