import { Context, Effect, Layer } from 'effect';
import type { EngineUnavailable, QueryFailed } from '../domain/errors.ts';
import { ownTables } from '../domain/schema/own/own-tables.ts';
import { quoteName } from './sql-text.ts';
import { Store } from './store.ts';

/** A value of a row as ClickHouse's JSON formats take it. Times are text: `2026-01-31 23:59:59.123`, or Unix seconds with as many decimals as the column has. */
export type OwnValue =
  | string
  | number
  | null
  | readonly (string | number)[]
  | Readonly<Record<string, number | string>>;

export type OwnRow = Readonly<Record<string, OwnValue>>;

/** Where the analyzer writes what it worked out: the tables of `domain/schema/own`, and no others. Reads go through `QueryClient`. */
export class OwnTables extends Context.Service<
  OwnTables,
  {
    /** Rows without `Version` get the time of the insert. No rows: nothing is done. */
    insert(table: string, rows: readonly OwnRow[]): Effect.Effect<void, QueryFailed | EngineUnavailable>;
    /** What ClickHouse works out by itself: `INSERT INTO <table> (columns) <select>`. The select names its columns in that order. */
    insertSelect(
      table: string,
      columns: readonly string[],
      select: string,
    ): Effect.Effect<void, QueryFailed | EngineUnavailable>;
  }
>()('obs/store/OwnTables') {}

/** Over whatever runs a statement: the store itself, or a message to the process that holds it. */
export function ownTablesOver(
  command: (sql: string) => Effect.Effect<void, QueryFailed | EngineUnavailable>,
): OwnTables['Service'] {
  return OwnTables.of({
    insert: (table, rows) =>
      rows.length === 0 ? Effect.void : Effect.flatMap(nowMs, (version) => command(insertRows(table, rows, version))),
    insertSelect: (table, columns, select) =>
      command(`INSERT INTO ${known(table)} (${columns.map(quoteName).join(', ')})\n${select}`),
  });
}

export const ownTablesOfStore: Layer.Layer<OwnTables, never, Store> = Layer.effect(
  OwnTables,
  Effect.map(Store, (store) => ownTablesOver((sql) => store.command(sql))),
);

const nowMs = Effect.clockWith((clock) => clock.currentTimeMillis);

function insertRows(table: string, rows: readonly OwnRow[], version: number): string {
  const columns = Object.keys(rows[0] ?? {});
  const named = columns.includes('Version') ? columns : [...columns, 'Version'];
  const lines = rows.map((row) => JSON.stringify({ Version: version, ...row }));
  return `INSERT INTO ${known(table)} (${named.map(quoteName).join(', ')}) FORMAT JSONEachRow\n${lines.join('\n')}`;
}

const names = new Set(ownTables.map(({ name }) => name));

/** A defect, not an error: no input chooses a table. */
function known(table: string): string {
  if (!names.has(table)) throw new Error(`${table} is no table of obs's own`);
  return quoteName(table);
}
