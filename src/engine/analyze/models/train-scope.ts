import { Effect } from 'effect';
import type { EngineUnavailable, QueryFailed } from '../../domain/errors.ts';
import type { OwnTables } from '../../store/own-tables.ts';
import type { QueryClient } from '../../store/query-client.ts';
import { readArtefact } from './artefact.ts';
import { modelId } from './checksum.ts';
import { chooseColumns } from './choose-columns.ts';
import { decide, type Verdict } from './decide.ts';
import type { Due } from './due.ts';
import { dropOldFiles } from './drop-old-files.ts';
import { knownTrouble } from './known-trouble.ts';
import { leaveOut } from './leave-out.ts';
import { columnKey, edgesScope } from './matrix.ts';
import { changeState, insertModel, type ModelRow, readFileOf } from './model-rows.ts';
import { readMatrix } from './read-matrix.ts';
import { reachMs, secondsOf } from './scopes.ts';
import type { TrainRequest } from './train-request.ts';
import { Trainer } from './trainer.ts';
import { leastWindows } from './usual-rows.ts';

/** What came of the training of one scope. */
export interface TrainingReport {
  readonly scope: string;
  readonly why: string;
  readonly models: readonly {
    readonly id: string;
    readonly family: string;
    readonly takesOver: boolean;
    readonly why: string;
  }[];
  /** Why no model was made; `null` where some were. */
  readonly skipped: string | null;
  /** All of it as one sentence. */
  readonly line: string;
}

type Failed = QueryFailed | EngineUnavailable;

/** Trains one scope from what is stored, compares, and writes what came of it. */
export const trainScope = Effect.fnUntraced(function* (
  { scope, why }: Due,
  models: readonly ModelRow[],
  nowMs: number,
): Effect.fn.Return<TrainingReport, Failed, QueryClient | OwnTables | Trainer> {
  const own = models.filter((model) => model.scope === scope);
  const voting = own.filter(({ state }) => state === 'current' || state === 'pinned');
  const request = yield* requestOf({ scope, why }, voting, nowMs);
  if (typeof request === 'string') return yield* noModel({ scope, why }, request, null, nowMs);
  const trainer = yield* Trainer;
  const trained = yield* trainer.train(request).pipe(
    Effect.catchTags({
      TrainingRefused: ({ reason }) => Effect.succeed(reason),
      TrainingFailed: ({ reason }) => Effect.succeed(reason),
    }),
  );
  if (typeof trained === 'string') return yield* noModel({ scope, why }, trained, request, nowMs);
  const pinned = new Set(voting.filter(({ state }) => state === 'pinned').map(({ id }) => id));
  const verdicts = decide(trained, pinned);
  const written: TrainingReport['models'][number][] = [];
  for (const verdict of verdicts) written.push(yield* write(verdict, nowMs));
  yield* dropOldFiles(scope, nowMs);
  const line = written.map(
    ({ family, takesOver, why: reason }) => `${family} ${takesOver ? 'took over' : 'rejected'}, ${reason}`,
  );
  return { scope, why, models: written, skipped: null, line: `model of ${scope} (${why}): ${line.join('; ')}` };
});

const requestOf = Effect.fnUntraced(function* (
  { scope, why }: Due,
  voting: readonly ModelRow[],
  nowMs: number,
): Effect.fn.Return<TrainRequest | string, Failed, QueryClient> {
  const seconds = secondsOf(scope);
  const fromMs = Math.max(0, nowMs - reachMs);
  const wanted = yield* chooseColumns(scope, seconds, fromMs, nowMs);
  if (wanted.length === 0) return 'there are no windows of it with a feature that moves';
  const current: TrainRequest['current'][number][] = [];
  const known = new Map(wanted.map((column) => [columnKey(column), column]));
  for (const model of voting) {
    // Not even the length of an unreadable one is right; the trainer says so of it.
    const file = yield* readFileOf(model).pipe(
      Effect.catchTag('ModelUnreadable', () => Effect.succeed(new Uint8Array())),
    );
    const columns = yield* readArtefact(file).pipe(
      Effect.map(({ card }) => card.columns),
      Effect.catchTag('ModelUnreadable', () => Effect.succeed([])),
    );
    for (const column of columns) known.set(columnKey(column), known.get(columnKey(column)) ?? column);
    current.push({ id: model.id, family: model.family, file });
  }
  const matrix = yield* readMatrix([...known.values()], seconds, fromMs, nowMs);
  const kept = leaveOut(matrix, yield* knownTrouble(scope, fromMs, nowMs));
  if (kept.times.length < leastWindows(seconds))
    return `${kept.times.length} windows are left of ${matrix.times.length}; at least ${leastWindows(seconds)} are needed`;
  return {
    scope,
    seconds,
    nowMs,
    // The same data give the same model.
    seed: 1,
    why,
    columns: matrix.columns,
    wanted: wanted.length,
    times: kept.times,
    values: kept.values,
    found: matrix.times.length,
    leftOut: kept.leftOut,
    stretches: kept.stretches,
    current,
  };
});

const write = Effect.fnUntraced(function* (
  { family, candidate, takesOver, why, current }: Verdict,
  nowMs: number,
): Effect.fn.Return<TrainingReport['models'][number], Failed, OwnTables> {
  const { card, file } = candidate;
  const { scope, trainedMs, dataFromMs, dataToMs, report } = card;
  const id = modelId(scope, family, trainedMs, file);
  const state = takesOver ? 'current' : 'rejected';
  // First the new one: whoever reads between the two finds one model too many, not none.
  const row = { id, scope, family, trainedMs, state, why, dataFromMs, dataToMs } as const;
  yield* insertModel({ row, report: JSON.stringify(report), file }, nowMs);
  if (current !== null && !current.stays)
    yield* changeState({ id: current.id, scope }, { state: 'former', why: current.why }, nowMs);
  return { id, family, takesOver, why };
});

/** That it was tried is written too, so that it is not tried again with every look; not where somebody asked, who is told. */
const noModel = Effect.fnUntraced(function* (
  { scope, why }: Due,
  skipped: string,
  request: TrainRequest | null,
  nowMs: number,
): Effect.fn.Return<TrainingReport, Failed, OwnTables> {
  const line = `no model of ${scope === edgesScope ? 'the calls between services' : scope} (${why}): ${skipped}`;
  if (why === 'asked') return { scope, why, models: [], skipped, line };
  const fromMs = request?.times[0] ?? nowMs - reachMs;
  const id = modelId(scope, 'linear', nowMs, null);
  const row = {
    id,
    scope,
    family: 'linear',
    trainedMs: nowMs,
    state: 'rejected',
    why: skipped,
    dataToMs: nowMs,
  } as const;
  yield* insertModel({ row: { ...row, dataFromMs: Math.max(0, fromMs) }, report: '', file: null }, nowMs);
  return { scope, why, models: [], skipped, line };
});
