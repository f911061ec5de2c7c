import { Cause, Effect } from 'effect';
import { BadInput, EngineFailed, EngineUnavailable, packError } from '../domain/errors.ts';
import { parseStorageTask, type StorageTask } from '../domain/storage-task.ts';
import type { RouteAnswer } from '../receive/http/http-request.ts';
import type { FromEngine } from './engine-protocol.ts';

/**
 * Of the HTTP port, by POST and with the run file's key: what `obs storage` has the engine do. The task is the query
 * parameter `task`, as JSON.
 */
export const storagePath = '/storage';

type Outcome = Extract<FromEngine, { type: 'done' }>['outcome'];
export type AskEngine = (task: StorageTask) => Promise<Outcome | null>;

/** Hands the task to the engine process and its answer back; an error travels as `packError` packs it. */
export function storageRoute(ask: AskEngine): (query: URLSearchParams) => Promise<RouteAnswer> {
  return async (query) => {
    const task = await Effect.runPromise(
      parseStorageTask(query.get('task') ?? '').pipe(Effect.catch((error) => Effect.succeed(error))),
    );
    if (task instanceof BadInput) return json(400, packError(task));
    const outcome = await ask(task);
    if (outcome === null) {
      return json(503, packError(new EngineUnavailable({ endpoint: 'the engine', reason: 'it is starting again' })));
    }
    if (!('error' in outcome)) return json(200, outcome.result);
    return json(outcome.error['_tag'] === 'EngineFailed' ? 500 : 422, outcome.error);
  };
}

function json(status: number, value: unknown): RouteAnswer {
  return { status, contentType: 'application/json', body: JSON.stringify(value) };
}

/** An effect's end, whatever it is, in the form that crosses the process border: no task may end the engine process. */
export function outcomeOf<A>(
  task: string,
  effect: Effect.Effect<A, Parameters<typeof packError>[0]>,
): Effect.Effect<{ readonly result: A } | { readonly error: Record<string, unknown> }> {
  return effect.pipe(
    Effect.map((result) => ({ result })),
    Effect.catch((error) => Effect.succeed({ error: packError(error) })),
    Effect.catchCause((cause) =>
      Effect.sync(() => {
        process.stderr.write(`engine: ${task}: ${Cause.pretty(cause)}\n`);
        return { error: packError(new EngineFailed({ task, reason: String(Cause.squash(cause)) })) };
      }),
    ),
  );
}
