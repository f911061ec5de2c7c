import { renderTable } from './render-table.ts';
import type { StorageOverview } from './storage-overview.ts';

const columnsShown = 12;

/** The overview as tables for people. @param size how bytes are written */
export function renderStorage(overview: StorageOverview, size: (bytes: number) => string, width: number): string {
  const filled = overview.tables.filter(({ rows }) => rows > 0);
  if (filled.length === 0) return 'The store is empty.\n';
  const tables = renderTable(
    [
      { name: 'table', type: 'String' },
      { name: 'rows', type: 'UInt64' },
      { name: 'on disk', type: 'UInt64' },
      { name: 'bytes/row', type: 'Float64' },
      { name: 'packed', type: 'Float64' },
      { name: 'oldest', type: 'String' },
      { name: 'newest', type: 'String' },
    ],
    filled.map((table) => [
      table.table,
      table.rows,
      size(table.bytesOnDisk),
      (table.bytesOnDisk / table.rows).toFixed(1),
      ratio(table.uncompressedBytes, table.compressedBytes),
      table.oldestDay,
      table.newestDay,
    ]),
    width,
  );
  const columns = renderTable(
    [
      { name: 'largest columns', type: 'String' },
      { name: 'on disk', type: 'UInt64' },
      { name: 'packed', type: 'Float64' },
    ],
    overview.columns
      .slice(0, columnsShown)
      .map(({ table, column, compressedBytes, uncompressedBytes }) => [
        `${table}.${column}`,
        size(compressedBytes),
        ratio(uncompressedBytes, compressedBytes),
      ]),
    width,
  );
  return `${tables}\n${overview.columns.length === 0 ? '' : `${columns}\n`}${outlook(overview, size)}\n`;
}

function ratio(plain: number, packed: number): string {
  return packed === 0 ? '-' : `${(plain / packed).toFixed(1)}x`;
}

function outlook(overview: StorageOverview, size: (bytes: number) => string): string {
  const { bytesOnDisk, bytesPerDay, diskCapBytes, settlesAtBytes, capReachedInDays } = overview;
  const now = `${size(bytesOnDisk)} on disk`;
  if (bytesPerDay === null || settlesAtBytes === null) return `${now}; how fast it grows is known after an hour.`;
  const grows = `${now}, ${size(bytesPerDay)} a day; retention lets it settle at ${size(settlesAtBytes)}`;
  if (diskCapBytes === null) return `${grows}.`;
  const cap = size(diskCapBytes);
  if (capReachedInDays === null) return `${grows}, under the cap of ${cap}.`;
  if (capReachedInDays === 0) return `${grows}; the cap of ${cap} is reached, the oldest days go.`;
  return `${grows}; the cap of ${cap} is reached in ${capReachedInDays.toFixed(1)} days, then the oldest days go.`;
}
