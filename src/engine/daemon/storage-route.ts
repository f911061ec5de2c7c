import { Effect } from 'effect';
import { EngineUnavailable, packError } from '../domain/errors.ts';
import type { StorageTask } from '../domain/storage-task.ts';
import type { RouteAnswer } from '../receive/http/http-request.ts';
import type { FromEngine } from './engine-protocol.ts';

/** Of the HTTP port, by POST: what `obs storage` has the engine do. The task is the query parameter `task`, as JSON. */
export const storagePath = '/storage';

export type AskEngine = (task: StorageTask) => Promise<Extract<FromEngine, { type: 'done' }>['outcome'] | null>;

/** Hands the task to the engine process and its answer back; an error travels as `packError` packs it. */
export function storageRoute(ask: AskEngine): (query: URLSearchParams) => Promise<RouteAnswer> {
  return async (query) => {
    const task = JSON.parse(query.get('task') ?? 'null') as StorageTask | null;
    if (task === null) return json(400, { message: 'What is to be done stands in ?task=' });
    const outcome = await ask(task);
    if (outcome === null) {
      return json(503, packError(new EngineUnavailable({ endpoint: 'the engine', reason: 'it is starting again' })));
    }
    return 'error' in outcome ? json(422, outcome.error) : json(200, outcome.result);
  };
}

function json(status: number, value: unknown): RouteAnswer {
  return { status, contentType: 'application/json', body: JSON.stringify(value) };
}

/** An effect's end in the form that crosses the process border. */
export function outcomeOf<A>(
  effect: Effect.Effect<A, Parameters<typeof packError>[0]>,
): Effect.Effect<{ readonly result: A } | { readonly error: Record<string, unknown> }> {
  return effect.pipe(
    Effect.map((result) => ({ result })),
    Effect.catch((error) => Effect.succeed({ error: packError(error) })),
  );
}
