import { Effect, Layer, Semaphore } from 'effect';
import { StorageFailed, StoreLocked } from '../domain/errors.ts';
import type { QueryFailed } from '../domain/errors.ts';
import { syncDeduplicationLogs } from './embedded/deduplication-log.ts';
import { openBeside, openEngine } from './embedded/open-engine.ts';
import { runStatement } from './embedded/run-statement.ts';
import { SessionPool } from './embedded/session-pool.ts';
import { insertFromFile, insertFromFileSettings, insertSettings, reachedTables } from './segment-insert.ts';
import { Store, type StatementResult } from './store.ts';

export interface EmbeddedStoreOptions {
  /** The engine's directory, absolute; created when missing. One process at a time may hold it. */
  readonly path: string;
  /** The only folder that the engine may write backups to and restore from. */
  readonly backups?: string;
  /** A statement that reads does not end although it was killed: only the end of this process stops it. */
  readonly onStuck?: (sql: string) => void;
}

/** Together the statements that the query endpoint lets in at once (`limits.query.concurrent`). */
const wanted = { interactive: 6, analytical: 2 };

/**
 * Threads that the store may keep busy at once, each statement one, the loader and maintenance among them: start the
 * process with this much in `UV_THREADPOOL_SIZE`, and some for the file system. With fewer (Node's default is 4) fewer
 * statements are let in, since those that wait for a thread could not be told from those that run.
 */
export const embeddedStoreThreads = wanted.interactive + wanted.analytical + 2;

function laneSizes(): typeof wanted {
  const threads = Number(process.env['UV_THREADPOOL_SIZE'] ?? 4);
  const analytical = threads < 8 ? 1 : wanted.analytical;
  return { interactive: Math.min(wanted.interactive, Math.max(2, threads - analytical - 3)), analytical };
}

/** ClickHouse inside this process (chDB), on a directory of its own. */
export function embeddedStore(
  options: EmbeddedStoreOptions,
): Layer.Layer<Store, StoreLocked | StorageFailed | QueryFailed> {
  return Layer.effect(
    Store,
    Effect.gen(function* () {
      const { path, backups, onStuck } = options;
      const control = yield* Effect.acquireRelease(
        Effect.try({ try: () => openEngine(path, backups), catch: asOpenFailure(path) }),
        (session) => Effect.sync(() => session.close()),
      );
      const pool = yield* Effect.acquireRelease(
        Effect.sync(() => new SessionPool(() => openBeside(path))),
        (pool) => Effect.sync(() => pool.close()),
      );
      const sizes = laneSizes();
      const lanes = {
        interactive: yield* Semaphore.make(sizes.interactive),
        analytical: yield* Semaphore.make(sizes.analytical),
        loader: yield* Semaphore.make(1),
        maintenance: yield* Semaphore.make(1),
      };
      const none = {};
      return Store.of({
        kind: 'embedded',
        cluster: null,
        run: (statement) =>
          lanes[statement.priority ?? 'interactive'].withPermits(1)(
            runStatement(
              pool,
              control,
              statement.sql,
              statement.format,
              { parameters: statement.parameters ?? none, settings: statement.settings ?? none },
              onStuck,
            ).pipe(Effect.map(asStatementResult)),
          ),
        command: (sql, { insertsWait = false } = {}) => {
          const run = lanes.maintenance.withPermits(1)(
            runStatement(pool, control, sql, 'Null', { parameters: none, settings: none }).pipe(Effect.asVoid),
          );
          return insertsWait ? lanes.loader.withPermits(1)(run) : run;
        },
        insertSegment: (segment) =>
          lanes.loader.withPermits(1)(
            runStatement(pool, control, insertFromFile(segment), 'Null', {
              parameters: none,
              settings: { ...insertSettings(segment.id), ...insertFromFileSettings },
            }).pipe(Effect.tap(() => Effect.sync(() => syncDeduplicationLogs(path, reachedTables(segment.table))))),
          ),
      });
    }),
  );
}

function asStatementResult(result: {
  bytes(): Uint8Array;
  readonly rowsRead: number;
  readonly bytesRead: number;
  readonly elapsed: number;
}): StatementResult {
  return {
    body: result.bytes(),
    rowsRead: result.rowsRead,
    bytesRead: result.bytesRead,
    elapsedMs: result.elapsed * 1000,
  };
}

function asOpenFailure(path: string): (error: unknown) => StoreLocked | StorageFailed {
  return (error) =>
    error instanceof StoreLocked || error instanceof StorageFailed
      ? error
      : new StorageFailed({ operation: 'open the store at', path, code: String(error) });
}
