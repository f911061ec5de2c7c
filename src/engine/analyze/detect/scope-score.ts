import { groups } from './features-watched.ts';

/**
 * One score for all series of a service (or of a host). Within a group the strongest surprise counts, less what is due to
 * there being several to choose from (Bonferroni); the second and third group add half and a quarter of theirs. How often
 * the sum is how large is learned from its own history, whatever the dependence between series: episodes above a
 * threshold that moves so that there are `episodesPerWeek`, and the tail of their peaks, as in `tail.ts`.
 */

export const episodesPerWeek = 84;
/** Windows below the threshold that end an episode: a quarter of an hour. */
export const episodeGap = 90;
/** One that goes on for longer counts again: a threshold that is far too low would else never be found out. An hour. */
const longestEpisode = 360;
const windowsPerWeek = 60_480;

/** The prior: threshold at first, how many peaks it counts as, their mean excess, and how many are remembered. */
const prior = { threshold: 3.7, peaks: 20, mean: 0.65, memory: 400, lowest: 2 } as const;
/** A peak moves the threshold by so much, quiet as much back over the usual time between two. */
const step = 0.1;

/**
 * The tail stays a little heavier than exponential however much is known (a generalised Pareto tail of shape 1/12): peaks
 * of several series with tails of their own are a mixture, and what was set must hold beyond what was ever seen.
 */
const weight = 12;

const mean = ({ sum, peaks }: ScopeTail): number => sum / peaks;

export interface ScopeTail {
  threshold: number;
  peaks: number;
  sum: number;
  /** Windows seen. */
  windows: number;
  /** Highest sum of the present episode (0: none), and its newest window above the threshold. */
  peak: number;
  newestAbove: number;
  /** Window in which the present episode began. */
  since: number;
}

export const startScopeTail = (): ScopeTail => ({
  threshold: prior.threshold,
  peaks: prior.peaks,
  sum: prior.peaks * prior.mean,
  windows: 0,
  peak: 0,
  newestAbove: 0,
  since: 0,
});

/** −log10 of the episodes a week that reach `total`. */
export function scoreOf(tail: ScopeTail, total: number): number {
  const base = -Math.log10(episodesPerWeek);
  if (total <= tail.threshold) return base - (tail.threshold - total);
  return base + weight * Math.log10(1 + (total - tail.threshold) / (weight * mean(tail)));
}

/** The sum at which a score is reached: the inverse of `scoreOf`, above the threshold. */
export function totalAt(tail: ScopeTail, score: number): number {
  const above = score + Math.log10(episodesPerWeek);
  return tail.threshold + (above <= 0 ? above : weight * mean(tail) * (10 ** (above / weight) - 1));
}

/**
 * Learns the sum of a window.
 *
 * @param alarmAt the sum that raises an alarm: peaks count as at most a little more, or a fault would unlearn the next one
 */
export function learnTotal(tail: ScopeTail, total: number, window: number, alarmAt: number): void {
  tail.windows++;
  if (total > tail.threshold) {
    if (tail.peak === 0) tail.since = window;
    tail.peak = Math.max(tail.peak, total);
    tail.newestAbove = window;
  }
  tail.threshold = Math.max(prior.lowest, tail.threshold - (step * episodesPerWeek) / windowsPerWeek);
  if (tail.peak === 0 || (window - tail.newestAbove < episodeGap && window - tail.since < longestEpisode)) return;
  const excess = Math.max(0, Math.min(tail.peak, alarmAt + 1.5) - tail.threshold);
  const kept = tail.peaks >= prior.memory ? (prior.memory - 1) / tail.peaks : 1;
  tail.peaks = tail.peaks * kept + 1;
  tail.sum = tail.sum * kept + excess;
  tail.threshold += step;
  tail.peak = 0;
}

/** Strongest of each group, and of how many. */
export interface GroupMaxima {
  readonly largest: Float64Array;
  readonly counts: Float64Array;
}

export const newMaxima = (): GroupMaxima => ({
  largest: new Float64Array(groups.length),
  counts: new Float64Array(groups.length),
});

export function totalOf({ largest, counts }: GroupMaxima): number {
  let first = 0;
  let second = 0;
  let third = 0;
  for (let group = 0; group < largest.length; group++) {
    if (counts[group] === 0) continue;
    const surprise = largest[group]! - Math.log10(counts[group]!);
    if (surprise > first) {
      third = second;
      second = first;
      first = surprise;
    } else if (surprise > second) {
      third = second;
      second = surprise;
    } else if (surprise > third) third = surprise;
  }
  return first + Math.max(0, second - 1) / 2 + Math.max(0, third - 1) / 4;
}

/** A second window that is as bad as the first says more than one: this part of the weaker of the two is added. */
const second = 0.3;

export const withBefore = (total: number, before: number): number => total + second * Math.min(total, before);
