import { Deferred, Effect, type Scope } from 'effect';
import type { ObsError } from '../domain/errors.ts';
import { limits } from '../domain/limits.ts';
import { messageOf } from '../domain/messages.ts';
import { isOfConfiguration } from '../store/query-error.ts';

export interface AwaitedServer<A> {
  /** What opening gave; `null` until then. */
  readonly opened: () => A | null;
  /** Why it is not open yet; `null` when it is. */
  readonly away: () => string | null;
}

/** For a status: what did not answer, or refused, and why. */
export function describeAway(error: ObsError): string {
  const { what, why } = messageOf(error);
  return `${what}: ${why}`;
}

/**
 * Opens a store on servers that may be away, again and again until they answer: a gateway takes telemetry meanwhile.
 * Completes after the first try or `firstAnswerMs`, whichever is first; the tries go on until the scope ends.
 * @returns fails where the first try says that the configuration is wrong
 */
export const awaitServer = Effect.fnUntraced(function* <A, R>(
  open: Effect.Effect<A, ObsError, R>,
  onEvent: (event: string) => void,
): Effect.fn.Return<AwaitedServer<A>, ObsError, R | Scope.Scope> {
  const { firstAnswerMs, retryMs, retryMaxMs } = limits.remote;
  let opened: A | null = null;
  let away: string | null = `nobody answers, or the tables are being changed, for ${firstAnswerMs / 1000} s`;
  let started = false;
  const settled = yield* Deferred.make<void, ObsError>();
  const tries = Effect.gen(function* () {
    for (let pauseMs: number = retryMs, first = true; ; pauseMs = Math.min(2 * pauseMs, retryMaxMs), first = false) {
      const result = yield* Effect.result(open);
      if (result._tag === 'Success') {
        opened = result.success;
        away = null;
        if (!first) onEvent('ClickHouse answers: what waits in the spool is loaded');
        yield* Deferred.succeed(settled, undefined);
        return;
      }
      const reason = describeAway(result.failure);
      const isError = isOfConfiguration(result.failure);
      // Before the start is over, wrong configuration is its error and nothing to wait for.
      if (started ? reason !== away : !isError) onEvent(`ClickHouse cannot be used, and is tried again: ${reason}`);
      away = reason;
      yield* isError ? Deferred.fail(settled, result.failure) : Deferred.succeed(settled, undefined);
      yield* Effect.sleep(pauseMs);
    }
  });
  yield* Effect.forkScoped(tries);
  yield* Deferred.await(settled).pipe(Effect.timeoutOption(firstAnswerMs));
  started = true;
  return { opened: () => opened, away: () => away };
});
