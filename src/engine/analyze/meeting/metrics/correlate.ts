import { surpriseOfChiSquared } from '../changes/surprise.ts';

/** How two series move together. */
export interface Correlation {
  /** Minutes by which the second follows the first; negative: it leads. */
  readonly lag: number;
  /** −1 to 1. */
  readonly correlation: number;
  /** −log10 of the probability of as much by chance, at one lag. */
  readonly surprise: number;
}

/** Changes beyond so many deviations count as that many: one spike must not make a correlation. */
const mostDeviations = 4;

/** Changes from minute to minute, without their outliers, with mean 0 and variance 1; `null` if there are none. */
export function changesOfSeries(values: Float64Array): Float64Array | null {
  const changes = new Float64Array(Math.max(0, values.length - 1));
  let last = Number.NaN;
  for (let at = 0; at < values.length; at++) {
    const value = values[at] as number;
    if (!Number.isFinite(value)) continue;
    // What was missed is in the change after the gap.
    if (at > 0 && Number.isFinite(last)) changes[at - 1] = value - last;
    last = value;
  }
  const bound = mostDeviations * deviationOf(changes);
  if (bound === 0) return null;
  for (const [at, change] of changes.entries()) changes[at] = Math.max(-bound, Math.min(bound, change));
  const mean = changes.reduce((sum, change) => sum + change, 0) / changes.length;
  const variance = changes.reduce((sum, change) => sum + (change - mean) ** 2, 0) / changes.length;
  if (variance === 0) return null;
  return changes.map((change) => (change - mean) / Math.sqrt(variance));
}

/** From the median absolute deviation; from the standard one where most changes are the same. */
function deviationOf(changes: Float64Array): number {
  if (changes.length === 0) return 0;
  const median = middleOf(changes);
  const robust = 1.4826 * middleOf(changes.map((change) => Math.abs(change - median)));
  if (robust > 0) return robust;
  return Math.sqrt(changes.reduce((sum, change) => sum + change * change, 0) / changes.length);
}

const middleOf = (values: Float64Array): number => values.toSorted()[Math.floor(values.length / 2)] as number;

/** Autocorrelations at lags 1 to 5, for `correlate`. */
export const autocorrelationsOf = (changes: Float64Array): Float64Array =>
  Float64Array.from({ length: 5 }, (_, at) => productAt(changes, changes, at + 1));

/**
 * The lag at which two series of changes are most alike. What is by chance is judged by the number of minutes that are
 * independent of each other (Bartlett 1946).
 */
export function correlate(
  one: Float64Array,
  other: Float64Array,
  ownOne: Float64Array,
  ownOther: Float64Array,
  mostLag: number,
): Correlation {
  let lag = 0;
  let best = 0;
  for (let at = -mostLag; at <= mostLag; at++) {
    const value = productAt(one, other, at);
    // Of two as good the shorter lag.
    if (
      Math.abs(value) > Math.abs(best) + 1e-9 ||
      (Math.abs(value) > Math.abs(best) - 1e-9 && Math.abs(at) < Math.abs(lag))
    ) {
      best = value;
      lag = at;
    }
  }
  let factor = 1;
  for (let at = 0; at < ownOne.length; at++) factor += 2 * (ownOne[at] as number) * (ownOther[at] as number);
  const independent = (one.length - Math.abs(lag)) / Math.max(1, factor);
  const correlation = Math.max(-0.999999, Math.min(0.999999, best));
  const z = Math.atanh(correlation) * Math.sqrt(Math.max(0, independent - 3));
  return { lag, correlation, surprise: surpriseOfChiSquared(z * z) };
}

/** Mean product of `one` and of `other` so many minutes later. */
function productAt(one: Float64Array, other: Float64Array, lag: number): number {
  const from = Math.max(0, -lag);
  const to = Math.min(one.length, other.length - lag);
  let sum = 0;
  for (let at = from; at < to; at++) sum += (one[at] as number) * (other[at + lag] as number);
  // Over all minutes: what few of them say counts less.
  return to > from ? sum / one.length : 0;
}
