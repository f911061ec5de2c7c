import { telemetryTables, type TelemetryTableName } from '../domain/schema/telemetry.ts';

/**
 * A hash of a row's columns, to part rows of the same nanosecond. NULLs would make it NULL, so no such column.
 * Names are qualified: a statement may give another meaning to one alone (`toString(Duration) AS Duration`).
 */
export function identityOf(table: TelemetryTableName): string {
  const columns = telemetryTables[table].columns.filter(({ type }) => !type.startsWith('Nullable'));
  return `cityHash64(${columns.map(({ name }) => `${table}.\`${name}\``).join(', ')})`;
}
