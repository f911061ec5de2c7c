import { derivedTables } from '../domain/schema/derived.ts';
import { telemetryTables, type TelemetryTableName } from '../domain/schema/telemetry.ts';
import { quoteName, quoteText } from './sql-text.ts';
import type { SegmentFile } from './store.ts';

/** The columns of a table as `(a, b, …)` needs them, in schema order. */
function columnList(table: TelemetryTableName): string {
  return telemetryTables[table].columns.map((column) => quoteName(column.name)).join(', ');
}

/** The structure that `file(…)` reads: the table's columns. The frame column in front is not among them and is skipped. */
function structure(table: TelemetryTableName): string {
  return telemetryTables[table].columns.map((column) => `${quoteName(column.name)} ${column.type}`).join(', ');
}

/** Reads the segment where the engine runs, which must see the file. */
export function insertFromFile({ table, path }: SegmentFile): string {
  const columns = columnList(table);
  const source = `file(${quoteText(path)}, Native, ${quoteText(structure(table))})`;
  return `INSERT INTO ${quoteName(table)} (${columns}) SELECT ${columns} FROM ${source}`;
}

/** The segment's bytes follow as the body of the request. */
export function insertFromStream({ table }: SegmentFile): string {
  return `INSERT INTO ${quoteName(table)} (${columnList(table)}) FORMAT Native`;
}

/**
 * One segment, once: the token names the insert in the deduplication windows of the table and its rollups. The same
 * file must fall into the same blocks each time, so all that forms blocks is pinned. See docs/storage.md.
 */
export function insertSettings(segmentId: string): Readonly<Record<string, string | number>> {
  return {
    insert_deduplicate: 1,
    insert_deduplication_token: segmentId,
    deduplicate_blocks_in_dependent_materialized_views: 1,
    max_threads: 1,
    max_insert_threads: 1,
    max_insert_block_size: 1_048_449,
    min_insert_block_size_rows: 1_048_449,
    min_insert_block_size_bytes: 268_402_944,
    input_format_skip_unknown_fields: 1,
    max_partitions_per_insert_block: 0,
    materialize_skip_indexes_on_insert: 0,
  };
}

/** Skip indexes by which spans are searched for attributes: a merge may be long in coming, and what has none is read whole. */
const builtAtInsert: readonly string[] = ['idx_span_attr_value', 'idx_res_attr_key'];

const builtByMerges = Object.values(telemetryTables)
  .flatMap(({ indexes }) => indexes.map((index) => index.split(' ')[1] ?? ''))
  .filter((name) => !builtAtInsert.includes(name));

/**
 * Of the embedded engine alone. The file is read in order by one thread, which ClickHouse cannot know; and servers that are
 * older than the list of indexes would refuse it.
 */
export const insertFromFileSettings = {
  deduplicate_insert_select: 'enable_even_for_bad_queries',
  materialize_skip_indexes_on_insert: 1,
  exclude_materialize_skip_indexes_on_insert: [...new Set(builtByMerges)].join(','),
} as const;

/** The tables that an insert into `table` reaches: itself, and through the views those derived from it. */
export function reachedTables(table: TelemetryTableName): readonly string[] {
  const reached: string[] = [table];
  // `reached` grows while it is walked: a rollup may feed the next one.
  for (const source of reached) {
    for (const { name, fedBy } of derivedTables) {
      if (!reached.includes(name) && fedBy.some(({ select }) => new RegExp(`\\bFROM ${source}\\b`).test(select))) {
        reached.push(name);
      }
    }
  }
  return reached;
}
