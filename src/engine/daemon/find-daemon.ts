import { Clock, Effect } from 'effect';
import type { Paths } from '../config/paths.ts';
import { StorageFailed, StoreLocked } from '../domain/errors.ts';
import { lockHolder, readRunState, type RunState } from './run-state.ts';

/** How long a daemon may take until it is ready. */
export const readyMs = 60_000;

/** The running daemon, `null` when there is none. Fails where that cannot be known: another user's, say. */
export function findDaemon(paths: Paths): Effect.Effect<RunState | null, StorageFailed> {
  return Effect.try({
    try: () => readRunState(paths),
    catch: (error) =>
      new StorageFailed({
        operation: 'read',
        path: paths.runFile,
        code: (error as NodeJS.ErrnoException).code ?? String(error),
      }),
  });
}

/** The running daemon; one that starts or stops just now is waited for. `null` when there is none after that. */
export const awaitDaemon = Effect.fnUntraced(function* (
  paths: Paths,
): Effect.fn.Return<RunState | null, StorageFailed | StoreLocked> {
  const until = (yield* Clock.currentTimeMillis) + readyMs;
  for (;;) {
    // The holder first: a daemon that ends between the two looks is then seen as none, not as one that starts.
    const holder = lockHolder(paths);
    const running = yield* findDaemon(paths);
    if (running !== null) return running;
    if (holder === null) return null;
    if ((yield* Clock.currentTimeMillis) > until) return yield* new StoreLocked({ path: paths.home, pid: holder.pid });
    yield* Effect.sleep('50 millis');
  }
});
