import { type Column, receivedAt } from '../domain/schema/columns.ts';
import type { DerivedTable } from '../domain/schema/derived.ts';
import type { TelemetryTable } from '../domain/schema/telemetry.ts';
import { quoteName, quoteText } from './sql-text.ts';

export type MergeTreeKind = 'MergeTree' | 'AggregatingMergeTree' | 'SummingMergeTree';

/**
 * What the DDL depends on beyond the schema. One server (embedded or remote) is what obs knows so far; a cluster will
 * be another layout, with replicated engines and `ON CLUSTER`, and nothing else in the DDL will differ.
 */
export interface Layout {
  engine(kind: MergeTreeKind): string;
  /** Whether the server knows a setting of MergeTree tables: some of ours are younger than servers in use. */
  knowsSetting(name: string): boolean;
}

export function singleServer(knownSettings: ReadonlySet<string>): Layout {
  return { engine: (kind) => `${kind}()`, knowsSetting: (name) => knownSettings.has(name) };
}

/** Of every table that segments reach. Measurements are in docs/storage.md. */
const tableSettings: readonly (readonly [name: string, value: number])[] = [
  // A window of insert tokens, so that a segment that comes again is seen.
  ['non_replicated_deduplication_window', 10_000],
  // On the disk, not in the page cache, when an insert or a merge is done: the segment, or the old parts, go then.
  ['fsync_after_insert', 1],
  ['fsync_part_directory', 1],
  ['min_rows_to_fsync_after_merge', 1],
  ['old_parts_lifetime', 60],
  // Expired days go as whole parts and are never rewritten.
  ['ttl_only_drop_parts', 1],
  // An insert writes one file for all columns (a fifth less CPU), merges one a column (half the CPU of a merge).
  ['min_level_for_wide_part', 1],
  ['vertical_merge_algorithm_min_rows_to_activate', 16_384],
];

function settingsClause(layout: Layout): string {
  const known = tableSettings.filter(([name]) => layout.knowsSetting(name));
  return known.map(([name, value]) => `${name} = ${value}`).join(', ');
}

export function createTelemetryTable(table: TelemetryTable, ttlDays: number, layout: Layout): string {
  const lines = [
    ...table.columns.map(columnLine),
    receivedAtLine('DateTime'),
    ...table.indexes.map((index) => `  ${index}`),
  ];
  return `CREATE TABLE IF NOT EXISTS ${table.name}
(
${lines.join(',\n')}
)
ENGINE = ${layout.engine('MergeTree')}
PARTITION BY toDate(${table.timeColumn})
ORDER BY (${table.orderBy})
TTL ${ttlExpression(table.timeColumn, ttlDays)}
SETTINGS ${settingsClause(layout)}`;
}

export function createDerivedTable(table: DerivedTable, ttlDays: number, layout: Layout): string {
  const lines = [
    ...table.columns.map(([name, type, comment]) => `  ${quoteName(name)} ${type} COMMENT ${quoteText(comment)}`),
    receivedAtLine('SimpleAggregateFunction(max, DateTime)'),
  ];
  return `CREATE TABLE IF NOT EXISTS ${table.name}
(
${lines.join(',\n')}
)
ENGINE = ${layout.engine(table.engine)}
PARTITION BY ${table.partitionBy}
ORDER BY (${table.orderBy})
TTL ${ttlExpression(table.timeColumn, ttlDays)}
SETTINGS ${settingsClause(layout)}`;
}

export function createViews(table: DerivedTable): readonly string[] {
  return table.fedBy.map(
    ({ view, select }) => `CREATE MATERIALIZED VIEW IF NOT EXISTS ${view} TO ${table.name} AS ${select}`,
  );
}

/**
 * Whole days after the day of the row, or after the day it came in where that is later: old telemetry that somebody
 * imports is kept as long as new. Days are whole, so that the rows of a partition expire together.
 */
export function ttlExpression(timeColumn: string, days: number): string {
  return `toDate(greatest(toDateTime(${timeColumn}), ${receivedAt.name})) + toIntervalDay(${days})`;
}

/** Computed at the insert and no part of `SELECT *`: what came in twice by an export and an import stays the same row. */
function receivedAtLine(type: string): string {
  const { name, comment } = receivedAt;
  return `  ${name} ${type} MATERIALIZED now() COMMENT ${quoteText(comment)} CODEC(Delta(4), ZSTD(1))`;
}

function columnLine({ name, type, codec, comment }: Column): string {
  const compression = codec === undefined ? '' : ` CODEC(${codec})`;
  return `  ${quoteName(name)} ${type} COMMENT ${quoteText(comment)}${compression}`;
}
