import { Clock, Effect, Latch, PubSub, type Scope } from 'effect';
import type { StorageFailed } from '../domain/errors.ts';
import { limits } from '../domain/limits.ts';
import { telemetryTableNames, type TelemetryTableName } from '../domain/schema/telemetry.ts';
import { Store } from '../store/store.ts';
import { makeDirectoryChanges } from './directory-changes.ts';
import { type Loaded, loadSegment } from './segment-loader.ts';
import { checkedSegment, sealedIds, uncheckedSegment } from './segment-files.ts';
import { openedUnixMs, tableDirectory } from './segment-name.ts';
import { SpoolFiles } from './spool-files.ts';

export interface LoaderStatus {
  /** Loaded since this loader started. */
  readonly segments: number;
  readonly rows: number;
  readonly bytes: number;
  /** Tries that failed; most are repeated. */
  readonly failed: number;
  /** Segments of which bytes were set aside. */
  readonly quarantined: number;
  readonly lastError: string | null;
}

export interface Loader {
  /** There may be something new. */
  wake(): void;
  readonly status: Effect.Effect<LoaderStatus>;
  /** Completes when every segment that is closed now is in the store (or set aside). Waits for an absent engine. */
  readonly drain: Effect.Effect<void>;
}

const deferred: Loaded = { result: 'deferred', rows: 0, bytes: 0 };

/**
 * Moves closed segments from the spool's folder into the store: oldest first within a table, tables beside each other.
 * The folder is all that it shares with the spool, so that the two may live in different processes. Ends with the scope.
 */
export const startLoader = Effect.fnUntraced(function* (options: {
  readonly directory: string;
}): Effect.fn.Return<Loader, never, Store | Scope.Scope> {
  const { directory } = options;
  const files = yield* SpoolFiles;
  const store = yield* Store;
  const woken = yield* Latch.make(false);
  const rounds = yield* PubSub.unbounded<void>();
  const totals = { segments: 0, rows: 0, bytes: 0, failed: 0, quarantined: 0 };
  let lastError: string | null = null;

  const onFailure = (message: string): void => {
    totals.failed += 1;
    lastError = message;
  };
  const onStorageFailure = (error: StorageFailed): void =>
    onFailure(`could not ${error.operation} ${error.path}: ${error.code}`);
  const events = { onFailure, onQuarantined: () => void (totals.quarantined += 1) };

  // What this machine wrote a moment ago is read back from its page cache: there is nothing to find, so the checksums are
  // spared. What a former process left, and what waited, was on a disk.
  let isFirstRound = true;
  const found = Effect.fnUntraced(function* (table: TelemetryTableName, id: string) {
    const now = yield* Clock.currentTimeMillis;
    const isFresh = !isFirstRound && Math.abs(now - openedUnixMs(id)) < limits.spool.checkAfterMs;
    return yield* isFresh ? uncheckedSegment(files, directory, table, id) : checkedSegment(files, directory, table, id);
  });
  const loadOne = (table: TelemetryTableName, id: string) =>
    found(table, id).pipe(
      Effect.flatMap((segment) =>
        segment === null ? Effect.succeed(null) : loadSegment(files, store, directory, segment, events),
      ),
    );

  /** True when everything that was there is loaded or set aside. */
  const loadTable = Effect.fnUntraced(function* (table: TelemetryTableName) {
    let complete = true;
    for (const id of yield* sealedIds(files, directory, table)) {
      const loaded = yield* loadOne(table, id).pipe(
        // One file that the disk will not give, or not let go, keeps none of those behind it.
        Effect.catch((error) => Effect.sync(() => onStorageFailure(error)).pipe(Effect.as(deferred))),
      );
      if (loaded === null) continue;
      const { result, rows, bytes } = loaded;
      if (result === 'deferred') complete = false;
      if (result !== 'loaded') continue;
      totals.segments += 1;
      totals.rows += rows;
      totals.bytes += bytes;
    }
    return complete;
  });

  const changes = makeDirectoryChanges(files);
  const leftOver = new Set<TelemetryTableName>();
  const loadWaiting = Effect.fnUntraced(function* (table: TelemetryTableName) {
    const complete = yield* loadTable(table).pipe(
      Effect.catch((error) => {
        // A folder that is not there yet is an empty one.
        if (error.code === 'ENOENT') return Effect.succeed(true);
        onStorageFailure(error);
        return Effect.succeed(false);
      }),
    );
    if (complete) leftOver.delete(table);
    else leftOver.add(table);
  });

  const round = Effect.gen(function* () {
    woken.closeUnsafe();
    const waiting: TelemetryTableName[] = [];
    for (const table of telemetryTableNames) {
      if ((yield* changes(tableDirectory(directory, table))) || leftOver.has(table)) waiting.push(table);
    }
    yield* Effect.forEach(waiting, loadWaiting, { concurrency: 'unbounded', discard: true });
    isFirstRound = false;
    yield* PubSub.publish(rounds, undefined);
    // Segments that the engine would not take just now need time more than haste.
    const pauseMs = leftOver.size > 0 ? limits.spool.loadRetryMaxMs : limits.spool.pollMs;
    yield* woken.await.pipe(Effect.timeoutOption(pauseMs));
  });
  yield* round.pipe(Effect.forever, Effect.forkScoped);

  const sealedNow = Effect.gen(function* () {
    const ids = yield* Effect.forEach(telemetryTableNames, (table) =>
      sealedIds(files, directory, table).pipe(Effect.orElseSucceed(() => [])),
    );
    return ids.flat();
  });
  const drain = Effect.gen(function* () {
    const ended = yield* PubSub.subscribe(rounds);
    const meant = new Set(yield* sealedNow);
    while ((yield* sealedNow).some((id) => meant.has(id))) {
      woken.openUnsafe();
      yield* PubSub.take(ended);
    }
  }).pipe(Effect.scoped);

  return {
    wake: () => void woken.openUnsafe(),
    status: Effect.sync(() => ({ ...totals, lastError })),
    drain,
  };
});
