import { derivedTables, type DerivedTable } from '../domain/schema/derived.ts';
import { receivedAt } from '../domain/schema/columns.ts';
import { createDerivedTable, createViews, type Layout } from './ddl.ts';
import { keptDays } from './resort-traces.ts';
import { quoteName } from './sql-text.ts';

const byService = derivedTables.filter(({ name }) => name.startsWith('obs_red_service_'));

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

/** The same rows in the granules of today: a lookup of a trace's times reads 256 rows of a part, not 8192. */
export function refineTraceTimes(layout: Layout): readonly string[] {
  return derivedTables
    .filter(({ name }) => name === 'otel_traces_trace_id_ts')
    .flatMap((table) => [...copyAnew(table, layout), ...takePlace(table)]);
}

/**
 * The same for rollups of rate, errors and durations, of which some feed others: their views go until all are there.
 * Nothing is inserted meanwhile, as this runs before the loader starts.
 */
export function refineRollups(layout: Layout): readonly string[] {
  const rollups = derivedTables.filter(({ name }) => name.startsWith('obs_red_'));
  return [
    ...rollups.flatMap(({ fedBy }) => fedBy.map(({ view }) => `DROP VIEW IF EXISTS ${view}`)),
    ...rollups.flatMap((table) => [...copyAnew(table, layout), ...takePlace(table)]),
    ...rollups.flatMap((table) => createViews(table, layout)),
  ];
}

const anew = ({ name }: DerivedTable): string => `${name}_finer`;

function copyAnew(table: DerivedTable, layout: Layout): readonly string[] {
  const columns = `${columnsOf(table.columns)}, ${receivedAt.name}`;
  return [
    dropTable(anew(table)),
    createDerivedTable(table, keptDays, layout, anew(table)),
    `INSERT INTO ${anew(table)} (${columns}) SELECT ${columns} FROM ${table.name}
SETTINGS insert_allow_materialized_columns = 1, max_partitions_per_insert_block = 0`,
  ];
}

function takePlace(table: DerivedTable): readonly string[] {
  return [`EXCHANGE TABLES ${table.name} AND ${anew(table)}`, dropTable(anew(table))];
}

function dropTable(name: string): string {
  return `DROP TABLE IF EXISTS ${name} SETTINGS max_table_size_to_drop = 0`;
}

function columnsOf(columns: readonly (readonly [name: string, type: string, comment: string])[]): string {
  return columns.map(([name]) => quoteName(name)).join(', ');
}
