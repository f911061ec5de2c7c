import type { SeriesName } from './anomaly.ts';

/** `open` until its time has come; `untold` when the series ended, or the data of the time are gone. */
export const predictionOutcomes = ['open', 'right', 'wrong', 'untold'] as const;
export type PredictionOutcome = (typeof predictionOutcomes)[number];

/** A claim about what will be, made at `madeMs`, to be marked when its time has come: a row of `obs_predictions`. */
export interface Prediction {
  readonly id: string;
  readonly madeMs: number;
  readonly series: SeriesName;
  /** `interval`: at `atMs` the value lies within low and high. `crossing`: it reaches `threshold` between earliest and latest. `burn`: an error budget is spent. */
  readonly kind: 'interval' | 'crossing' | 'burn';
  /** What people call it: "disk /data of db-1 is full". */
  readonly title: string;
  readonly threshold: number | null;
  readonly direction: 'above' | 'below' | null;
  /** Of an interval: start of its window, and the bounds; `likely` is the middle one. Of a crossing or burn `atMs` is up to when it was looked: without a latest time it is to come by then. */
  readonly atMs: number | null;
  readonly low: number | null;
  readonly likely: number | null;
  readonly high: number | null;
  /** Of a crossing; `latestMs` null: it may be not at all. */
  readonly earliestMs: number | null;
  readonly likelyMs: number | null;
  readonly latestMs: number | null;
  /** How sure, 0 to 1: the probability that it comes true. */
  readonly probability: number;
  readonly outcome: PredictionOutcome;
  readonly markedMs: number | null;
  /** What came: the value, or the time of the crossing. */
  readonly actual: number | null;
}
