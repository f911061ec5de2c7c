import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Effect } from 'effect';
import type { ArchiveSettings } from '../config/archive-settings.ts';
import { resolvePaths } from '../config/paths.ts';
import { NotRunning, type ObsError, StorageFailed, StoreLocked } from '../domain/errors.ts';
import { limits } from '../domain/limits.ts';
import { replay, type ReplayOptions, type ReplayReport } from '../replay/replay.ts';
import type { ArchiveRange } from '../store/archive/inventory.ts';
import { httpQueryClient } from '../store/http-query-client.ts';
import { withArchive } from './archive-access.ts';
import { accessTo } from './daemon-access.ts';
import { findDaemon } from './find-daemon.ts';
import { isAlive, processIdentity } from './process-identity.ts';

/** Replays the configured archive into the running daemon's store. */
export const replayArchive = Effect.fnUntraced(function* (
  range: Omit<ArchiveRange, 'prefix'>,
  env: Readonly<Record<string, string | undefined>>,
  onProgress: ReplayOptions['onProgress'],
): Effect.fn.Return<ReplayReport, ObsError> {
  const paths = resolvePaths(env);
  const running = yield* findDaemon(paths);
  if (running === null) return yield* new NotRunning({ home: paths.home });
  const bringIn = ({ prefix }: ArchiveSettings) =>
    replay({
      range: { ...range, prefix },
      spool: paths.spool,
      folder: join(paths.home, 'replay'),
      onProgress,
    }).pipe(Effect.provide(httpQueryClient(accessTo(running, env).query)));
  const work = withArchive(env, bringIn, limits.archive.silenceMs);
  // Two at once would both find the same rows missing.
  const lock = join(paths.home, 'replay.lock');
  return yield* Effect.acquireUseRelease(
    takeLock(lock),
    () => work,
    () => Effect.sync(() => rmSync(lock, { force: true })),
  );
});

const takeLock = Effect.fnUntraced(function* (path: string): Effect.fn.Return<void, StoreLocked | StorageFailed> {
  const holder = existsSync(path) ? holderIn(readFileSync(path, 'utf8')) : null;
  if (holder !== null && isAlive(holder.pid, holder.identity)) {
    return yield* new StoreLocked({ path, pid: holder.pid });
  }
  yield* Effect.try({
    try: () => {
      rmSync(path, { force: true });
      const me = { pid: process.pid, identity: processIdentity(process.pid) };
      writeFileSync(path, JSON.stringify(me), { flag: 'wx', mode: 0o600 });
    },
    catch: (error) =>
      new StorageFailed({ operation: 'lock', path, code: (error as NodeJS.ErrnoException).code ?? String(error) }),
  });
});

function holderIn(text: string): { pid: number; identity: string } | null {
  try {
    return JSON.parse(text) as { pid: number; identity: string };
  } catch {
    return null;
  }
}
