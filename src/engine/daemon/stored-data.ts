import { selfServiceName } from '../domain/self-service.ts';
import { Effect } from 'effect';
import type { EngineUnavailable, QueryFailed } from '../domain/errors.ts';
import { telemetryTableNames, type TelemetryTableName } from '../domain/schema/telemetry.ts';
import { type BySignal, type Signal, signals } from '../domain/signals.ts';
import { readRows } from '../store/read-rows.ts';
import { storeReport } from '../store/store-report.ts';
import type { Store } from '../store/store.ts';

export interface StoredData {
  /** Rows now in the store, obs's own telemetry left out. */
  readonly bySignal: BySignal<number>;
  readonly diskBytes: number;
  /** Times of the data, RFC 3339; `null` while there are none. */
  readonly oldest: string | null;
  readonly newest: string | null;
}

/**
 * What is stored, for the status. Rows come from the lists of parts; obs's own are counted through the primary key,
 * which starts with the service in every table, so that neither reads data.
 */
export const storedData: Effect.Effect<StoredData, QueryFailed | EngineUnavailable, Store> = Effect.gen(function* () {
  const report = yield* storeReport;
  const own = yield* readRows<{ readonly table: TelemetryTableName; readonly rows: number }>(
    telemetryTableNames
      .map(
        (table) => `SELECT '${table}' AS table, count() AS rows FROM ${table} WHERE ServiceName = '${selfServiceName}'`,
      )
      .join(' UNION ALL '),
  );
  const rowsOf = (table: string): number =>
    (report.find((row) => row.table === table)?.rows ?? 0) - Number(own.find((row) => row.table === table)?.rows ?? 0);
  const totals: Record<Signal, number> = { traces: 0, logs: 0, metrics: 0 };
  for (const table of telemetryTableNames) totals[signalOf(table)] += rowsOf(table);
  const times = (pick: 'oldestMs' | 'newestMs'): number[] =>
    report.filter(({ table }) => table.startsWith('otel_')).flatMap((row) => row[pick] ?? []);
  const oldest = Math.min(...times('oldestMs'));
  const newest = Math.max(...times('newestMs'));
  return {
    bySignal: totals,
    diskBytes: report.reduce((total, { bytesOnDisk }) => total + bytesOnDisk, 0),
    oldest: Number.isFinite(oldest) ? new Date(oldest).toISOString() : null,
    newest: Number.isFinite(newest) ? new Date(newest).toISOString() : null,
  };
});

function signalOf(table: TelemetryTableName): Signal {
  return signals.find((signal) => table.includes(signal)) ?? 'metrics';
}
