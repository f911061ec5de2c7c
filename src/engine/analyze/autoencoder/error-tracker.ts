/** Rows after which half of an error's weight has gone. */
const halfLife = 8;
/** The weight of the newest row in the average. */
export const perRow = 1 - 2 ** (-1 / halfLife);

export interface TrackedError {
  /** The largest averaged feature error, in times of its usual size; below 1 is everyday. */
  readonly score: number;
  readonly feature: number;
  /** Whether the feature is above (1) or below (−1) what the others let expect. */
  readonly direction: 1 | -1;
}

/**
 * Feature errors of consecutive windows, averaged with their signs: noise cancels out, a feature that stays on one side
 * of what the others let expect does not. The worst feature counts rather than the mean over all, which would drown one
 * feature that is wrong among sixty that are right.
 */
export class ErrorTracker {
  readonly #usual: readonly number[];
  readonly #averages: Float64Array;

  /** @param usual per feature, `TrainedModel.heldBack.features` */
  constructor(usual: readonly number[], averages?: readonly number[]) {
    this.#usual = usual;
    this.#averages = averages ? Float64Array.from(averages) : new Float64Array(usual.length);
  }

  /** @param featureErrors of one window, one per feature */
  push(featureErrors: ArrayLike<number>): TrackedError {
    let [score, worst] = [0, 0];
    for (const [feature, usual] of this.#usual.entries()) {
      const before = this.#averages[feature]!;
      const average = before + perRow * (featureErrors[feature]! - before);
      this.#averages[feature] = average;
      // A feature that never had an error has no size of its own to be measured by.
      const size = usual > 0 ? Math.abs(average) / usual : 0;
      if (size <= score) continue;
      score = size;
      worst = feature;
    }
    return { score, feature: worst, direction: this.#averages[worst]! < 0 ? -1 : 1 };
  }

  /** For `new ErrorTracker(usual, averages)` after a restart. */
  averages(): readonly number[] {
    return [...this.#averages];
  }
}
