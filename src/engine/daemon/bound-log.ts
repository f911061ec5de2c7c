import { copyFileSync, rmSync, statSync, truncateSync } from 'node:fs';
import { Effect, Schedule, type Scope } from 'effect';
import { limits } from '../domain/limits.ts';

/**
 * Keeps the daemon's log at `limits.daemonLog.bytes`, with as much again of what came before in `<log>.1`. Daemon and
 * engine have the file open for appending, so it is copied and cut, not renamed; a line that comes between the two is lost.
 */
export const boundLog = (path: string): Effect.Effect<void, never, Scope.Scope> =>
  Effect.sync(() => cutWhenLarge(path)).pipe(
    Effect.repeat(Schedule.spaced(limits.daemonLog.lookMs)),
    Effect.forkScoped,
    Effect.asVoid,
  );

/** In the foreground there is no log file, and a full disk has no room for the copy: then the log is cut without one. */
export function cutWhenLarge(path: string, bytes: number = limits.daemonLog.bytes): void {
  try {
    if (statSync(path).size <= bytes) return;
  } catch {
    return;
  }
  try {
    copyFileSync(path, `${path}.1`);
  } catch {
    rmSync(`${path}.1`, { force: true });
  }
  truncateSync(path);
}
