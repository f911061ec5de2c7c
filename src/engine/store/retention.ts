import { Effect } from 'effect';
import type { EngineUnavailable, QueryFailed } from '../domain/errors.ts';
import type { BySignal, Signal } from '../domain/signals.ts';
import { distributedName } from './cluster/cluster.ts';
import { type Placement, placementOf } from './cluster/placement.ts';
import { ttlClause } from './ddl.ts';
import { quoteText } from './sql-text.ts';
import { readRows } from './read-rows.ts';
import { Store } from './store.ts';
import { storedTables } from './table-signals.ts';

/** A day of a table that was dropped. */
export interface DroppedPartition {
  readonly table: string;
  /** `2026-01-31` */
  readonly day: string;
  readonly rows: number;
  readonly bytes: number;
}

export interface RetentionReport {
  /** Tables whose TTL was set anew. */
  readonly changed: readonly string[];
  /** What was past its days already, and went at once: ClickHouse itself looks only every few hours. */
  readonly dropped: readonly DroppedPartition[];
}

export interface DiskCapReport {
  readonly bytesBefore: number;
  readonly bytesAfter: number;
  readonly dropped: readonly DroppedPartition[];
}

type StoreFailure = QueryFailed | EngineUnavailable;

/** Makes the tables keep their rows for so many days; asks first, and alters only what differs. */
export const applyRetention = Effect.fnUntraced(function* (
  days: BySignal<number>,
): Effect.fn.Return<RetentionReport, StoreFailure, Store> {
  const store = yield* Store;
  const now = yield* Effect.clockWith((clock) => clock.currentTimeMillis);
  const partitions = yield* dailyPartitions;
  // Before the TTL changes, after which ClickHouse would drop the same days in its own time, and nobody would say so.
  const dropped = yield* dropAll(
    partitions.filter(({ table, day, modifiedMs }) => {
      const keptDays = days[signalOfTable(table)];
      return now >= Math.max(expiryMs(day, keptDays), modifiedMs + keptDays * dayMs);
    }),
  );
  const current = yield* ttlDaysByTable;
  const outdated = storedTables.filter(({ name, signal }) => current.get(name) !== days[signal]);
  const { stored, everywhere } = placementOf(store.cluster);
  const coldAfterDays = store.cluster?.cold?.afterDays ?? null;
  for (const { name, timeColumn, signal } of outdated) {
    const ttl = ttlClause(timeColumn, days[signal], coldAfterDays);
    yield* store.command(`ALTER TABLE ${stored(name)}${everywhere} MODIFY TTL ${ttl}`);
  }
  return { changed: outdated.map(({ name }) => name), dropped };
});

/**
 * Drops whole days, the oldest first and from all tables, until the store is under `bytes`. The newest day always
 * stays: a cap that one day alone exceeds shows as `bytesAfter` over it.
 */
export const enforceDiskCap = Effect.fnUntraced(function* (
  bytes: number,
): Effect.fn.Return<DiskCapReport, StoreFailure, Store> {
  const partitions = yield* dailyPartitions;
  const days = [...new Set(partitions.map(({ day }) => day))].sort();
  const bytesBefore = partitions.reduce((sum, partition) => sum + partition.bytes, 0);
  let bytesAfter = bytesBefore;
  const doomed: DroppedPartition[] = [];
  for (const day of days.slice(0, -1)) {
    if (bytesAfter <= bytes) break;
    for (const partition of partitions.filter((other) => other.day === day)) {
      doomed.push(partition);
      bytesAfter -= partition.bytes;
    }
  }
  return { bytesBefore, bytesAfter, dropped: yield* dropAll(doomed) };
});

const dayMs = 24 * 3600 * 1000;

/** When the rows of a day expire that came in on that day; see `ttlExpression`. */
function expiryMs(day: string, days: number): number {
  return Date.parse(`${day}T00:00:00Z`) + days * dayMs;
}

const signalByTable = new Map(storedTables.map(({ name, signal }) => [name, signal]));

function signalOfTable(table: string): Signal {
  return signalByTable.get(table) ?? 'traces';
}

function tableList({ stored }: Placement): string {
  return storedTables.map(({ name }) => quoteText(stored(name))).join(', ');
}

interface Partition extends DroppedPartition {
  /** When a part of it was last written, by an insert or a merge; Unix milliseconds. */
  readonly modifiedMs: number;
}

const dailyPartitions: Effect.Effect<readonly Partition[], StoreFailure, Store> = Effect.gen(function* () {
  const placement = placementOf((yield* Store).cluster);
  const rows = yield* readRows<Partition>(
    `SELECT table, partition AS day, sum(rows) AS rows, sum(bytes_on_disk) AS bytes,
  toUnixTimestamp(max(modification_time)) * 1000 AS modifiedMs
FROM ${placement.system('parts')} AS part
WHERE active AND part.rows > 0 AND database = currentDatabase() AND table IN (${tableList(placement)})
GROUP BY table, day ORDER BY day, table`,
  );
  return rows.map((row) => ({ ...row, table: distributedName(row.table) }));
});

/** The last interval of a TTL is the one after which rows go; one before it moves them. */
const ttlDaysByTable: Effect.Effect<ReadonlyMap<string, number>, StoreFailure, Store> = Effect.gen(function* () {
  const placement = placementOf((yield* Store).cluster);
  const rows = yield* readRows<{ name: string; days: number }>(
    `SELECT name, toUInt32OrZero(extract(create_table_query, 'TTL [^\\n]*toIntervalDay\\\\((\\\\d+)\\\\)')) AS days
FROM system.tables
WHERE database = currentDatabase() AND name IN (${tableList(placement)})`,
  );
  return new Map(rows.map(({ name, days }) => [distributedName(name), days]));
});

const dropAll = Effect.fnUntraced(function* (
  partitions: readonly DroppedPartition[],
): Effect.fn.Return<readonly DroppedPartition[], StoreFailure, Store> {
  const store = yield* Store;
  const { stored, everywhere } = placementOf(store.cluster);
  for (const { table, day } of partitions)
    yield* store.command(`ALTER TABLE ${stored(table)}${everywhere} DROP PARTITION ${quoteText(day)}`);
  return partitions.map(({ table, day, rows, bytes }) => ({ table, day, rows, bytes }));
});
