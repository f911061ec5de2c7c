import type { Onset } from '../input.ts';

/** Deviations beyond this say no more: one giant must not decide where a change begins. */
const mostDeviations = 8;
/** Half the squares that a change must explain. */
const leastGain = 4;
/** What lies outside of the range on either side. */
const tail = 0.05;

/**
 * When a rise began: the row from which on a higher mean explains the deviations best, every row by its likelihood.
 * @param deviations from the usual, in standard deviations; NaN is skipped
 * @param timeOf of a row, in milliseconds or rows
 * @returns null where nothing rose
 */
export function onsetOf(deviations: Float64Array, timeOf: (row: number) => number): Onset | null {
  const rows = [...deviations.keys()].filter((row) => Number.isFinite(deviations[row]!));
  const values = rows.map((row) => Math.max(-mostDeviations, Math.min(mostDeviations, deviations[row]!)));
  // From the end: gain of a mean above 0 over none, for each beginning.
  const gains = new Float64Array(values.length);
  let sum = 0;
  for (let at = values.length - 1; at >= 0; at--) {
    sum += values[at]!;
    gains[at] = sum > 0 ? sum ** 2 / (2 * (values.length - at)) : 0;
  }
  const best = gains.reduce((most, gain) => Math.max(most, gain), 0);
  if (best < leastGain) return null;
  const likelihoods = gains.map((gain) => Math.exp(gain - best));
  const all = likelihoods.reduce((total, likelihood) => total + likelihood, 0);
  const reached = (share: number): number => {
    let passed = 0;
    const at = likelihoods.findIndex((likelihood) => (passed += likelihood) >= share * all);
    return timeOf(rows[Math.max(0, at)]!);
  };
  return { at: timeOf(rows[gains.indexOf(best)]!), from: reached(tail), to: reached(1 - tail) };
}
