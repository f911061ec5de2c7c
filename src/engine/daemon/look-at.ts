import { Effect, Fiber, Option, Result, type Scope } from 'effect';
import { EngineUnavailable } from '../domain/errors.ts';
import { limits } from '../domain/limits.ts';

/**
 * Asks the store for something that a status shows, with little patience: a server that neither answers nor refuses must
 * not make `obs status` wait. Who asks while a look is under way gets what that one finds.
 */
export const lookAt = Effect.fnUntraced(function* <A, E, R>(
  ask: Effect.Effect<A, E, R>,
): Effect.fn.Return<Effect.Effect<Result.Result<A, E | EngineUnavailable>>, never, R | Scope.Scope> {
  const { lookMs } = limits.remote;
  const scope = yield* Effect.scope;
  const context = yield* Effect.context<R>();
  let underWay: Fiber.Fiber<Result.Result<A, E>> | null = null;
  return Effect.gen(function* () {
    underWay ??= yield* Effect.result(ask).pipe(
      Effect.ensuring(Effect.sync(() => (underWay = null))),
      Effect.provideContext(context),
      Effect.forkIn(scope),
    );
    const found = yield* Fiber.join(underWay).pipe(Effect.timeoutOption(lookMs));
    const reason = `no answer within ${lookMs / 1000} s`;
    return Option.getOrElse(found, () => Result.fail(new EngineUnavailable({ endpoint: 'the store', reason })));
  });
});
