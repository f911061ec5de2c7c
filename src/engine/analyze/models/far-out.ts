import { robustScaling } from '../autoencoder/robust-scaling.ts';
import { momentsOf, sumOf } from '../rows/moments.ts';
import { trackedScores } from './judge.ts';
import { componentsOf, linearErrors, scaledRows } from './linear-model.ts';
import { quantile } from './prove.ts';
import { usualSizes } from './usual-sizes.ts';

/** Parts of time, each looked at through what the others have taught. */
const blocks = 8;
/** An averaged error's usual size: of normal noise one in a hundred is larger than so many times what one in ten is. */
const sizeShare = 0.9;
const sizeTimes = 1.57;
/** A window is far out beyond so many times the score that one in ten passes … */
const times = 3;
/** … and beyond so many usual sizes. */
const least = 2;
/** Windows around one that is far out: the tracking is slow to see and slow to forget. */
const around = 12;
/** More than this is no accident but another state of the service: nothing is left out then. */
const mostShare = 0.1;

/**
 * Windows that stand far out of the bulk although nothing is known against them: an incident that nobody found must not
 * be learned as usual. They are looked for twice: by a linear model of all windows, which knows all hours of the day, but
 * may have a direction for an incident; and each part of time by a model of the others, which has none (its neighbours are
 * left out too, into which an incident may reach).
 *
 * @param values rows × columns @param begins rows that do not follow the row before
 * @returns by row, whether it is far out
 */
export function farOut(values: Float32Array, columns: number, begins: readonly boolean[]): Uint8Array {
  const rows = begins.length;
  const { ofAll, ofOthers } = errorsOf(values, columns);
  const byAll = farBy(ofAll, columns, begins);
  const byOthers = farBy(ofOthers, columns, begins);
  const far = byAll.map((one, row) => one | byOthers[row]!);
  return far.reduce((sum, one) => sum + one, 0) > mostShare * rows ? new Uint8Array(rows) : far;
}

function farBy(errors: Float32Array, columns: number, begins: readonly boolean[]): Uint8Array {
  const usual = usualSizes(errors, columns, (row) => begins[row]!, sizeShare).map((size) => sizeTimes * size);
  const card = { usual, groups: [{ service: '', columns, usual: 1 }] };
  const scores = trackedScores(card, errors, (row) => begins[row]!);
  const cut = Math.max(least, times * quantile(scores.toSorted(), sizeShare));
  const far = new Uint8Array(begins.length);
  for (let row = 0; row < begins.length; row++)
    if (scores[row]! > cut) far.fill(1, Math.max(0, row - around), row + around + 1);
  return far;
}

/** Errors under a model of all windows, and of each part of time under a model of those parts that do not touch it. */
function errorsOf(
  values: Float32Array,
  columns: number,
): { readonly ofAll: Float32Array; readonly ofOthers: Float32Array } {
  const rows = values.length / columns;
  const scaling = robustScaling(values, columns, 'ratio');
  const scaled = scaledRows(scaling, values);
  const edge = (block: number): number => Math.floor((rows * block) / blocks) * columns;
  const moments = Array.from({ length: blocks }, (_, block) =>
    momentsOf(scaled.subarray(edge(block), edge(block + 1)), columns),
  );
  const ofAll = linearErrors({ scaling, components: componentsOf(sumOf(moments)) }, values);
  const ofOthers = new Float32Array(values.length);
  for (let block = 0; block < blocks; block++) {
    const others = moments.filter((_, other) => Math.abs(other - block) > 1);
    const model = { scaling, components: componentsOf(sumOf(others)) };
    ofOthers.set(linearErrors(model, values.subarray(edge(block), edge(block + 1))), edge(block));
  }
  return { ofAll, ofOthers };
}
