import { robustScaling, type Scaling } from '../autoencoder/robust-scaling.ts';
import { type Components, leadingComponents, residualOf } from '../rows/components.ts';
import { covarianceOf, type Moments, momentsOf } from '../rows/moments.ts';

/** What moves together: a few directions in scaled values, and what each value is beside them. */
export interface LinearModel {
  readonly scaling: Scaling;
  readonly components: Components;
}

/** Directions that count as usual: one for so many columns, as in the row detector. */
const columnsPerComponent = 8;

/** @param rows windows × columns in their own units, row after row; NaN is a gap */
export function fitLinear(rows: Float32Array, columns: number): LinearModel {
  const scaling = robustScaling(rows, columns, 'ratio');
  return { scaling, components: componentsOf(momentsOf(scaledRows(scaling, rows), columns)) };
}

/** @param moments of scaled rows */
export function componentsOf(moments: Moments): Components {
  return leadingComponents(covarianceOf(moments), Math.ceil(moments.sums.length / columnsPerComponent));
}

/** Rows as they are looked at: scaled, gaps in the middle. */
export function scaledRows(scaling: Scaling, rows: Float32Array): Float64Array {
  const columns = scaling.centre.length;
  const scaled = new Float64Array(rows.length);
  for (let at = 0; at < rows.length; at += columns)
    scaleRow(scaling, rows.subarray(at, at + columns), scaled.subarray(at, at + columns));
  return scaled;
}

/**
 * How far each value lies above what the others let expect, in scaled units; 0 where it is missing. The same as the
 * output `feature_errors` of the model's graph.
 */
export function linearErrors(model: LinearModel, rows: Float32Array): Float32Array {
  const columns = model.scaling.centre.length;
  const scaled = new Float64Array(columns);
  const left = new Float64Array(columns);
  const errors = new Float32Array(rows.length);
  for (let at = 0; at < rows.length; at += columns) {
    const row = rows.subarray(at, at + columns);
    scaleRow(model.scaling, row, scaled);
    residualOf(model.components, scaled, left);
    for (let column = 0; column < columns; column++)
      if (!Number.isNaN(row[column]!)) errors[at + column] = left[column]!;
  }
  return errors;
}

/** As the graph scales: no further than the learned range, a gap is the middle. */
function scaleRow({ units, centre, scale, low, high }: Scaling, row: Float32Array, into: Float64Array): void {
  for (let column = 0; column < row.length; column++) {
    const bent = units === undefined ? row[column]! : Math.asinh(row[column]! / units[column]!);
    const value = (bent - centre[column]!) / scale[column]!;
    into[column] = Number.isNaN(value) ? 0 : Math.max(low[column]!, Math.min(high[column]!, value));
  }
}
