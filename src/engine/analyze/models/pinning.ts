import { Effect } from 'effect';
import type { AnalyzeResult } from '../../domain/analyze-task.ts';
import type { EngineUnavailable, QueryFailed } from '../../domain/errors.ts';
import type { OwnTables } from '../../store/own-tables.ts';
import type { QueryClient } from '../../store/query-client.ts';
import { changeState, type ModelRow, readModels } from './model-rows.ts';

type Changing = Effect.fn.Return<AnalyzeResult, QueryFailed | EngineUnavailable, QueryClient | OwnTables>;

const refused = (...lines: readonly string[]): AnalyzeResult => ({ ok: false, lines });
const votes = ({ state }: ModelRow): boolean => state === 'current' || state === 'pinned';
const nameOf = ({ id, family, scope }: ModelRow): string => `${id} (${family} model of ${scope})`;

/** Has this model vote until it is unpinned, whatever is trained meanwhile, whether it has proven itself or not. */
export const pinModel = Effect.fnUntraced(function* (model: ModelRow, nowMs: number): Changing {
  if (model.bytes === 0) return refused(`The file of ${nameOf(model)} is not there.`);
  if (model.state === 'pinned') return refused(`${nameOf(model)} is pinned already.`);
  const others = (yield* readModels(model.scope)).filter(
    (other) => votes(other) && other.family === model.family && other.id !== model.id,
  );
  yield* changeState(model, { state: 'pinned', why: 'pinned by hand' }, nowMs);
  for (const other of others) yield* changeState(other, { state: 'former', why: `${model.id} was pinned` }, nowMs);
  return { ok: true, lines: [`${nameOf(model)} is pinned: it votes until \`obs models unpin ${model.scope}\`.`] };
});

export const unpinScope = Effect.fnUntraced(function* (scope: string, nowMs: number): Changing {
  const pinned = (yield* readModels(scope)).filter(({ state }) => state === 'pinned');
  if (pinned.length === 0) return refused(`No model of ${scope} is pinned.`);
  for (const model of pinned) yield* changeState(model, { state: 'current', why: 'unpinned by hand' }, nowMs);
  return { ok: true, lines: pinned.map((model) => `${nameOf(model)} votes until a better one is trained.`) };
});

/** Takes the newest model of the scope that votes away, and has the one before it of its family vote again. */
export const rollBack = Effect.fnUntraced(function* (scope: string, nowMs: number): Changing {
  const models = yield* readModels(scope);
  const newest = models.find(votes);
  if (newest === undefined) return refused(`No model of ${scope} votes.`);
  const before = models.find(
    ({ state, family, bytes, trainedMs }) =>
      state === 'former' && family === newest.family && bytes > 0 && trainedMs <= newest.trainedMs,
  );
  if (before !== undefined)
    yield* changeState(before, { state: 'current', why: `${newest.id} was rolled back` }, nowMs);
  yield* changeState(newest, { state: 'rejected', why: 'rolled back by hand' }, nowMs);
  return {
    ok: true,
    lines: [
      `${nameOf(newest)} no longer votes.`,
      before === undefined
        ? `There is none before it: ${scope} has no ${newest.family} vote.`
        : `${nameOf(before)} votes again.`,
    ],
  };
});
