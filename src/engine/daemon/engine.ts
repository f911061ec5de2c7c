import { Effect, Layer, Schedule, type Scope } from 'effect';
import type { ObsError } from '../domain/errors.ts';
import { startLoader } from '../spool/loader.ts';
import { embeddedStore } from '../store/embedded-store.ts';
import { startQueryEndpoint } from '../store/endpoint/query-endpoint.ts';
import { migrate } from '../store/migrate.ts';
import { remoteStore } from '../store/remote-store.ts';
import { applyRetention, enforceDiskCap } from '../store/retention.ts';
import { storeReport } from '../store/store-report.ts';
import { Store } from '../store/store.ts';
import type { EngineSettings, EngineStatus } from './engine-protocol.ts';

export interface RunningEngine {
  readonly url: string;
  readonly port: number;
  readonly wake: () => void;
  readonly status: Effect.Effect<EngineStatus>;
  readonly drain: Effect.Effect<void>;
}

/** A former engine that was killed may hold the store's lock for a moment longer. */
const lockRetries = Schedule.spaced('100 millis').pipe(Schedule.upTo({ times: 50 }));
const capCheck = Schedule.spaced('30 seconds');

/** Puts the engine's parts together: store, migrations, retention, query endpoint and loader. They end with the scope. */
export const runEngine = Effect.fnUntraced(function* (
  settings: EngineSettings,
): Effect.fn.Return<RunningEngine, ObsError, Scope.Scope> {
  const layer: Layer.Layer<Store, ObsError> =
    settings.clickhouse === null
      ? embeddedStore({ path: settings.storePath })
      : remoteStore(credentialsOf(settings.clickhouse));
  const context = yield* Layer.build(layer).pipe(
    Effect.retry({ schedule: lockRetries, while: (error) => error._tag === 'StoreLocked' }),
  );
  let evictedPartitions = 0;
  const running = Effect.gen(function* () {
    yield* migrate;
    yield* applyRetention(settings.retentionDays);
    const endpoint = yield* startQueryEndpoint({ host: settings.host, port: settings.queryPort });
    const loader = yield* startLoader({ directory: settings.spoolPath });
    if (settings.clickhouse === null) {
      yield* enforceDiskCap(settings.diskCapBytes).pipe(
        Effect.tap((dropped) =>
          Effect.sync(() => {
            evictedPartitions += dropped.length;
            for (const { table, partition } of dropped) {
              process.stderr.write(`engine: disk cap reached, dropped ${table} of ${partition}\n`);
            }
          }),
        ),
        Effect.catch((error) => Effect.sync(() => process.stderr.write(`engine: disk cap check: ${error._tag}\n`))),
        Effect.repeat(capCheck),
        Effect.forkScoped,
      );
    }
    const store = yield* Store;
    return { endpoint, loader, store };
  });
  const { endpoint, loader, store } = yield* running.pipe(Effect.provideContext(context));

  const status = Effect.gen(function* () {
    const loaded = yield* loader.status;
    const report = yield* storeReport.pipe(
      Effect.provideService(Store, store),
      Effect.orElseSucceed(() => null),
    );
    return {
      memoryBytes: process.memoryUsage.rss(),
      loader: {
        loadedSegments: loaded.segments,
        loadedRows: loaded.rows,
        failedAttempts: loaded.failed,
        quarantined: loaded.quarantined,
        lastError: loaded.lastError,
      },
      stored: report?.storedBySignal ?? { traces: 0, logs: 0, metrics: 0 },
      diskBytes: report?.diskBytes ?? 0,
      evictedPartitions,
      oldest: report?.oldest ?? null,
      newest: report?.newest ?? null,
    } satisfies EngineStatus;
  });
  return { url: endpoint.url, port: endpoint.port, wake: loader.wake, status, drain: loader.drain };
});

/** `https://user:password@host:8443/database` as the remote store takes it. */
function credentialsOf(url: string): { url: string; username?: string; password?: string; database?: string } {
  const parsed = new URL(url);
  const { username, password } = parsed;
  const database = parsed.pathname.slice(1);
  return {
    url: parsed.origin,
    ...(username === '' ? {} : { username: decodeURIComponent(username) }),
    ...(password === '' ? {} : { password: decodeURIComponent(password) }),
    ...(database === '' ? {} : { database }),
  };
}
