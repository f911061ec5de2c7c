import { Effect, Layer } from 'effect';
import type { Paths } from '../config/paths.ts';
import type { AnalyzeResult, AnalyzeTask } from '../domain/analyze-task.ts';
import { EngineUnavailable, unpackError } from '../domain/errors.ts';
import { httpQueryClient } from '../store/http-query-client.ts';
import { OwnTables, ownTablesOver } from '../store/own-tables.ts';
import { noAnalyzer } from './analyzer-supervisor.ts';
import { accessIn } from './daemon-access.ts';
import type { OwnOutcome } from './engine-protocol.ts';
import type { RunState } from './run-state.ts';
import { type AskProcess, outcomeOf } from './task-route.ts';

const engineGone = new EngineUnavailable({ endpoint: 'the engine', reason: 'it is starting again' });

/**
 * Of a daemon whose analyzer is switched off: what a pipeline tells is written all the same, by the daemon itself;
 * everything else is refused.
 * @param own runs a statement over tables of obs's own in the engine
 */
export function workWithoutAnalyzer(
  paths: Paths,
  running: RunState,
  own: (sql: string) => Promise<OwnOutcome | null>,
): AskProcess<AnalyzeTask, AnalyzeResult> {
  const command = (sql: string): Effect.Effect<void, EngineUnavailable> =>
    Effect.flatMap(
      Effect.promise(() => own(sql)),
      (outcome) => {
        if (outcome === null) return Effect.fail(engineGone);
        if (!('error' in outcome)) return Effect.void;
        // The engine's own failures are values of the same kind; what else there is would be a defect.
        return Effect.fail((unpackError(outcome.error) ?? engineGone) as EngineUnavailable);
      },
    );
  const parts = Layer.merge(
    httpQueryClient(accessIn(paths, running).query),
    Layer.succeed(OwnTables, ownTablesOver(command)),
  );
  return async (task) => {
    if (task.kind !== 'change') return noAnalyzer.work(task);
    const { addChange } = await import('../analyze/changes/add-change.ts');
    return Effect.runPromise(outcomeOf('change', addChange(task.change).pipe(Effect.provide(parts))));
  };
}
