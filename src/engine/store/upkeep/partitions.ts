import { Effect } from 'effect';
import type { EngineUnavailable, QueryFailed } from '../../domain/errors.ts';
import type { DroppedPartition } from '../../domain/storage-task.ts';
import { distributedName } from '../cluster/cluster.ts';
import { placementOf } from '../cluster/placement.ts';
import { readRows } from '../read-rows.ts';
import { quoteText } from '../sql-text.ts';
import { Store } from '../store.ts';
import { storedTables } from '../table-signals.ts';

export interface Partition extends DroppedPartition {
  /** When a part of it was last written, by an insert or a merge; Unix milliseconds. */
  readonly modifiedMs: number;
}

type StoreFailure = QueryFailed | EngineUnavailable;

/** The days of all tables that hold telemetry, oldest first. */
export const dailyPartitions: Effect.Effect<readonly Partition[], StoreFailure, Store> = Effect.gen(function* () {
  const { system, stored } = placementOf((yield* Store).cluster);
  const rows = yield* readRows<Partition>(
    `SELECT table, partition AS day, sum(rows) AS rows, sum(bytes_on_disk) AS bytes,
  toUnixTimestamp(max(modification_time)) * 1000 AS modifiedMs
FROM ${system('parts')} AS part
WHERE active AND part.rows > 0 AND database = currentDatabase()
  AND table IN (${storedTables.map(({ name }) => quoteText(stored(name))).join(', ')})
GROUP BY table, day ORDER BY day, table`,
  );
  return rows.map((row) => ({ ...row, table: distributedName(row.table) }));
});

export const dropPartitions = Effect.fnUntraced(function* (
  partitions: readonly DroppedPartition[],
): Effect.fn.Return<readonly DroppedPartition[], StoreFailure, Store> {
  const store = yield* Store;
  const { stored, everywhere } = placementOf(store.cluster);
  for (const { table, day } of partitions) {
    yield* store.command(`ALTER TABLE ${stored(table)}${everywhere} DROP PARTITION ${quoteText(day)}`);
  }
  return partitions.map(({ table, day, rows, bytes }) => ({ table, day, rows, bytes }));
});

/** The oldest days, whole and from all tables, until no more than `bytes` are left. The newest day always stays. */
export function oldestBeyond(partitions: readonly Partition[], bytes: number): readonly Partition[] {
  const days = [...new Set(partitions.map(({ day }) => day))].sort();
  let left = partitions.reduce((sum, partition) => sum + partition.bytes, 0);
  const doomed: Partition[] = [];
  for (const day of days.slice(0, -1)) {
    if (left <= bytes) break;
    for (const partition of partitions.filter((other) => other.day === day)) {
      doomed.push(partition);
      left -= partition.bytes;
    }
  }
  return doomed;
}
