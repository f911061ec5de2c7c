/** What turns scores into probabilities. */
export interface Calibration {
  /** What "none of them" scores. */
  readonly none: number;
  /** Scores are sums of sources that depend on each other: they are divided by this. */
  readonly temperature: number;
}

/** Assumed; see docs/explain.md, "How sure", for what answers with known truth say of it. */
export const fitted: Calibration = { none: 2, temperature: 2 };

/** No answer is surer than this. */
const most = 0.97;

/**
 * How sure an answer is, by the scores of its suspects in natural-log units: the likelier the first one against all
 * others and against "none of them", the surer.
 * @param scores of all suspects, in any order. @returns a probability for each, less than 1 together
 */
export function confidences(scores: readonly number[], { none, temperature }: Calibration = fitted): readonly number[] {
  const top = scores.reduce((highest, score) => Math.max(highest, score), none);
  const weights = scores.map((score) => Math.exp((score - top) / temperature));
  const all = weights.reduce((sum, weight) => sum + weight, Math.exp((none - top) / temperature));
  return weights.map((weight) => Math.round(Math.min(most, weight / all) * 1000) / 1000);
}
