import { derivedTables } from '../domain/schema/derived.ts';
import { receivedAt } from '../domain/schema/columns.ts';
import { createDerivedTable, createViews, type Layout } from './ddl.ts';
import { keptDays } from './resort-traces.ts';
import { quoteName } from './sql-text.ts';

const byService = derivedTables.filter(({ name }) => name.startsWith('obs_red_service_'));
const traceTimes = derivedTables.filter(({ name }) => name === 'otel_traces_trace_id_ts');

/** Stores of version 4 or older: the rollups by service, filled from those by operation. A run cut off starts over. */
export function addServiceRollups(layout: Layout): readonly string[] {
  return byService.flatMap((table) => [
    ...table.fedBy.map(({ view }) => `DROP VIEW IF EXISTS ${view}`),
    createDerivedTable(table, keptDays, layout),
    `TRUNCATE TABLE ${table.name}`,
    ...table.fedBy.map(({ select }) => `INSERT INTO ${table.name} (${columnsOf(table.columns)}) ${select}`),
    ...createViews(table, layout),
  ]);
}

/** The same rows in smaller granules: a lookup reads 256 rows of a part, not 8192. */
export function refineTraceTimes(layout: Layout): readonly string[] {
  return traceTimes.flatMap((table) => {
    const next = `${table.name}_finer`;
    const columns = `${columnsOf(table.columns)}, ${receivedAt.name}`;
    return [
      `DROP TABLE IF EXISTS ${next} SETTINGS max_table_size_to_drop = 0`,
      createDerivedTable(table, keptDays, layout, next),
      `INSERT INTO ${next} (${columns}) SELECT ${columns} FROM ${table.name}
SETTINGS insert_allow_materialized_columns = 1, max_partitions_per_insert_block = 0`,
      `EXCHANGE TABLES ${table.name} AND ${next}`,
      `DROP TABLE IF EXISTS ${next} SETTINGS max_table_size_to_drop = 0`,
    ];
  });
}

function columnsOf(columns: readonly (readonly [name: string, type: string, comment: string])[]): string {
  return columns.map(([name]) => quoteName(name)).join(', ');
}
