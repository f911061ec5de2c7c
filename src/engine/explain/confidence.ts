/** What turns scores into probabilities. */
export interface Calibration {
  /** What "none of them" scores. */
  readonly none: number;
  /** Scores are sums of sources that depend on each other: they are divided by this. */
  readonly temperature: number;
}

/**
 * From answers whose truth is known (`npm run score:calibration`, docs/explain.md, "How sure"): nearly all that name
 * somebody are right, so the best fit lies at the edge of what is tried; these lie between that and what was assumed before, 2 and 2.
 */
export const calibration: Calibration = { none: 0, temperature: 0.7 };

/** No answer is surer than this. */
const most = 0.97;

/**
 * How sure an answer is, by the scores of its suspects in natural-log units: the likelier the first one against all
 * others and against "none of them", the surer.
 * @param scores of all suspects, in any order. @returns a probability for each, less than 1 together
 */
export function confidences(
  scores: readonly number[],
  { none, temperature }: Calibration = calibration,
): readonly number[] {
  const top = scores.reduce((highest, score) => Math.max(highest, score), none);
  const weights = scores.map((score) => Math.exp((score - top) / temperature));
  const all = weights.reduce((sum, weight) => sum + weight, Math.exp((none - top) / temperature));
  return weights.map((weight) => Math.round(Math.min(most, weight / all) * 1000) / 1000);
}
