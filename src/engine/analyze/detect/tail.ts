/**
 * What a surprise is worth for the series that it comes from: peaks over a threshold. An excursion above the threshold is
 * one peak, however long. The threshold moves so that there are `share` of them a window (a quantile by Robbins and Monro's
 * steps). What a peak goes beyond is exponential on the scale of −log10 p, which is a power law of p, with a Gamma prior
 * for its rate; the tail is then Lomax's, P(excess > v) = (1 + v/sum)^−count: heavy while little is known, exponential
 * later. (Davison and Smith 1990 for peaks over a threshold; the prior makes it proper from the first window on.)
 */
export interface TailPrior {
  /** Peaks a window. */
  readonly share: number;
  /** What the prior counts as, in peaks, and their mean excess. */
  readonly count: number;
  readonly mean: number;
  /** Peaks that are remembered. */
  readonly memory: number;
  /** Threshold at first; it never goes below 1.5. */
  readonly start: number;
}

export const levelTail: TailPrior = { share: 0.01, count: 40, mean: 0.45, memory: 300, start: 2.3 };
export const shiftTail: TailPrior = { share: 0.003, count: 25, mean: 0.8, memory: 150, start: 3.2 };
/** Here a window is five minutes. */
export const slowTail: TailPrior = { share: 0.015, count: 30, mean: 0.5, memory: 100, start: 2 };

const lowest = 1.5;
const step = 0.15;
/** An excursion of so many windows raises the threshold as a second peak would. */
const long = 60;
/** A fault is no example of the usual tail: a peak adds at most so many times the mean. */
const most = 6;

/** Four numbers from `place` on: threshold, count, sum, present peak. */
export function startTail(numbers: Float64Array, place: number, prior: TailPrior): void {
  numbers[place] = prior.start;
  numbers[place + 1] = prior.count;
  numbers[place + 2] = prior.count * prior.mean;
  numbers[place + 3] = 0;
}

/** @returns −log10 of the share of this series's windows in which a peak as surprising begins. */
export function calibrated(numbers: Float64Array, place: number, prior: TailPrior, surprise: number): number {
  const threshold = numbers[place]!;
  const usual = -Math.log10(prior.share);
  if (surprise <= threshold) return (usual * surprise) / threshold;
  return usual + numbers[place + 1]! * Math.log10(1 + (surprise - threshold) / numbers[place + 2]!);
}

export function learnTail(numbers: Float64Array, place: number, prior: TailPrior, surprise: number): void {
  const threshold = numbers[place]!;
  if (surprise > threshold) {
    numbers[place + 3] = Math.max(numbers[place + 3]!, surprise);
    // An excursion that does not end says that the threshold is too low.
    numbers[place] = threshold + step / long;
    return;
  }
  numbers[place] = Math.max(lowest, threshold - step * prior.share);
  endPeak(numbers, place, prior);
}

/** Learns the present peak, if there is one: the excursion is over, or turned out to be part of an anomaly. */
export function endPeak(numbers: Float64Array, place: number, prior: TailPrior): void {
  const peak = numbers[place + 3]!;
  if (peak === 0) return;
  const count = numbers[place + 1]!;
  const sum = numbers[place + 2]!;
  const excess = Math.min(Math.max(0, peak - numbers[place]!), (most * sum) / count);
  const kept = count >= prior.memory ? (prior.memory - 1) / count : 1;
  numbers[place + 1] = count * kept + 1;
  numbers[place + 2] = sum * kept + excess;
  numbers[place]! += step;
  numbers[place + 3] = 0;
}
