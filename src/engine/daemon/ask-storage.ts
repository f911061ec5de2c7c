import { Effect, Layer } from 'effect';
import { resolvePaths } from '../config/paths.ts';
import { loadSettings } from '../config/settings.ts';
import { EngineUnavailable, NotRunning, type ObsError, unpackError } from '../domain/errors.ts';
import type { StorageResult, StorageTask } from '../domain/storage-task.ts';
import { accessTo } from './daemon-access.ts';
import { findDaemon } from './find-daemon.ts';
import { storagePath } from './storage-route.ts';

/** Has the work done by the running daemon's engine; with no daemon, on the store opened by this process. */
export const askStorage = Effect.fnUntraced(function* (
  task: StorageTask,
  env: Readonly<Record<string, string | undefined>>,
): Effect.fn.Return<StorageResult, ObsError> {
  const paths = resolvePaths(env);
  const running = yield* findDaemon(paths);
  if (running === null) {
    const { clickhouse, remote } = yield* loadSettings({}, env, paths, process.cwd());
    const { existsSync } = yield* Effect.promise(() => import('node:fs'));
    if (clickhouse === null && !existsSync(paths.store)) return yield* new NotRunning({ home: paths.home });
    const { storeLayer } = yield* Effect.promise(() => import('./store-layer.ts'));
    const { doStorageTask } = yield* Effect.promise(() => import('./storage-work.ts'));
    const store = storeLayer({ storePath: paths.store, backupsPath: paths.backups, clickhouse, remote });
    return yield* Effect.scoped(
      Effect.flatMap(Layer.build(store), (context) =>
        Effect.provideContext(doStorageTask(task, paths.backups), context),
      ),
    );
  }
  const endpoint = `${running.endpoints.otlpHttp}${storagePath}?task=${encodeURIComponent(JSON.stringify(task))}`;
  const answer = yield* Effect.tryPromise({
    try: () => accessTo(running, env).ask(endpoint, { method: 'POST' }),
    catch: (error) =>
      new EngineUnavailable({
        endpoint: running.endpoints.otlpHttp,
        reason: error instanceof Error ? error.message : String(error),
      }),
  });
  const said = parsed(answer.text);
  if (answer.status === 200) return said as StorageResult;
  return yield* (
    unpackError(said) ??
    new EngineUnavailable({
      endpoint: running.endpoints.otlpHttp,
      reason: `it answered ${answer.status}: ${answer.text}`,
    })
  );
});

/** What is no JSON is told as it stands. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
