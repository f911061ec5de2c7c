import { Effect, type Scope } from 'effect';
import type { ModelUnreadable } from '../autoencoder/errors.ts';
import { ErrorTracker } from '../autoencoder/error-tracker.ts';
import type { Artefact, ModelCard } from './artefact.ts';
import { linearErrors } from './linear-model.ts';

/** What turns windows into errors: the model without the memory of the windows before. */
export interface Judge {
  /** @param rows windows × the card's columns; NaN is a gap @returns signed errors of the same shape */
  readonly errors: (rows: Float32Array) => Promise<Float32Array>;
}

/** A linear model is worked out here; any other is run by ONNX Runtime, which is loaded when the first one comes. */
export const openJudge = Effect.fnUntraced(function* ({
  linear,
  file,
  card,
}: Artefact): Effect.fn.Return<Judge, ModelUnreadable, Scope.Scope> {
  if (linear !== null) return { errors: async (rows) => linearErrors(linear, rows) };
  const { openWideScorer } = yield* Effect.promise(() => import('./wide-scorer.ts'));
  return { errors: yield* openWideScorer(file, card.columns.length) };
});

/** Scores of one service within a model. */
export interface GroupScore {
  readonly service: string;
  /** Of the averaged error of its worst column, in medians of held-back time. */
  readonly score: number;
}

/** The least that counts as a usual score: a service that never had an error is not alarmed by its first small one. */
export const leastUsual = 0.02;

/**
 * Errors of windows that follow each other, averaged by column; each service's worst column is its score. A model of one
 * service has one such group.
 */
export class Tracking {
  readonly #card: Pick<ModelCard, 'usual' | 'groups'>;
  readonly #columns: readonly { readonly from: number; readonly to: number }[];
  #trackers: readonly ErrorTracker[];

  constructor(card: Pick<ModelCard, 'usual' | 'groups'>) {
    this.#card = card;
    let at = 0;
    this.#columns = card.groups.map(({ columns }) => ({ from: at, to: (at += columns) }));
    this.#trackers = this.#fresh();
  }

  push(errors: Float32Array): readonly GroupScore[] {
    return this.#card.groups.map(({ service, usual }, group) => {
      const { from, to } = this.#columns[group]!;
      const { score } = this.#trackers[group]!.push(errors.subarray(from, to));
      return { service, score: score / Math.max(usual, leastUsual) };
    });
  }

  /** The windows before have nothing to do with those to come. */
  reset(): void {
    this.#trackers = this.#fresh();
  }

  /** Per column of a group, how large its averaged error is in its usual sizes. */
  sizes(group: number): readonly { readonly column: number; readonly size: number }[] {
    const { from } = this.#columns[group]!;
    return this.#trackers[group]!.averages().map((average, index) => {
      const usual = this.#card.usual[from + index]!;
      return { column: from + index, size: usual > 0 ? Math.abs(average) / usual : 0 };
    });
  }

  #fresh(): readonly ErrorTracker[] {
    return this.#columns.map(({ from, to }) => new ErrorTracker(this.#card.usual.slice(from, to)));
  }
}

/**
 * The highest group score of each of many windows.
 * @param begins rows before which the tracking begins anew
 */
export function trackedScores(
  card: Pick<ModelCard, 'usual' | 'groups'>,
  errors: Float32Array,
  begins: (row: number) => boolean,
): Float64Array {
  const tracking = new Tracking(card);
  const width = card.usual.length;
  return Float64Array.from({ length: errors.length / width }, (_, row) => {
    if (begins(row)) tracking.reset();
    return tracking
      .push(errors.subarray(row * width, (row + 1) * width))
      .reduce((a, { score }) => Math.max(a, score), 0);
  });
}
