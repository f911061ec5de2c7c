import { Effect, Schema } from 'effect';
import type { AnalyzeResult, AnalyzeTask } from '../../domain/analyze-task.ts';
import { BadInput, type EngineUnavailable, type QueryFailed } from '../../domain/errors.ts';
import { printable } from '../../domain/printable.ts';
import { selfServiceName } from '../../domain/self-service.ts';
import type { OwnTables } from '../../store/own-tables.ts';
import type { QueryClient } from '../../store/query-client.ts';
import { readArtefact } from './artefact.ts';
import { importModel } from './import-model.ts';
import { type ModelRow, readFileOf, readModels, readReportText } from './model-rows.ts';
import { pinModel, rollBack, unpinScope } from './pinning.ts';
import { ModelReport } from './report.ts';
import { readScopes } from './scopes.ts';
import { trainDue } from './train-due.ts';
import type { Trainer } from './trainer.ts';

type Failed = QueryFailed | EngineUnavailable;

/** The newest first; of one scope, or all. Without `all` those that no longer vote are left out where others do. */
export const listModels = Effect.fnUntraced(function* (
  scope: string | null,
  all: boolean,
): Effect.fn.Return<readonly ModelRow[], Failed, QueryClient> {
  const models = yield* readModels(scope);
  if (all) return models;
  const votes = ({ state }: ModelRow): boolean => state === 'current' || state === 'pinned';
  const voting = new Set(models.filter(votes).map((model) => model.scope));
  const newest = new Map<string, string>();
  for (const model of models) if (!newest.has(model.scope)) newest.set(model.scope, model.id);
  return models.filter((model) => votes(model) || (!voting.has(model.scope) && newest.get(model.scope) === model.id));
});

/** The one model whose id begins like this. */
export const findModel = Effect.fnUntraced(function* (
  typed: string,
): Effect.fn.Return<ModelRow, Failed | BadInput, QueryClient> {
  const hint = 'See the ids with `obs models --all`';
  const what = `Cannot find the model ${typed}`;
  if (typed === '') return yield* new BadInput({ what, why: 'it has no id', hint });
  const found = (yield* readModels()).filter(({ id }) => id.startsWith(typed));
  const [model] = found;
  if (model === undefined) return yield* new BadInput({ what, why: 'no id begins like this', hint });
  if (found.length > 1)
    return yield* new BadInput({
      what,
      why: `${found.length} ids begin like this: ${found.map(({ id }) => id).join(', ')}`,
      hint,
    });
  return model;
});

export interface ShownModel {
  readonly model: ModelRow;
  /** `null` where none was made, or it cannot be read. */
  readonly report: ModelReport | null;
}

const decodeReport = Schema.decodeUnknownOption(Schema.fromJsonString(ModelReport));

export const showModel = Effect.fnUntraced(function* (
  typed: string,
): Effect.fn.Return<ShownModel, Failed | BadInput, QueryClient> {
  const model = yield* findModel(typed);
  const report = decodeReport(yield* readReportText(model));
  return { model, report: report._tag === 'Some' ? report.value : null };
});

/** A model's file, an ONNX model with what it is of in its metadata; checked before it is handed out. */
export const exportModel = Effect.fnUntraced(function* (
  typed: string,
): Effect.fn.Return<{ readonly model: ModelRow; readonly file: Uint8Array }, Failed | BadInput, QueryClient> {
  const model = yield* findModel(typed);
  const file = yield* Effect.tap(readFileOf(model), readArtefact).pipe(
    Effect.catchTag(
      'ModelUnreadable',
      ({ reason }) =>
        new BadInput({
          what: `Cannot export the model ${model.id}`,
          why: reason,
          hint: 'See others with `obs models --all`',
        }),
    ),
  );
  return { model, file };
});

const namedScopes = 10;

/** Fails for what nothing is known of: a name that was typed wrong would else be a service with too little data. */
const checkScope = Effect.fnUntraced(function* (
  scope: string,
  nowMs: number,
): Effect.fn.Return<void, Failed | BadInput, QueryClient> {
  const scopes = (yield* readScopes([], nowMs)).map((known) => known.scope).sort();
  if (scopes.includes(scope) || (yield* readModels(scope)).length > 0) return;
  const named = scopes.slice(0, namedScopes).map(printable).join(', ');
  const more = scopes.length > namedScopes ? ` and ${scopes.length - namedScopes} more` : '';
  return yield* new BadInput({
    what: `Cannot train models of ${printable(scope)}`,
    why: scope === selfServiceName ? 'obs has no models of itself' : 'no service of this name was watched lately',
    hint: scopes.length === 0 ? 'Nothing was watched yet; see `obs status`' : `There are ${named}${more}`,
  });
});

/** What commands ask of the registry. What was typed wrong is an answer: nothing was changed. */
export const doModelTask = Effect.fnUntraced(
  function* (
    task: Exclude<AnalyzeTask, { readonly kind: 'note' | 'change' }>,
    nowMs: number,
  ): Effect.fn.Return<AnalyzeResult, Failed | BadInput, QueryClient | OwnTables | Trainer> {
    switch (task.kind) {
      case 'train': {
        if (task.scope !== null) yield* checkScope(task.scope, nowMs);
        const reports = yield* trainDue(nowMs, task.scope);
        const lines = reports.map(({ line }) => line);
        if (lines.length === 0) return { ok: true, lines: ['no model is due'] };
        return { ok: reports.some(({ models }) => models.length > 0), lines };
      }
      case 'pin':
        return yield* pinModel(yield* findModel(task.model), nowMs);
      case 'unpin':
        return yield* unpinScope(task.scope, nowMs);
      case 'rollback':
        return yield* rollBack(task.scope, nowMs);
      case 'import':
        return yield* importModel(task.file, nowMs);
    }
  },
  Effect.catchTag('BadInput', ({ what, why, hint }) =>
    Effect.succeed({ ok: false, lines: [`${what}: ${why}.`, hint] }),
  ),
);
