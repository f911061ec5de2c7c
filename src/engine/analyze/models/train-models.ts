import { Effect } from 'effect';
import { TrainingRefused } from '../autoencoder/errors.ts';
import { sealModel } from '../autoencoder/model-file.ts';
import { trainAutoencoder } from '../autoencoder/train.ts';
import { type ModelCard, readArtefact, writeArtefact } from './artefact.ts';
import { type Judge, openJudge } from './judge.ts';
import { linearGraph } from './linear-graph.ts';
import { fitLinear, linearErrors } from './linear-model.ts';
import { type Trial, tryModel } from './prove.ts';
import type { ModelReport } from './report.ts';
import type { Candidate, TrainedModels, TrainRequest } from './train-request.ts';
import { type UsualRows, usualRows } from './usual-rows.ts';
import { usualSizes } from './usual-sizes.ts';
import { groupsOf } from './groups.ts';

/** What a family's training gives besides the graph. */
interface Trained {
  readonly family: ModelCard['family'];
  readonly sealed: Uint8Array;
  readonly judge: Judge;
  readonly details: Pick<ModelReport, 'losses' | 'bestEpoch' | 'hidden'>;
  readonly trainingMs: number;
}

/**
 * Trains a linear model and an autoencoder on the older windows, and tries both and the current models on the newest
 * fifth. All of the work of a training, in whatever process: no store, no clock but for how long it took.
 */
export const trainModels = Effect.fnUntraced(function* (
  request: TrainRequest,
): Effect.fn.Return<TrainedModels, TrainingRefused> {
  const rows = usualRows(request);
  if (rows instanceof TrainingRefused) return yield* rows;
  return yield* Effect.scoped(
    Effect.gen(function* () {
      const current = yield* Effect.forEach(request.current, ({ id, family, file }) =>
        Effect.gen(function* () {
          const artefact = yield* readArtefact(file);
          const judge = yield* openJudge(artefact);
          const tried = yield* Effect.promise(() => tryModel(judge, artefact.card, rows.trial));
          return { id, family, tried, why: null };
        }).pipe(Effect.catch(({ reason }) => Effect.succeed({ id, family, tried: null, why: reason }))),
      );
      const trained = [trainLinear(rows), yield* trainWide(rows, request.seed)];
      const candidates: Candidate[] = [];
      for (const one of trained) {
        const former = current.find(({ family }) => family === one.family);
        const compared = former === undefined ? null : { id: former.id, proof: former.tried?.proof ?? null };
        candidates.push(yield* Effect.promise(() => candidateOf(request, rows, one, compared)));
      }
      return { candidates, current };
    }),
  );
});

function trainLinear({ learned, columns }: UsualRows): Trained {
  const started = performance.now();
  const model = fitLinear(learned, columns.length);
  const hidden = [model.components.directions.length / columns.length];
  return {
    family: 'linear',
    sealed: sealModel(linearGraph(model)),
    judge: { errors: async (values) => linearErrors(model, values) },
    details: { losses: [], bestEpoch: 0, hidden },
    trainingMs: Math.round(performance.now() - started),
  };
}

const trainWide = Effect.fnUntraced(function* ({ learned, columns }: UsualRows, seed: number) {
  const started = performance.now();
  const shape = { rows: learned.length / columns.length, features: columns.length };
  const model = yield* trainAutoencoder(learned, shape, { seed, scaling: 'ratio' });
  const trainingMs = Math.round(performance.now() - started);
  const { openWideScorer } = yield* Effect.promise(() => import('./wide-scorer.ts'));
  const errors = yield* Effect.mapError(
    openWideScorer(model.onnx, columns.length),
    ({ reason }) => new TrainingRefused({ reason }),
  );
  const { losses, bestEpoch, hidden } = model;
  return {
    family: 'autoencoder',
    sealed: model.onnx,
    judge: { errors },
    details: { losses, bestEpoch, hidden },
    trainingMs,
  } satisfies Trained;
});

async function candidateOf(
  request: TrainRequest,
  rows: UsualRows,
  { family, sealed, judge, details, trainingMs }: Trained,
  current: ModelReport['current'],
): Promise<Candidate> {
  const { columns, times, begins, heldBackFrom, values, left, stretches } = rows;
  const errors = await judge.errors(values);
  const width = columns.length;
  const heldBack = errors.subarray(heldBackFrom * width);
  // What moves slowly hardly moves while it is held back: the larger of both counts.
  const beginsHeldBack = (row: number): boolean => begins[heldBackFrom + row]!;
  const ofHeldBack = usualSizes(heldBack, width, beginsHeldBack);
  const usual = usualSizes(errors, width, (row) => begins[row]!).map((size, column) =>
    Math.max(size, ofHeldBack[column]!),
  );
  const groups = groupsOf(columns, usual, heldBack, beginsHeldBack);
  const tried = await tryModel(judge, { columns, usual, groups }, rows.trial satisfies Trial);
  const card: ModelCard = {
    version: 1,
    family,
    scope: request.scope,
    seconds: request.seconds,
    columns,
    usual,
    groups,
    trainedMs: request.nowMs,
    dataFromMs: times[0]!,
    dataToMs: times.at(-1)! + request.seconds * 1000,
    report: {
      why: request.why,
      windows: {
        found: request.found,
        learned: heldBackFrom,
        heldBack: times.length - heldBackFrom,
        leftOut: { ...request.leftOut, ...left },
      },
      stretches: [...request.stretches, ...stretches],
      ...details,
      seed: request.seed,
      trainingMs,
      candidate: tried.proof,
      current,
    },
  };
  return { card, file: writeArtefact(sealed, card), tried };
}
