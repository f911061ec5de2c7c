import { Effect } from 'effect';
import type { EngineUnavailable, QueryFailed } from '../domain/errors.ts';
import { placementOf } from './cluster/placement.ts';
import { readRows } from './read-rows.ts';
import { quoteText } from './sql-text.ts';
import { Store } from './store.ts';
import { storedTables } from './table-signals.ts';

export interface TableReport {
  readonly table: string;
  readonly rows: number;
  readonly bytesOnDisk: number;
  /** Unix milliseconds, whole seconds; `null` while the table is empty. */
  readonly oldestMs: number | null;
  readonly newestMs: number | null;
}

interface PartRow {
  readonly table: string;
  readonly rows: number;
  readonly bytes: number;
  readonly oldest: number;
  readonly newest: number;
}

/** What is stored, table by table, those without rows too. From the lists of parts: no data are read. */
export const storeReport: Effect.Effect<readonly TableReport[], QueryFailed | EngineUnavailable, Store> = Effect.gen(
  function* () {
    const { stored, system } = placementOf((yield* Store).cluster);
    const parts = yield* readRows<PartRow>(
      `SELECT table, sum(rows) AS rows, sum(bytes_on_disk) AS bytes,
  toUnixTimestamp(min(min_time)) AS oldest, toUnixTimestamp(max(max_time)) AS newest
FROM ${system('parts')} AS part
WHERE active AND part.rows > 0 AND database = currentDatabase()
  AND table IN (${storedTables.map(({ name }) => quoteText(stored(name))).join(', ')})
GROUP BY table`,
    );
    return storedTables.map(({ name }) => {
      const part = parts.find(({ table }) => table === stored(name));
      return {
        table: name,
        rows: part?.rows ?? 0,
        bytesOnDisk: part?.bytes ?? 0,
        oldestMs: timeOf(part?.oldest),
        newestMs: timeOf(part?.newest),
      };
    });
  },
);

/** Tables by the day of a `Date` column have no times in their parts, which ClickHouse writes as 1970. */
function timeOf(unixSeconds: number | undefined): number | null {
  return unixSeconds === undefined || unixSeconds === 0 ? null : unixSeconds * 1000;
}
