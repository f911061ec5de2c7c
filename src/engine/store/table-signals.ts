import { derivedTables } from '../domain/schema/derived.ts';
import type { Signal } from '../domain/signals.ts';
import { ownTables } from '../domain/schema/own/own-tables.ts';
import { telemetryTables } from '../domain/schema/telemetry.ts';

/** A table that grows with telemetry: retention, the disk cap and reports go over these. */
export interface StoredTable {
  readonly name: string;
  readonly signal: Signal;
  readonly timeColumn: string;
}

/** All tables in the store that hold telemetry or what is derived from it; a derived table goes with its source. */
export const storedTables: readonly StoredTable[] = [
  ...Object.values(telemetryTables).map(({ name, timeColumn }) => ({ name, timeColumn, signal: signalOf(name) })),
  ...derivedTables.map(({ name, timeColumn, fedBy }) => ({
    name,
    timeColumn,
    signal: fedBy.some(({ select }) => /\bFROM otel_logs\b/.test(select)) ? ('logs' as const) : ('traces' as const),
  })),
  // What is worked out from all signals is kept as long as the one that is usually kept longest.
  ...ownTables
    .filter(({ partitions }) => partitions === 'days')
    .map(({ name, timeColumn }) => ({ name, timeColumn, signal: 'metrics' as const })),
];

/** Those that grow with telemetry, and those of few rows that are kept long. */
export const allTables: readonly string[] = [
  ...new Set([...storedTables.map(({ name }) => name), ...ownTables.map(({ name }) => name)]),
];

const signalByTable = new Map(storedTables.map(({ name, signal }) => [name, signal]));

export function signalOfTable(table: string): Signal {
  return signalByTable.get(table) ?? 'traces';
}

function signalOf(table: string): Signal {
  if (table === 'otel_traces') return 'traces';
  return table === 'otel_logs' ? 'logs' : 'metrics';
}
