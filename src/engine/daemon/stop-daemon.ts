import { Clock, Effect, Schedule } from 'effect';
import { resolvePaths } from '../config/paths.ts';
import { NotRunning, StorageFailed } from '../domain/errors.ts';
import { findDaemon } from './find-daemon.ts';
import { isAlive } from './process-identity.ts';
import { lockHolder } from './run-state.ts';

export interface Stopped {
  readonly pid: number;
  readonly tookMs: number;
  /** True when it had to be ended with SIGKILL. */
  readonly killed: boolean;
}

const stopMs = 30_000;

/**
 * Stops the daemon, be it ready or just starting: requests in flight are finished, the spool is kept. Completes when
 * the process is gone.
 */
export const stopDaemon = Effect.fnUntraced(function* (
  env: Readonly<Record<string, string | undefined>>,
): Effect.fn.Return<Stopped, NotRunning | StorageFailed> {
  const paths = resolvePaths(env);
  const found = (yield* findDaemon(paths)) ?? lockHolder(paths);
  if (found === null) return yield* new NotRunning({ home: paths.home });
  const { pid, identity } = found;
  const startedAt = yield* Clock.currentTimeMillis;
  yield* signal(pid, 'SIGTERM');
  const gone = Effect.sync(() => !isAlive(pid, identity)).pipe(
    Effect.repeat({ schedule: Schedule.spaced('20 millis'), until: (is: boolean) => is }),
  );
  const killed = yield* gone.pipe(
    Effect.as(false),
    Effect.timeoutOrElse({ duration: stopMs, orElse: () => signal(pid, 'SIGKILL').pipe(Effect.as(true)) }),
  );
  return { pid, tookMs: (yield* Clock.currentTimeMillis) - startedAt, killed };
});

function signal(pid: number, name: 'SIGTERM' | 'SIGKILL'): Effect.Effect<void, StorageFailed> {
  return Effect.suspend(() => {
    try {
      process.kill(pid, name);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      // ESRCH: it ended by itself meanwhile.
      if (code !== 'ESRCH') return Effect.fail(failure(pid, code));
    }
    return Effect.void;
  });
}

function failure(pid: number, code = 'unknown'): StorageFailed {
  return new StorageFailed({ operation: 'stop', path: `process ${pid}`, code });
}
