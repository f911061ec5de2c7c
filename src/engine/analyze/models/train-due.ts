import { Effect } from 'effect';
import type { EngineUnavailable, QueryFailed } from '../../domain/errors.ts';
import { limits } from '../../domain/limits.ts';
import type { OwnTables } from '../../store/own-tables.ts';
import type { QueryClient } from '../../store/query-client.ts';
import { driftOf } from './drift.ts';
import { type Due, driftCandidates, dueByCount } from './due.ts';
import { openTrouble } from './known-trouble.ts';
import { edgesScope } from './matrix.ts';
import { type ModelRow, readModels } from './model-rows.ts';
import { readScopes } from './scopes.ts';
import type { Trainer } from './trainer.ts';
import { type TrainingReport, trainScope } from './train-scope.ts';

type Failed = QueryFailed | EngineUnavailable;

/**
 * Trains what is due: scopes with enough new windows since they were last trained or tried, and voting models whose
 * error on usual windows has risen; never one with an anomaly that goes on, and some scopes in one look at most.
 * @param force this scope, whether it is due or not, and no other
 */
export const trainDue = Effect.fnUntraced(function* (
  nowMs: number,
  force: string | null,
): Effect.fn.Return<readonly TrainingReport[], Failed, QueryClient | OwnTables | Trainer> {
  const models = yield* readModels();
  const trouble = yield* openTrouble(nowMs);
  const isInTrouble = (scope: string): boolean => (scope === edgesScope ? trouble.grave : trouble.services.has(scope));
  if (force !== null) {
    if (!isInTrouble(force)) return [yield* trainScope({ scope: force, why: 'asked' }, models, nowMs)];
    const skipped = 'an anomaly of it goes on: what is learned now would be learned as usual';
    return [{ scope: force, why: 'asked', models: [], skipped, line: `no model of ${force} (asked): ${skipped}` }];
  }
  const byCount = dueByCount(yield* readScopes(models, nowMs), models).filter(({ scope }) => !isInTrouble(scope));
  const due = byCount.slice(0, limits.models.scopesPerLook);
  if (due.length < limits.models.scopesPerLook) due.push(...(yield* drifted(models, byCount, isInTrouble, nowMs)));
  return yield* Effect.forEach(due.slice(0, limits.models.scopesPerLook), (one) => trainScope(one, models, nowMs));
});

const drifted = Effect.fnUntraced(function* (
  models: readonly ModelRow[],
  due: readonly Due[],
  isInTrouble: (scope: string) => boolean,
  nowMs: number,
): Effect.fn.Return<readonly Due[], Failed, QueryClient> {
  const found = new Set<string>();
  for (const model of driftCandidates(models, new Set(due.map(({ scope }) => scope)), nowMs)) {
    if (found.has(model.scope) || isInTrouble(model.scope)) continue;
    if ((yield* driftOf(model, nowMs)) !== null) found.add(model.scope);
  }
  return [...found].map((scope) => ({ scope, why: 'drift' }));
});
