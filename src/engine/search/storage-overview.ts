import { Effect } from 'effect';
import type { EngineUnavailable, QueryFailed } from '../domain/errors.ts';
import type { RetentionDays } from '../domain/retention-days.ts';
import { telemetryTables } from '../domain/schema/telemetry.ts';
import { QueryClient } from '../store/query-client.ts';
import { signalOfTable, storedTables } from '../store/table-signals.ts';

export interface StoredTableSize {
  readonly table: string;
  readonly rows: number;
  readonly bytesOnDisk: number;
  /** Compressed and not, of the columns in wide parts; small fresh parts keep all columns in one file and are not in it. */
  readonly compressedBytes: number;
  readonly uncompressedBytes: number;
  readonly oldestDay: string | null;
  readonly newestDay: string | null;
}

export interface ColumnSize {
  readonly table: string;
  readonly column: string;
  readonly compressedBytes: number;
  readonly uncompressedBytes: number;
}

export interface StorageOverview {
  readonly tables: readonly StoredTableSize[];
  /** The largest first. */
  readonly columns: readonly ColumnSize[];
  readonly bytesOnDisk: number;
  /** Bytes on disk by the day of the rows, from the last seven whole days, or from what came in within the last day. */
  readonly bytesPerDay: number | null;
  readonly diskCapBytes: number | null;
  /** What retention would let the store grow to at this rate. */
  readonly settlesAtBytes: number | null;
  /** Days until the disk cap is reached; `null`: it never is at this rate, or the rate is not known. */
  readonly capReachedInDays: number | null;
}

interface DayRow {
  readonly table: string;
  readonly day: string;
  readonly rows: string;
  readonly bytes: string;
  readonly hours: number;
}

const names = storedTables.map(({ name }) => `'${name}', '${name}_local'`).join(', ');
const telemetryNames: ReadonlySet<string> = new Set(Object.values(telemetryTables).map(({ name }) => name));
const bare = (table: string): string => table.replace(/_local$/, '');

/**
 * Sizes from the lists of parts: no rows are read. On a cluster, of the server that answers.
 * @param diskCapBytes `null` where nothing caps the store
 * @param today `2026-01-31`, UTC
 */
export const storageOverview = Effect.fnUntraced(function* (
  days: RetentionDays,
  diskCapBytes: number | null,
  today: string,
): Effect.fn.Return<StorageOverview, QueryFailed | EngineUnavailable, QueryClient> {
  const client = yield* QueryClient;
  const byDay = (yield* client.rows<DayRow>(
    `SELECT table, partition AS day, sum(rows) AS rows, sum(bytes_on_disk) AS bytes,
  (toUnixTimestamp(max(max_time)) - toUnixTimestamp(min(min_time))) / 3600 AS hours
FROM system.parts AS part WHERE active AND part.rows > 0 AND database = currentDatabase() AND table IN (${names})
GROUP BY table, day ORDER BY day`,
  )).map(({ table, day, rows, bytes, hours }) => ({
    table: bare(table),
    day,
    rows: Number(rows),
    bytes: Number(bytes),
    hours: Number(hours),
  }));
  const columns = (yield* client.rows<{ table: string; column: string; packed: string; plain: string }>(
    `SELECT table, column, sum(column_data_compressed_bytes) AS packed, sum(column_data_uncompressed_bytes) AS plain
FROM system.parts_columns WHERE active AND database = currentDatabase() AND table IN (${names})
GROUP BY table, column HAVING packed > 0 ORDER BY packed DESC`,
  )).map(({ table, column, packed, plain }) => ({
    table: bare(table),
    column,
    compressedBytes: Number(packed),
    uncompressedBytes: Number(plain),
  }));
  const tables = storedTables.map(({ name }) => {
    const own = byDay.filter(({ table }) => table === name);
    const ownColumns = columns.filter(({ table }) => table === name);
    return {
      table: name,
      rows: sum(own.map(({ rows }) => rows)),
      bytesOnDisk: sum(own.map(({ bytes }) => bytes)),
      compressedBytes: sum(ownColumns.map(({ compressedBytes }) => compressedBytes)),
      uncompressedBytes: sum(ownColumns.map(({ uncompressedBytes }) => uncompressedBytes)),
      oldestDay: own[0]?.day ?? null,
      newestDay: own.at(-1)?.day ?? null,
    };
  });
  const bytesOnDisk = sum(tables.map((table) => table.bytesOnDisk));
  const growth = growthPerDay(byDay, today);
  const perDay = growth === null ? null : sum([...growth.values()]);
  const settlesAtBytes =
    growth === null ? null : sum([...growth].map(([table, bytes]) => bytes * days[signalOfTable(table)]));
  const reached =
    diskCapBytes !== null && perDay !== null && perDay > 0 && settlesAtBytes !== null && settlesAtBytes > diskCapBytes;
  return {
    tables,
    columns,
    bytesOnDisk,
    bytesPerDay: perDay,
    diskCapBytes,
    settlesAtBytes,
    capReachedInDays: reached ? Math.max(0, (diskCapBytes - bytesOnDisk) / perDay) : null,
  };
});

/**
 * Bytes a day by table: the mean of the last seven whole days, those without data among them, from the oldest day of the
 * store on; with no whole day, today's as far as an hour at least says.
 */
export function growthPerDay(
  byDay: readonly { table: string; day: string; bytes: number; hours: number }[],
  today: string,
): ReadonlyMap<string, number> | null {
  const oldest = byDay.reduce((least, { day }) => (day < least ? day : least), today);
  const wholeDays = Math.min(7, daysBetween(oldest, today));
  const rows = byDay.filter(({ day }) =>
    wholeDays > 0 ? day < today && daysBetween(day, today) <= wholeDays : day === today,
  );
  // Rollups round times to their step, to a whole hour even.
  const telemetry = rows.filter(({ table }) => telemetryNames.has(table));
  const span = wholeDays > 0 ? wholeDays : Math.max(0, ...telemetry.map(({ hours }) => hours)) / 24;
  if (span < 1 / 24) return null;
  const growth = new Map<string, number>();
  for (const { table, bytes } of rows) growth.set(table, (growth.get(table) ?? 0) + bytes / span);
  return growth;
}

function daysBetween(from: string, to: string): number {
  return Math.round((Date.parse(to) - Date.parse(from)) / 86_400_000);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
