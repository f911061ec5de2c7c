import { Effect, type Scope } from 'effect';
import type { InferenceSession } from 'onnxruntime-node';
import { ModelUnreadable, RowsDoNotFit } from './errors.ts';
import { checkModel } from './model-file.ts';
import { floatsOf, matrix, openSession } from './session.ts';

export interface WindowErrors {
  /** [windows], the mean square of a window's feature errors. */
  readonly errors: Float32Array;
  /** [windows × features], how far each value lies above what the others let expect, in scaled units. */
  readonly featureErrors: Float32Array;
}

export interface Scorer {
  readonly features: number;
  /** @param rows windows × features, row after row, in the features' own units; NaN is a gap */
  readonly score: (rows: Float32Array) => Effect.Effect<WindowErrors, RowsDoNotFit>;
}

/** Rows that go through ONNX Runtime at once: their intermediate values stay within the processor's caches. */
const rowsAtOnce = 512;

/** Opens a model file; it is closed with the scope. */
export const openScorer = Effect.fnUntraced(function* (
  file: Uint8Array,
): Effect.fn.Return<Scorer, ModelUnreadable, Scope.Scope> {
  const onnx = yield* checkModel(file);
  const session = yield* Effect.acquireRelease(
    Effect.tryPromise({
      try: () => openSession(onnx),
      catch: (cause) => new ModelUnreadable({ reason: cause instanceof Error ? cause.message : String(cause) }),
    }),
    (session) => Effect.promise(() => session.release()),
  );
  const [input] = session.inputMetadata;
  const features = input?.isTensor ? input.shape[1] : undefined;
  if (input?.name !== 'windows' || typeof features !== 'number')
    return yield* new ModelUnreadable({ reason: 'it is an ONNX file, but has no input "windows" of known width' });
  return {
    features,
    score: (rows) =>
      rows.length % features === 0
        ? Effect.promise(() => scoreInBlocks(session, rows, features))
        : Effect.fail(new RowsDoNotFit({ reason: `${rows.length} values are not rows of ${features} features` })),
  };
});

/** One-off scoring; who scores again and again keeps an `openScorer`. */
export function scoreWindows(
  model: { readonly onnx: Uint8Array },
  rows: Float32Array,
): Effect.Effect<WindowErrors, ModelUnreadable | RowsDoNotFit> {
  return Effect.scoped(Effect.flatMap(openScorer(model.onnx), (scorer) => scorer.score(rows)));
}

/** Through an open session; rows are known to be whole. */
export async function scoreInBlocks(
  session: InferenceSession,
  rows: Float32Array,
  features: number,
): Promise<WindowErrors> {
  const windows = rows.length / features;
  const errors = new Float32Array(windows);
  const featureErrors = new Float32Array(rows.length);
  for (let from = 0; from < windows; from += rowsAtOnce) {
    const block = rows.subarray(from * features, Math.min(windows, from + rowsAtOnce) * features);
    const results = await session.run({ windows: matrix(block, features) });
    errors.set(floatsOf(results, 'errors'), from);
    featureErrors.set(floatsOf(results, 'feature_errors'), from * features);
  }
  return { errors, featureErrors };
}
