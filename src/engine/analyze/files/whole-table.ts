import type { BadRow, TableBatch } from '../input/row-reader.ts';
import type { Table } from '../input/read-table.ts';

/** A table that was read to its end, as it stands in its file. */
export interface WholeTable {
  /** Milliseconds since 1970 of each row; null without a time column. */
  readonly unixMs: Float64Array | null;
  /** NaN where a cell says that there is no value. */
  readonly columns: readonly { readonly name: string; readonly values: Float64Array }[];
  readonly rows: number;
  readonly badRows: readonly BadRow[];
  /** More rows may have been bad than `badRows` names. */
  readonly badRowsInAll: number;
  /** Why the input broke off before its end. */
  readonly broken: string | undefined;
}

/** Bad rows that are named one by one; the others are counted. */
const namedBadRows = 100;

export async function wholeTable(table: Table): Promise<WholeTable> {
  const batches: TableBatch[] = [];
  const badRows: BadRow[] = [];
  let [rows, badRowsInAll] = [0, 0];
  for await (const batch of table.batches) {
    batches.push(batch);
    rows += batch.rows;
    badRowsInAll += batch.badRows.length;
    badRows.push(...batch.badRows.slice(0, namedBadRows - badRows.length));
  }
  return {
    unixMs: table.timeColumn === undefined ? null : joined(batches.map(({ unixMs }) => unixMs)),
    columns: table.columns.map((name, at) => ({ name, values: joined(batches.map(({ values }) => values[at])) })),
    rows,
    badRows,
    badRowsInAll,
    broken: batches.at(-1)?.broken,
  };
}

function joined(parts: readonly (Float64Array | undefined)[]): Float64Array {
  const known = parts.filter((part) => part !== undefined);
  const all = new Float64Array(known.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of known) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
