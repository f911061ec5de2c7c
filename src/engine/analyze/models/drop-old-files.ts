import { Effect } from 'effect';
import type { EngineUnavailable, QueryFailed } from '../../domain/errors.ts';
import { limits } from '../../domain/limits.ts';
import type { OwnTables } from '../../store/own-tables.ts';
import type { QueryClient } from '../../store/query-client.ts';
import { families } from './artefact.ts';
import { changeState, readModels } from './model-rows.ts';

/** Of models that no longer vote only the newest keep their files; the reports of all stay. */
export const dropOldFiles = Effect.fnUntraced(function* (
  scope: string,
  nowMs: number,
): Effect.fn.Return<void, QueryFailed | EngineUnavailable, QueryClient | OwnTables> {
  const models = (yield* readModels(scope)).filter(({ bytes }) => bytes > 0);
  const kept = { former: limits.models.formerKept, rejected: limits.models.rejectedKept };
  for (const family of families) {
    for (const state of ['former', 'rejected'] as const) {
      const old = models.filter((model) => model.family === family && model.state === state).slice(kept[state]);
      for (const model of old) yield* changeState(model, { state, why: model.why, dropFile: true }, nowMs);
    }
  }
});
