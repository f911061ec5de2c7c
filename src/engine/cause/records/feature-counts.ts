import { add, pairOf } from './intern.ts';
import type { Invocation } from './invocations.ts';

/** How often operations ran, and in how many of the runs a feature was there. */
export interface Counts {
  readonly runs: Map<number, number>;
  /** By operation and feature. */
  readonly having: Map<number, number>;
  /** Sum of the times from the start of the run to the feature, in milliseconds. */
  readonly offsets: Map<number, number>;
}

/** Of runs without an error, and of all. */
export interface FeatureCounts {
  readonly fine: Counts;
  readonly all: Counts;
}

export const noCounts = (): FeatureCounts => ({ fine: counts(), all: counts() });
const counts = (): Counts => ({ runs: new Map(), having: new Map(), offsets: new Map() });

export function countFeatures(invocations: readonly Invocation[]): FeatureCounts {
  const result = noCounts();
  for (const { operation, features, isError, entry } of invocations) {
    for (const into of isError ? [result.all] : [result.all, result.fine]) {
      add(into.runs, operation);
      for (const [feature, timeMs] of features) {
        add(into.having, pairOf(operation, feature));
        add(into.offsets, pairOf(operation, feature), timeMs - entry.startMs);
      }
    }
  }
  return result;
}

export function addCounts(into: FeatureCounts, more: FeatureCounts): void {
  for (const stratum of ['fine', 'all'] as const) {
    for (const part of ['runs', 'having', 'offsets'] as const) {
      for (const [key, count] of more[stratum][part]) add(into[stratum][part], key, count);
    }
  }
}
