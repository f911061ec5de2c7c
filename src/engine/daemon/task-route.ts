import { Cause, Effect } from 'effect';
import { BadInput, EngineFailed, EngineUnavailable, packError } from '../domain/errors.ts';
import type { RouteAnswer } from '../receive/http/http-request.ts';

/** How a task ended, in the form that crosses a process border. */
export type Outcome<Result> = { readonly result: Result } | { readonly error: Record<string, unknown> };

/** `null` where the process goes before it answers. */
export type AskProcess<Task, Result> = (task: Task) => Promise<Outcome<Result> | null>;

/**
 * Of the HTTP port, by POST and with the run file's key: hands the task of the query parameter `task`, as JSON, to one
 * of the daemon's processes, and its answer back; an error travels as `packError` packs it.
 * @param who that process, for messages
 */
export function taskRoute<Task, Result>(
  parse: (json: string) => Effect.Effect<Task, BadInput>,
  ask: AskProcess<Task, Result>,
  who: string,
): (query: URLSearchParams) => Promise<RouteAnswer> {
  return async (query) => {
    const task = await Effect.runPromise(
      parse(query.get('task') ?? '').pipe(Effect.catch((error) => Effect.succeed(error))),
    );
    if (task instanceof BadInput) return json(400, packError(task));
    const outcome = await ask(task);
    if (outcome === null) {
      return json(503, packError(new EngineUnavailable({ endpoint: who, reason: 'it is starting again' })));
    }
    if (!('error' in outcome)) return json(200, outcome.result);
    return json(outcome.error['_tag'] === 'EngineFailed' ? 500 : 422, outcome.error);
  };
}

function json(status: number, value: unknown): RouteAnswer {
  return { status, contentType: 'application/json', body: JSON.stringify(value) };
}

/** An effect's end, whatever it is, in the form that crosses the process border: no task may end the process. */
export function outcomeOf<A>(
  task: string,
  effect: Effect.Effect<A, Parameters<typeof packError>[0]>,
): Effect.Effect<Outcome<A>> {
  return effect.pipe(
    Effect.map((result) => ({ result })),
    Effect.catch((error) => Effect.succeed({ error: packError(error) })),
    Effect.catchCause((cause) =>
      Effect.sync(() => {
        process.stderr.write(`${task}: ${Cause.pretty(cause)}\n`);
        return { error: packError(new EngineFailed({ task, reason: String(Cause.squash(cause)) })) };
      }),
    ),
  );
}
