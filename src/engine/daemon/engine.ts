import { Context, Effect, Layer, Schedule, type Scope } from 'effect';
import { doStorageTask } from './storage-work.ts';
import { storeLayer } from './store-layer.ts';
import { formatBytes } from '../config/bytes.ts';
import type { EngineUnavailable, ObsError, QueryFailed } from '../domain/errors.ts';
import { openSecurity } from '../net/security.ts';
import { type LoaderStatus, startLoader } from '../spool/loader.ts';
import { keepFailures } from '../store/embedded/detach-broken.ts';
import { startQueryEndpoint } from '../store/endpoint/query-endpoint.ts';
import { migrate } from '../store/migrate.ts';
import type { DroppedPartition, StorageResult, StorageTask } from '../domain/storage-task.ts';
import { applyRetention, enforceDiskCap } from '../store/upkeep/retention.ts';
import { Store } from '../store/store.ts';
import { awaitServer, describeAway } from './await-server.ts';
import { mendStore, type StoreDamage, watchDamage } from './engine-damage.ts';
import { describeDropped } from './describe-dropped.ts';
import type { EngineSettings, EngineStatus } from './engine-protocol.ts';
import { lookAt } from './look-at.ts';
import { storedData } from './stored-data.ts';

export interface RunningEngine {
  readonly url: string;
  readonly port: number;
  readonly wake: () => void;
  readonly status: Effect.Effect<EngineStatus>;
  readonly work: (task: StorageTask) => Effect.Effect<StorageResult, ObsError>;
  /** A statement over tables of obs's own. */
  readonly own: (sql: string) => Effect.Effect<null, ObsError>;
}

/** What the daemon hears of without asking. */
export interface EngineEvents {
  /** Something that somebody should know of; it goes into the log, and into the store as a log record of obs's own. */
  readonly onEvent: (event: string) => void;
  /** The disk cap dropped days. */
  readonly onEvicted: (dropped: readonly DroppedPartition[]) => void;
  /** A statement cannot be stopped but by the end of this process. */
  readonly onStuck: (sql: string) => void;
}

/** A former engine that was killed may hold the store's lock for a moment longer. */
const lockRetries = Schedule.spaced('100 millis').pipe(Schedule.upTo({ times: 50 }));
const upkeepEvery = Schedule.spaced('30 seconds');

/** Puts the engine's parts together: store, migrations, retention, query endpoint and loader. They end with the scope. */
export const runEngine = Effect.fnUntraced(function* (
  settings: EngineSettings,
  tell: EngineEvents,
): Effect.fn.Return<RunningEngine, ObsError, Scope.Scope> {
  const mended = settings.clickhouse === null ? yield* mendStore(settings.storePath) : [];
  const context = yield* Layer.build(storeLayer(settings, tell.onStuck)).pipe(
    Effect.retry({ schedule: lockRetries, while: (error) => error._tag === 'StoreLocked' }),
  );
  const { store: keeping, takeFailures } = keepFailures(Context.get(context, Store));
  let evictedPartitions = 0;
  const embedded = settings.clickhouse === null;
  const prepare = Effect.gen(function* () {
    yield* migrate;
    const damage = embedded ? yield* watchDamage(settings, mended, takeFailures, tell.onEvent) : undamaged;
    const dropped = yield* upkeep(settings, tell);
    evictedPartitions += dropped;
    return damage;
  });
  const load = Effect.fnUntraced(function* (damage: () => StoreDamage) {
    const loader = yield* startLoader({ directory: settings.spoolPath });
    yield* upkeep(settings, tell).pipe(
      Effect.tap((count) => Effect.sync(() => (evictedPartitions += count))),
      Effect.catch((error) => Effect.sync(() => (process.stderr.write(`engine: upkeep failed: ${error._tag}\n`), 0))),
      Effect.repeat(upkeepEvery),
      Effect.delay('30 seconds'),
      Effect.forkScoped,
    );
    return { loader, damage };
  });
  const serve = Effect.gen(function* () {
    const security = yield* openSecurity(settings.security, (event) => {
      process.stderr.write(`${new Date().toISOString()} engine: ${event}\n`);
    });
    return yield* startQueryEndpoint({ host: settings.security.address, port: settings.queryPort, security });
  });
  const running = Effect.gen(function* () {
    const look = yield* lookAt(storedData);
    if (embedded) {
      const damage = yield* prepare;
      const endpoint = yield* serve;
      const loading = yield* load(damage);
      return { endpoint, look, opened: () => loading, away: () => null };
    }
    // The endpoint first: until the servers answer, so does it, with the reason.
    const endpoint = yield* serve;
    return { endpoint, look, ...(yield* awaitServer(Effect.flatMap(prepare, load), tell.onEvent)) };
  });
  const { endpoint, look, opened, away } = yield* running.pipe(Effect.provideService(Store, keeping));

  const status = Effect.gen(function* () {
    const loaded = yield* opened()?.loader.status ?? Effect.succeed(nothingLoaded);
    const looked = away() === null ? yield* look : null;
    const stored = looked?._tag === 'Success' ? looked.success : null;
    return {
      away: away() ?? (looked?._tag === 'Failure' && !embedded ? describeAway(looked.failure) : null),
      memoryBytes: process.memoryUsage.rss(),
      loader: {
        loadedSegments: loaded.segments,
        loadedRows: loaded.rows,
        failedAttempts: loaded.failed,
        quarantined: loaded.quarantined,
        lastError: loaded.lastError,
      },
      refusedQueries: endpoint.refused(),
      stored: stored?.bySignal ?? null,
      diskBytes: stored?.diskBytes ?? 0,
      diskCapBytes: settings.diskCapBytes,
      damage: opened()?.damage() ?? undamaged(),
      evictedPartitions,
      oldest: stored?.oldest ?? null,
      newest: stored?.newest ?? null,
    } satisfies EngineStatus;
  });
  const work = (task: StorageTask): Effect.Effect<StorageResult, ObsError> =>
    doStorageTask(task, settings.backupsPath).pipe(Effect.provideService(Store, keeping));
  const own = (sql: string): Effect.Effect<null, ObsError> => Effect.as(keeping.command(sql), null);
  return { url: endpoint.url, port: endpoint.port, wake: () => opened()?.loader.wake(), status, work, own };
});

/** A remote server's files are its own business. */
const undamaged = (): StoreDamage => ({ parts: [], mended: [] });
const nothingLoaded: LoaderStatus = { segments: 0, rows: 0, bytes: 0, failed: 0, quarantined: 0, lastError: null };

/** Lets go of days past their retention and, in the embedded store, of the oldest ones beyond the disk cap; says which. */
const upkeep = Effect.fnUntraced(function* (
  settings: EngineSettings,
  { onEvent, onEvicted }: EngineEvents,
): Effect.fn.Return<number, QueryFailed | EngineUnavailable, Store> {
  const expired = (yield* applyRetention(settings.retentionDays)).dropped;
  // A remote server's disk is its own administrator's business.
  const evicted = settings.clickhouse === null ? (yield* enforceDiskCap(settings.diskCapBytes)).dropped : [];
  const tell = (why: string, dropped: readonly DroppedPartition[]): void => {
    if (dropped.length > 0) onEvent(`store: ${why}: ${describeDropped(dropped)}`);
  };
  tell('past retention', expired);
  tell(`disk cap of ${formatBytes(settings.diskCapBytes)} reached`, evicted);
  if (evicted.length > 0) onEvicted(evicted);
  return evicted.length;
});
