import { type Column, receivedAt } from '../domain/schema/columns.ts';
import { type DerivedTable, derivedTables } from '../domain/schema/derived.ts';
import type { OwnTable } from '../domain/schema/own/table.ts';
import type { TelemetryTable } from '../domain/schema/telemetry.ts';
import type { Cluster } from '../domain/cluster.ts';
import { createDistributed, shardKey } from './cluster/cluster.ts';
import { type Placement, placementOf } from './cluster/placement.ts';
import type { TtlRule } from './upkeep/log-retention.ts';
import { quoteName, quoteText } from './sql-text.ts';

export type MergeTreeKind = 'MergeTree' | 'AggregatingMergeTree' | 'SummingMergeTree' | 'ReplacingMergeTree';

/** What the DDL depends on beyond the schema: one server (embedded or remote), or the shards and replicas of a cluster. */
export interface Layout extends Placement {
  engine(kind: MergeTreeKind, parameter?: string): string;
  /** Of a small table that is the same on every server, whatever its shard. */
  sameEverywhere(table: string): string;
  /** Whether the server knows a setting of MergeTree tables: some of ours are younger than servers in use. */
  knowsSetting(name: string): boolean;
  /** What makes `table` readable as one, where its rows lie in many. */
  whole(table: string): readonly string[];
  /** MergeTree settings of this layout alone. */
  readonly settings: readonly (readonly [name: string, value: number | string])[];
  /** After so many days parts move to the storage policy's volume `cold`. */
  readonly coldAfterDays: number | null;
}

export function singleServer(knownSettings: ReadonlySet<string>): Layout {
  return {
    ...placementOf(null),
    engine: (kind, parameter = '') => `${kind}(${parameter})`,
    sameEverywhere: () => 'MergeTree()',
    knowsSetting: (name) => knownSettings.has(name),
    whole: () => [],
    settings: [],
    coldAfterDays: null,
  };
}

/**
 * Replicated engines at the path that the servers' configuration gives (`default_replica_path`), and a `Distributed`
 * table of the usual name over them. Tokens are known for as long as a gateway's spool may hold a segment.
 */
export function clusterLayout(cluster: Cluster, knownSettings: ReadonlySet<string>): Layout {
  return {
    ...singleServer(knownSettings),
    ...placementOf(cluster),
    engine: (kind, parameter = '') => `Replicated${kind}(${parameter})`,
    sameEverywhere: (table) =>
      `ReplicatedMergeTree(${quoteText(`/clickhouse/tables/{database}/${table}`)}, '{shard}-{replica}')`,
    whole: (table) => [createDistributed(table, derivedNames.has(table) ? undefined : shardKey(table), cluster)],
    settings: [
      ['replicated_deduplication_window', 10_000],
      ['replicated_deduplication_window_seconds', 7 * 24 * 3600],
      ...(cluster.cold === undefined ? [] : ([['storage_policy', quoteText(cluster.cold.storagePolicy)]] as const)),
    ],
    coldAfterDays: cluster.cold?.afterDays ?? null,
  };
}

const derivedNames: ReadonlySet<string> = new Set(derivedTables.map(({ name }) => name));

const fewestParts = 'min_parts_to_merge_at_once';

/** Of every table that segments reach. Measurements are in docs/storage.md. */
const tableSettings: readonly (readonly [name: string, value: number | string])[] = [
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
  // Columns without a codec of their own, those of rollups: half the bytes of LZ4.
  ['default_compression_codec', "'ZSTD(1)'"],
  // Within maps each text's length stands beside it, not in a stream of lengths: a sixth less of a span, and less CPU.
  ['propagate_types_serialization_versions_to_nested_types', 0],
  [fewestParts, 8],
  // A merge holds buffers for each part that it reads: a hundred parts of spans take 627 MB.
  ['max_parts_to_merge_at_once', 16],
];

function settingsClause(layout: Layout, partsToMerge?: number): string {
  const settings = tableSettings.map(([name, value]) =>
    name === fewestParts ? ([name, partsToMerge ?? value] as const) : ([name, value] as const),
  );
  const known = [...settings, ...layout.settings].filter(([name]) => layout.knowsSetting(name));
  return known.map(([name, value]) => `${name} = ${value}`).join(', ');
}

export function createTelemetryTable(
  table: TelemetryTable,
  ttlDays: number,
  layout: Layout,
  name = layout.stored(table.name),
): string {
  const lines = [
    ...table.columns.map(columnLine),
    receivedAtLine('DateTime'),
    ...table.indexes.map((index) => `  ${index}`),
  ];
  return `CREATE TABLE IF NOT EXISTS ${name}${layout.everywhere}
(
${lines.join(',\n')}
)
ENGINE = ${layout.engine('MergeTree')}
PARTITION BY toDate(${table.timeColumn})
ORDER BY (${table.orderBy})
TTL ${ttlClause(table.timeColumn, { days: ttlDays, sooner: [] }, layout.coldAfterDays)}
SETTINGS ${settingsClause(layout)}`;
}

/** Brings a table that was made before to the settings of new ones. */
export function alterSettings(table: string, layout: Layout): string {
  return `ALTER TABLE ${layout.stored(table)}${layout.everywhere} MODIFY SETTING ${settingsClause(layout)}`;
}

