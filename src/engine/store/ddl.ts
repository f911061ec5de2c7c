import type { Column } from '../domain/schema/columns.ts';
import type { DerivedTable } from '../domain/schema/derived.ts';
import type { TelemetryTable } from '../domain/schema/telemetry.ts';
import { quoteName, quoteText } from './sql-text.ts';

export type MergeTreeKind = 'MergeTree' | 'AggregatingMergeTree' | 'SummingMergeTree';

/**
 * Which engines the tables get. One server (embedded or remote) is what obs knows so far; a cluster will be another
 * value of this type with replicated engines and `ON CLUSTER`, and nothing else in the DDL will differ.
 */
export interface Layout {
  engine(kind: MergeTreeKind): string;
}

export const singleServer: Layout = { engine: (kind) => `${kind}()` };

/**
 * Settings of every table that segments reach, the reasons and the measurements in docs/storage.md:
 * a window of insert tokens, so that a segment that comes again is seen; parts that are on the disk, not in the page
 * cache, when an insert returns, since its segment is deleted then; expired parts dropped whole, never rewritten;
 * a part of a segment's size in one file for all columns, a fifth less CPU an insert.
 */
const tableSettings = [
  'non_replicated_deduplication_window = 10000',
  'fsync_after_insert = 1',
  'fsync_part_directory = 1',
  'min_rows_to_fsync_after_merge = 1',
  'old_parts_lifetime = 60',
  'ttl_only_drop_parts = 1',
  'min_bytes_for_wide_part = 268435456',
].join(', ');

export function createTelemetryTable(table: TelemetryTable, ttlDays: number, layout: Layout): string {
  const lines = [...table.columns.map(columnLine), ...table.indexes.map((index) => `  ${index}`)];
  return `CREATE TABLE IF NOT EXISTS ${table.name}
(
${lines.join(',\n')}
)
ENGINE = ${layout.engine('MergeTree')}
PARTITION BY toDate(${table.timeColumn})
ORDER BY (${table.orderBy})
TTL ${ttlExpression(table.timeColumn, ttlDays)}
SETTINGS ${tableSettings}`;
}

export function createDerivedTable(table: DerivedTable, ttlDays: number, layout: Layout): string {
  const lines = table.columns.map(
    ([name, type, comment]) => `  ${quoteName(name)} ${type} COMMENT ${quoteText(comment)}`,
  );
  return `CREATE TABLE IF NOT EXISTS ${table.name}
(
${lines.join(',\n')}
)
ENGINE = ${layout.engine(table.engine)}
PARTITION BY ${table.partitionBy}
ORDER BY (${table.orderBy})
TTL ${ttlExpression(table.timeColumn, ttlDays)}
SETTINGS ${tableSettings}`;
}

export function createViews(table: DerivedTable): readonly string[] {
  return table.fedBy.map(
    ({ view, select }) => `CREATE MATERIALIZED VIEW IF NOT EXISTS ${view} TO ${table.name} AS ${select}`,
  );
}

/** Whole days after the day of the row, so that all rows of a partition expire at one moment. */
export function ttlExpression(timeColumn: string, days: number): string {
  return `toDate(${timeColumn}) + toIntervalDay(${days})`;
}

function columnLine({ name, type, codec, comment }: Column): string {
  const compression = codec === undefined ? '' : ` CODEC(${codec})`;
  return `  ${quoteName(name)} ${type} COMMENT ${quoteText(comment)}${compression}`;
}
