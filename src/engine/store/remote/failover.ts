import { Effect } from 'effect';
import { EngineUnavailable } from '../../domain/errors.ts';

/**
 * Runs each attempt against the endpoint that answered last, and against the others in turn when it does not. What a
 * server itself refuses is its answer, and goes to nobody else. An insert whose connection broke may be done already:
 * its token makes the second one harmless. Where none answers, the error names them all.
 */
export function failover<Endpoint>(
  endpoints: readonly [Endpoint, ...Endpoint[]],
): <A, E>(
  attempt: (endpoint: Endpoint) => Effect.Effect<A, E | EngineUnavailable>,
) => Effect.Effect<A, E | EngineUnavailable> {
  let current = 0;
  return <A, E>(attempt: (endpoint: Endpoint) => Effect.Effect<A, E | EngineUnavailable>) => {
    const tryFrom = (
      start: number,
      left: number,
      before: readonly EngineUnavailable[],
    ): Effect.Effect<A, E | EngineUnavailable> =>
      Effect.suspend(() => attempt(endpoints[start % endpoints.length] ?? endpoints[0])).pipe(
        Effect.tap(() => Effect.sync(() => (current = start % endpoints.length))),
        Effect.catch((error) => {
          if (!(error instanceof EngineUnavailable)) return Effect.fail(error);
          const failed = [...before, error];
          return left > 0 ? tryFrom(start + 1, left - 1, failed) : Effect.fail(allOf(failed));
        }),
      );
    return Effect.suspend(() => tryFrom(current, endpoints.length - 1, []));
  };
}

function allOf(errors: readonly EngineUnavailable[]): EngineUnavailable {
  const [only, ...others] = errors;
  if (only !== undefined && others.length === 0) return only;
  const sorted = [...errors].sort((a, b) => a.endpoint.localeCompare(b.endpoint));
  return new EngineUnavailable({
    endpoint: sorted.map(({ endpoint }) => endpoint).join(', '),
    reason: sorted.map(({ endpoint, reason }) => `${endpoint}: ${reason}`).join('; '),
    remote: true,
  });
}
