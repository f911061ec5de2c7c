import { trackedScores } from './judge.ts';
import { fitLinear, linearErrors } from './linear-model.ts';
import { quantile } from './prove.ts';
import { usualSizes } from './usual-sizes.ts';

/** A window is far out beyond so many times the score that one in twenty passes … */
const times = 2.5;
/** … and where an averaged error is as large as one in a hundred single ones at least. */
const least = 0.8;
/** Windows around one that is far out: the tracking is slow to see and slow to forget. */
const around = 12;
/** Fits: what is left out no longer bends the next one. */
const rounds = 3;
/** More than this is no accident but another state of the service: nothing is left out then. */
const mostShare = 0.1;

/**
 * Windows that stand far out of the bulk although nothing is known against them: an incident that nobody found must not
 * be learned as usual. A linear model is fitted to all, what it explains worst is left out, and again.
 *
 * @param values rows × columns @param begins rows that do not follow the row before
 * @returns by row, whether it is far out
 */
export function farOut(values: Float32Array, columns: number, begins: readonly boolean[]): Uint8Array {
  const rows = begins.length;
  let far = new Uint8Array(rows);
  for (let round = 0; round < rounds; round++) {
    const kept = keptRows(values, columns, far);
    const model = fitLinear(kept, columns);
    const usual = usualSizes(linearErrors(model, kept), columns);
    const card = { usual, groups: [{ service: '', columns, usual: 1 }] };
    const scores = trackedScores(card, linearErrors(model, values), (row) => begins[row]!);
    const cut = Math.max(least, times * quantile(scores.toSorted(), 0.95));
    const next = new Uint8Array(rows);
    for (let row = 0; row < rows; row++)
      if (scores[row]! > cut) next.fill(1, Math.max(0, row - around), row + around + 1);
    if (next.reduce((sum, one) => sum + one, 0) > mostShare * rows) return new Uint8Array(rows);
    if (Buffer.compare(next, far) === 0) break;
    far = next;
  }
  return far;
}

function keptRows(values: Float32Array, columns: number, far: Uint8Array): Float32Array {
  return values.filter((_, at) => far[Math.floor(at / columns)] === 0);
}
