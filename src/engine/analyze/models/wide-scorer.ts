import { Effect, type Scope } from 'effect';
import { ModelUnreadable } from '../autoencoder/errors.ts';
import { openScorer } from '../autoencoder/score.ts';

/** Errors by ONNX Runtime; a module of its own, so that its tens of megabytes are loaded only where a model needs them. */
export const openWideScorer = Effect.fnUntraced(function* (
  file: Uint8Array,
  columns: number,
): Effect.fn.Return<(rows: Float32Array) => Promise<Float32Array>, ModelUnreadable, Scope.Scope> {
  const scorer = yield* openScorer(file);
  if (scorer.features !== columns)
    return yield* new ModelUnreadable({ reason: `its graph takes ${scorer.features} columns, and it says ${columns}` });
  return async (rows) => (await Effect.runPromise(scorer.score(rows))).featureErrors;
});
