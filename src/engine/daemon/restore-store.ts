import { dirname, resolve } from 'node:path';
import { Effect, Layer } from 'effect';
import { resolvePaths } from '../config/paths.ts';
import { BadInput, type ObsError } from '../domain/errors.ts';
import { embeddedStore } from '../store/embedded-store.ts';
import { migrate } from '../store/migrate.ts';
import { storeReport } from '../store/store-report.ts';
import { restore } from '../store/upkeep/backup.ts';
import { findDaemon } from './find-daemon.ts';

/** Puts a backup into the data folder's store, which must be empty, and brings it to this version's schema. */
export const restoreStore = Effect.fnUntraced(function* (
  backup: string,
  env: Readonly<Record<string, string | undefined>>,
): Effect.fn.Return<{ readonly tables: number; readonly rows: number }, ObsError> {
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
  const store = embeddedStore({ path: paths.store, backups: dirname(path) });
  return yield* Effect.scoped(
    Effect.flatMap(Layer.build(store), (context) =>
      Effect.gen(function* () {
        yield* restore(path);
        yield* migrate;
        const filled = (yield* storeReport).filter(({ rows }) => rows > 0);
        return { tables: filled.length, rows: filled.reduce((sum, { rows }) => sum + rows, 0) };
      }).pipe(Effect.provideContext(context)),
    ),
  );
});
