import { receivedAt } from '../domain/schema/columns.ts';
import { telemetryTables } from '../domain/schema/telemetry.ts';
import { createTelemetryTable, type Layout } from './ddl.ts';
import { quoteName } from './sql-text.ts';

const next = 'otel_traces_resorted';

/** Longer than any retention: `applyRetention` sets the days that are configured, and until then no row may expire. */
export const keptDays = 36_500;

/**
 * Spans of a store of version 3 or older lie by service and operation; a table's order cannot be altered, so they are
 * written anew. No view fires, since views look at the name `otel_traces`, and rollups stay as they are. A run that was cut
 * off starts over: before the exchange nothing has changed, after it the copy is made once more, from the new table.
 */
export function resortTraces(layout: Layout): readonly string[] {
  const traces = telemetryTables.otel_traces;
  const columns = [...traces.columns, receivedAt].map(({ name }) => quoteName(name)).join(', ');
  return [
    `DROP TABLE IF EXISTS ${next} SETTINGS max_table_size_to_drop = 0`,
    createTelemetryTable(traces, keptDays, layout, next),
    `INSERT INTO ${next} (${columns}) SELECT ${columns} FROM ${traces.name}
SETTINGS insert_allow_materialized_columns = 1, max_partitions_per_insert_block = 0`,
    `EXCHANGE TABLES ${traces.name} AND ${next}`,
    `DROP TABLE IF EXISTS ${next} SETTINGS max_table_size_to_drop = 0`,
  ];
}
