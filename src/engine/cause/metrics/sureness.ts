import type { Excess } from './excess.ts';

/** An excess of so many deviations counts half. */
const halfSure = 3;
/** Of so many requests half is known. */
const halfKnown = 16;

/** The part of an excess that is no chance: all of it far beyond its deviation, none far below. */
export function sureExcess({ excess, deviation }: Excess): number {
  return excess > 0 ? excess ** 3 / (excess ** 2 + (halfSure * deviation) ** 2) : 0;
}

/**
 * Standard deviation of an excess as a sample of its requests, in its unit. Failures are counted (binomial); of latency
 * a request's excess is taken to vary as much as its mean is (as if exponential).
 */
export function sampleSpread({ excess, present, requests }: Excess, kind: 'latency' | 'errors'): number {
  if (!(excess > 0)) return 0;
  return kind === 'latency' ? excess / Math.sqrt(Math.max(1, requests)) : Math.sqrt(excess * Math.max(0, 1 - present));
}

/** How much is known of an entity, 0 to 1: the level of one that is rarely asked drifts, and its mean is chance. */
export const knownShare = ({ requests }: Excess): number => requests / (requests + halfKnown);
