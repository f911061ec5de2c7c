/**
 * How sure an answer is, by the scores of its suspects in natural-log units: the likelier the first one against all
 * others and against "none of them", the surer. The constants are assumed, not fitted to answers whose truth is known
 * (docs/explain.md, "How sure").
 */
const assumed = {
  /** What "none of them" scores. */
  none: 2,
  /** Scores are sums of sources that depend on each other: they are divided by this. */
  temperature: 2,
  /** No answer is surer than this. */
  most: 0.97,
} as const;

/** @param scores of all suspects, in any order. @returns a probability for each, less than 1 together */
export function confidences(scores: readonly number[]): readonly number[] {
  const top = scores.reduce((most, score) => Math.max(most, score), assumed.none);
  const weights = scores.map((score) => Math.exp((score - top) / assumed.temperature));
  const none = Math.exp((assumed.none - top) / assumed.temperature);
  const all = weights.reduce((sum, weight) => sum + weight, none);
  return weights.map((weight) => Math.round(Math.min(assumed.most, weight / all) * 1000) / 1000);
}
