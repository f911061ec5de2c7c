import { readdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { Effect, Layer } from 'effect';
import { resolvePaths } from '../config/paths.ts';
import { BadInput, type ObsError, StorageFailed } from '../domain/errors.ts';
import { embeddedStore } from '../store/embedded-store.ts';
import { migrate } from '../store/migrate.ts';
import { storeReport } from '../store/store-report.ts';
import { checkBackup, restore } from '../store/upkeep/restore.ts';
import { findDaemon } from './find-daemon.ts';
import { lockHome } from './run-state.ts';
import { syncFolder, syncTree } from './sync-tree.ts';

export interface Restored {
  readonly tables: number;
  readonly rows: number;
}

/**
 * Makes a backup the data folder's store, which there must be none of, in this version's schema. It is put together and
 * checked in a folder beside, which gets the store's name at the end: a store that is there is a whole one.
 */
export const restoreStore = Effect.fnUntraced(function* (
  backup: string,
  env: Readonly<Record<string, string | undefined>>,
): Effect.fn.Return<Restored, ObsError> {
  const paths = resolvePaths(env);
  const running = yield* findDaemon(paths);
  if (running !== null) {
    return yield* new BadInput({
      what: 'The backup cannot be restored now',
      why: `obs is running (pid ${running.pid}) and has the store`,
      hint: 'obs down',
    });
  }
  const path = resolve(backup);
  yield* checkBackup(path);
  return yield* Effect.scoped(
    Effect.gen(function* () {
      // No daemon starts meanwhile, and no second restore.
      yield* lockHome(paths);
      yield* checkPlace(paths.store);
      const beside = `${paths.store}.restoring`;
      const remove = onDisk('remove', beside, () => rmSync(beside, { recursive: true, force: true }));
      // What a killed one left.
      yield* remove;
      const restored = yield* fill(beside, path).pipe(
        Effect.tap(() =>
          onDisk('keep', beside, () => {
            syncTree(beside);
            renameSync(beside, paths.store);
            syncFolder(dirname(paths.store));
          }),
        ),
        Effect.onError(() => Effect.ignore(remove)),
      );
      return restored;
    }),
  );
});

/** Closes the store that it opens, so that its folder can be renamed. */
const fill = (folder: string, backup: string): Effect.Effect<Restored, ObsError> =>
  Effect.scoped(
    Effect.flatMap(Layer.build(embeddedStore({ path: folder, backups: dirname(backup) })), (context) =>
      Effect.gen(function* () {
        yield* restore(backup);
        yield* migrate;
        const filled = (yield* storeReport).filter(({ rows }) => rows > 0);
        return { tables: filled.length, rows: filled.reduce((sum, { rows }) => sum + rows, 0) };
      }).pipe(Effect.provideContext(context)),
    ),
  );

const checkPlace = Effect.fnUntraced(function* (store: string): Effect.fn.Return<void, BadInput | StorageFailed> {
  const content = yield* onDisk('read', store, () => {
    try {
      return readdirSync(store);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    }
  });
  if (content.length === 0) return;
  return yield* new BadInput({
    what: 'The backup cannot be restored here',
    why: `there is a store in ${store}, and its rows would be doubled or lost`,
    hint: 'Move that folder away first, or set OBS_HOME to an empty folder',
  });
});

function onDisk<A>(operation: string, path: string, use: () => A): Effect.Effect<A, StorageFailed> {
  return Effect.try({
    try: use,
    catch: (error) =>
      new StorageFailed({ operation, path, code: (error as NodeJS.ErrnoException).code ?? String(error) }),
  });
}
