/**
 * How sure an answer is, by the scores of its suspects in natural-log units: the likelier the first one against all
 * others and against "none of them", the surer. `calibration` comes from answers to questions whose truth is known
 * (docs/explain.md, "How sure").
 */
const calibration = {
  /** What "none of them" scores. */
  none: 2,
  /** By how much scores have to be divided so that shares become probabilities. */
  temperature: 2,
  /** No answer is surer than this. */
  most: 0.97,
} as const;

/** @param scores of all suspects, in any order. @returns a probability for each, less than 1 together */
export function confidences(scores: readonly number[]): readonly number[] {
  const top = scores.reduce((most, score) => Math.max(most, score), calibration.none);
  const weights = scores.map((score) => Math.exp((score - top) / calibration.temperature));
  const none = Math.exp((calibration.none - top) / calibration.temperature);
  const all = weights.reduce((sum, weight) => sum + weight, none);
  return weights.map((weight) => Math.round(Math.min(calibration.most, weight / all) * 1000) / 1000);
}