/** Brings one setting of a table to that of new ones; the others may have been changed since, as by retention. */
export function alterSetting(table: string, setting: string, layout: Layout): readonly string[] {
  const [name, value] = tableSettings.find(([known]) => known === setting) ?? [];
  if (name === undefined || !layout.knowsSetting(name)) return [];
  return [`ALTER TABLE ${layout.stored(table)}${layout.everywhere} MODIFY SETTING ${name} = ${value}`];
}

/** Brings a derived table that was made before to the number of parts that it merges by now. */
export function alterPartsToMerge({ name, partsToMerge }: DerivedTable, layout: Layout): readonly string[] {
  if (partsToMerge === undefined || !layout.knowsSetting(fewestParts)) return [];
  return [`ALTER TABLE ${layout.stored(name)}${layout.everywhere} MODIFY SETTING ${fewestParts} = ${partsToMerge}`];
}

/** Adds columns of the schema to a table that was made before they were in it. */
export function addColumns(table: TelemetryTable, names: readonly string[], layout: Layout): readonly string[] {
  const added = table.columns.flatMap((column, index) => {
    const before = table.columns[index - 1];
    if (!names.includes(column.name) || before === undefined) return [];
    return [`ADD COLUMN IF NOT EXISTS ${columnLine(column).trim()} AFTER ${quoteName(before.name)}`];
  });
  const tables = new Set([layout.stored(table.name), table.name]);
  return [...tables].map((name) => `ALTER TABLE ${name}${layout.everywhere} ${added.join(', ')}`);
}

export function createDerivedTable(
  table: DerivedTable,
  ttlDays: number,
  layout: Layout,
  name = layout.stored(table.name),
): string {
  const granularity = table.granularity === undefined ? '' : `index_granularity = ${table.granularity}, `;
  const lines = [
    ...table.columns.map(([name, type, comment]) => `  ${quoteName(name)} ${type} COMMENT ${quoteText(comment)}`),
    receivedAtLine('SimpleAggregateFunction(max, DateTime)'),
  ];
  return `CREATE TABLE IF NOT EXISTS ${name}${layout.everywhere}
(
${lines.join(',\n')}
)
ENGINE = ${layout.engine(table.engine)}
PARTITION BY ${table.partitionBy}
ORDER BY (${table.orderBy})
TTL ${ttlClause(table.timeColumn, { days: ttlDays, sooner: [] }, layout.coldAfterDays)}
SETTINGS ${granularity}${settingsClause(layout, table.partsToMerge)}`;
}

export function createOwnTable(table: OwnTable, layout: Layout): string {
  const lines = table.columns.map(
    ([name, type, comment, codec]) =>
      `  ${quoteName(name)} ${type} COMMENT ${quoteText(comment)}${codec === undefined ? '' : ` CODEC(${codec})`}`,
  );
  const granularity = table.granularity === undefined ? '' : `index_granularity = ${table.granularity}, `;
  const day = `toDate(${table.timeColumn})`;
  return `CREATE TABLE IF NOT EXISTS ${layout.stored(table.name)}${layout.everywhere}
(
${[...lines, ...(table.partitions === 'days' ? [receivedAtLine('DateTime')] : [])].join(',\n')}
)
ENGINE = ${layout.engine('ReplacingMergeTree', 'Version')}
PARTITION BY ${table.partitions === 'days' ? day : `toYYYYMM(${table.timeColumn})`}
ORDER BY (${table.orderBy})
TTL ${
    table.partitions === 'days'
      ? ttlClause(table.timeColumn, { days: table.keptDays, sooner: [] }, layout.coldAfterDays)
      : `${day} + toIntervalDay(${table.keptDays})`
  }
SETTINGS ${granularity}${settingsClause(layout)}`;
}

/** On a cluster each shard rolls up its own rows: views go from stored to stored table. */
export function createViews(table: DerivedTable, layout: Layout): readonly string[] {
  return table.fedBy.map(({ view, select }) => {
    const target = `${view}${layout.everywhere} TO ${layout.stored(table.name)}`;
    const source = select.replace(/\bFROM (\w+)/g, (_, name: string) => `FROM ${layout.stored(name)}`);
    return `CREATE MATERIALIZED VIEW IF NOT EXISTS ${target} AS ${source}`;
  });
}

/**
 * Whole days after the day of the row, or after the day it came in where that is later: old telemetry that somebody
 * imports is kept as long as new. Days are whole, so that the rows of a partition expire together.
 */
export function ttlExpression(timeColumn: string, days: number): string {
  return `toDate(greatest(toDateTime(${timeColumn}), ${receivedAt.name})) + toIntervalDay(${days})`;
}

/** When rows go, some severities of logs before others, and when before that they move to cold storage, if there is any. */
export function ttlClause(timeColumn: string, { days, sooner }: TtlRule, coldAfterDays: number | null): string {
  const cold =
    coldAfterDays === null || coldAfterDays >= days
      ? []
      : [`${ttlExpression(timeColumn, coldAfterDays)} TO VOLUME 'cold'`];
  const exceptions = sooner.map(
    (rule) =>
      `${ttlExpression(timeColumn, rule.days)} DELETE WHERE intDiv(SeverityNumber + 3, 4) IN (${rule.severities.join(', ')})`,
  );
  return [...cold, ttlExpression(timeColumn, days), ...exceptions].join(', ');
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
