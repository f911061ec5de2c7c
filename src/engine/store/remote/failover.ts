import { Effect } from 'effect';
import { EngineUnavailable } from '../../domain/errors.ts';

/**
 * Runs each attempt against the endpoint that answered last, and against the others in turn when it does not. What a
 * server itself refuses is its answer, and goes to nobody else. An insert whose connection broke may be done already:
 * its token makes the second one harmless.
 */
export function failover<Endpoint>(
  endpoints: readonly [Endpoint, ...Endpoint[]],
): <A, E>(
  attempt: (endpoint: Endpoint) => Effect.Effect<A, E | EngineUnavailable>,
) => Effect.Effect<A, E | EngineUnavailable> {
  let current = 0;
  return <A, E>(attempt: (endpoint: Endpoint) => Effect.Effect<A, E | EngineUnavailable>) => {
    const tryFrom = (start: number, left: number): Effect.Effect<A, E | EngineUnavailable> =>
      Effect.suspend(() => attempt(endpoints[start % endpoints.length] ?? endpoints[0])).pipe(
        Effect.tap(() => Effect.sync(() => (current = start % endpoints.length))),
        Effect.catch((error) => (isUnavailable(error) && left > 0 ? tryFrom(start + 1, left - 1) : Effect.fail(error))),
      );
    return Effect.suspend(() => tryFrom(current, endpoints.length - 1));
  };
}

function isUnavailable(error: unknown): boolean {
  return error instanceof EngineUnavailable;
}
