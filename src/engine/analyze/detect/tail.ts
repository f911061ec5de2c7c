/**
 * What a surprise is worth for the series that it comes from: peaks over a threshold. The threshold moves so that `share`
 * of all windows lie beyond it (a quantile by Robbins and Monro's steps); what goes beyond is exponential on the scale of
 * −log10 p, which is a power law of p, with a Gamma prior for its rate. The tail is then Lomax's,
 * P(excess > v) = (1 + v/sum)^−count: heavy while little is known, exponential later (Davison and Smith 1990 for peaks
 * over a threshold; the prior makes it proper from the first window).
 */
export interface TailPrior {
  /** Share of windows beyond the threshold. */
  readonly share: number;
  /** What the prior counts as, in windows beyond the threshold, and their mean excess. */
  readonly count: number;
  readonly mean: number;
  /** Windows beyond the threshold that are remembered. */
  readonly memory: number;
  /** The threshold never goes below this. */
  readonly lowest: number;
}

export const levelTail: TailPrior = { share: 0.01, count: 40, mean: 0.45, memory: 300, lowest: 1.5 };
export const shiftTail: TailPrior = { share: 0.01, count: 25, mean: 0.6, memory: 300, lowest: 1.5 };
export const slowTail: TailPrior = { share: 0.02, count: 30, mean: 0.5, memory: 150, lowest: 1.5 };

/** Three numbers from `place` on: threshold, count, sum. */
export function startTail(numbers: Float64Array, place: number, prior: TailPrior): void {
  numbers[place] = -Math.log10(prior.share) + 0.3;
  numbers[place + 1] = prior.count;
  numbers[place + 2] = prior.count * prior.mean;
}

/** @returns −log10 of the share of this series's windows that are as surprising. */
export function calibrated(numbers: Float64Array, place: number, prior: TailPrior, surprise: number): number {
  const threshold = numbers[place]!;
  const usual = -Math.log10(prior.share);
  if (surprise <= threshold) return (usual * surprise) / threshold;
  return usual + numbers[place + 1]! * Math.log10(1 + (surprise - threshold) / numbers[place + 2]!);
}

export function learnTail(numbers: Float64Array, place: number, prior: TailPrior, surprise: number): void {
  const threshold = numbers[place]!;
  const step = 0.15;
  if (surprise <= threshold) {
    numbers[place] = Math.max(prior.lowest, threshold - step * prior.share);
    return;
  }
  const count = numbers[place + 1]!;
  const sum = numbers[place + 2]!;
  // A fault is no example of the usual tail: what it adds is bounded.
  const excess = Math.min(surprise - threshold, (6 * sum) / count);
  numbers[place] = threshold + step * (1 - prior.share);
  const kept = count >= prior.memory ? (prior.memory - 1) / count : 1;
  numbers[place + 1] = count * kept + 1;
  numbers[place + 2] = sum * kept + excess;
}
