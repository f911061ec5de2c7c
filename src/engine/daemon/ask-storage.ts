import { Effect, Layer } from 'effect';
import { resolvePaths } from '../config/paths.ts';
import { loadSettings } from '../config/settings.ts';
import { NotRunning, type ObsError } from '../domain/errors.ts';
import type { StorageResult, StorageTask } from '../domain/storage-task.ts';
import { askRunning } from './ask-running.ts';
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
  return yield* askRunning<StorageResult>(running, env, storagePath, task);
});
