import { limits } from '../../../domain/limits.ts';
import type { Prediction, PredictionOutcome } from '../../../domain/prediction.ts';

export interface Marked {
  readonly outcome: PredictionOutcome;
  readonly actual: number | null;
}

export const untold: Marked = { outcome: 'untold', actual: null };
export const open: Marked = { outcome: 'open', actual: null };

/** Of a series since a claim: when it got there (`null`: not), and up to when it is known. */
export interface Reached {
  readonly atMs: number | null;
  readonly knownToMs: number;
  /** A step of its: what lies no further out than this is within the claim. */
  readonly stepMs: number;
}

/** @param reached `null`: the series is no more */
export function markCrossing(claim: Prediction, reached: Reached | null, nowMs: number): Marked {
  const end = claim.latestMs ?? claim.atMs ?? claim.madeMs;
  if (reached === null || reached.atMs === null) {
    if (reached !== null && reached.knownToMs >= end + reached.stepMs) return { outcome: 'wrong', actual: null };
    return nowMs - end > limits.predict.untoldAfterMs ? untold : open;
  }
  const { atMs, stepMs } = reached;
  const isIn = atMs >= (claim.earliestMs ?? claim.madeMs) - stepMs && atMs <= end + stepMs;
  return { outcome: isIn ? 'right' : 'wrong', actual: atMs };
}
