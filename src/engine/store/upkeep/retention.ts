import { Effect } from 'effect';
import type { EngineUnavailable, QueryFailed } from '../../domain/errors.ts';
import type { RetentionDays } from '../../domain/retention-days.ts';
import type { DroppedPartition } from '../../domain/storage-task.ts';
import { distributedName } from '../cluster/cluster.ts';
import { placementOf } from '../cluster/placement.ts';
import { ttlClause } from '../ddl.ts';
import { readRows } from '../read-rows.ts';
import { quoteText } from '../sql-text.ts';
import { Store } from '../store.ts';
import { signalOfTable, storedTables } from '../table-signals.ts';
import { type TtlRule, ttlRule } from './log-retention.ts';
import { dailyPartitions, dropPartitions, oldestBeyond } from './partitions.ts';

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
  days: RetentionDays,
): Effect.fn.Return<RetentionReport, StoreFailure, Store> {
  const store = yield* Store;
  const now = yield* Effect.clockWith((clock) => clock.currentTimeMillis);
  const partitions = yield* dailyPartitions;
  // Before the TTL changes, after which ClickHouse would drop the same days in its own time, and nobody would say so.
  const dropped = yield* dropPartitions(
    partitions.filter(({ table, day, modifiedMs }) => {
      const { days: keptDays } = ruleOf(table, days);
      return now >= Math.max(expiryMs(day, keptDays), modifiedMs + keptDays * dayMs);
    }),
  );
  const current = yield* ttlByTable;
  const coldAfterDays = store.cluster?.cold?.afterDays ?? null;
  const wanted = storedTables.map(({ name, timeColumn }) => {
    const rule = ruleOf(name, days);
    return { name, rule, ttl: ttlClause(timeColumn, rule, coldAfterDays) };
  });
  const outdated = wanted.filter(({ name, ttl }) => current.get(name) !== signature(ttl));
  const { stored, everywhere } = placementOf(store.cluster);
  for (const { name, rule, ttl } of outdated) {
    const table = `${stored(name)}${everywhere}`;
    // Rows that go before others of their day need their parts rewritten; else days go as whole parts.
    if (isLogTable(name)) {
      const wholeParts = rule.sooner.length === 0 ? 1 : 0;
      yield* store.command(`ALTER TABLE ${table} MODIFY SETTING ttl_only_drop_parts = ${wholeParts}`);
    }
    yield* store.command(`ALTER TABLE ${table} MODIFY TTL ${ttl}`);
  }
  return { changed: outdated.map(({ name }) => name), dropped };
});

/** Whether a day of a table is past its retention by the days alone, whenever it came in. */
export function isPastRetention(table: string, day: string, days: RetentionDays, nowMs: number): boolean {
  return nowMs >= expiryMs(day, ruleOf(table, days).days);
}

/**
 * Drops whole days, the oldest first and from all tables, until the store is under `bytes`. The newest day always
 * stays: a cap that one day alone exceeds shows as `bytesAfter` over it.
 */
export const enforceDiskCap = Effect.fnUntraced(function* (
  bytes: number,
): Effect.fn.Return<DiskCapReport, StoreFailure, Store> {
  const partitions = yield* dailyPartitions;
  const doomed = oldestBeyond(partitions, bytes);
  const bytesBefore = totalBytes(partitions);
  return { bytesBefore, bytesAfter: bytesBefore - totalBytes(doomed), dropped: yield* dropPartitions(doomed) };
});

const dayMs = 24 * 3600 * 1000;

/** When the rows of a day expire that came in on that day; see `ttlExpression`. */
function expiryMs(day: string, days: number): number {
  return Date.parse(`${day}T00:00:00Z`) + days * dayMs;
}

function totalBytes(partitions: readonly DroppedPartition[]): number {
  return partitions.reduce((sum, partition) => sum + partition.bytes, 0);
}

function isLogTable(table: string): boolean {
  return table === 'otel_logs';
}

function ruleOf(table: string, days: RetentionDays): TtlRule {
  return ttlRule(days, signalOfTable(table), isLogTable(table));
}

/** What tells two TTLs of ours apart, however ClickHouse writes them: the days in order, with what they are for. */
function signature(ttl: string): string {
  return [...ttl.matchAll(/toIntervalDay\((\d+)\)\)?(?: DELETE)?((?: WHERE [^)]*\) IN \([^)]*\))?(?: TO VOLUME)?)/g)]
    .map(([, days, what]) => `${days}${what}`)
    .join();
}

const ttlByTable: Effect.Effect<ReadonlyMap<string, string>, StoreFailure, Store> = Effect.gen(function* () {
  const { stored } = placementOf((yield* Store).cluster);
  const rows = yield* readRows<{ name: string; ttl: string }>(
    `SELECT name, extract(create_table_query, 'TTL (.*) SETTINGS') AS ttl
FROM system.tables
WHERE database = currentDatabase() AND name IN (${storedTables.map(({ name }) => quoteText(stored(name))).join(', ')})`,
  );
  return new Map(rows.map(({ name, ttl }) => [distributedName(name), signature(ttl)]));
});
