import type { Layout } from './layout.ts';
import { numberOf } from './numbers.ts';
import type { TextRecord } from './records.ts';
import { rowCells } from './row-cells.ts';
import { timeOf } from './times.ts';

/** A row that was skipped. */
export interface BadRow {
  /** Counted from 1, as editors do. */
  readonly line: number;
  readonly reason: string;
}

/** Some consecutive rows, by column. */
export interface TableBatch {
  /** How many good rows. */
  readonly rows: number;
  /** The line of each row. */
  readonly lines: Float64Array;
  /** Milliseconds since 1970, NaN where there is no time column. */
  readonly unixMs: Float64Array;
  /** [column][row]; NaN where a cell says that there is no value. */
  readonly values: readonly Float64Array[];
  readonly badRows: readonly BadRow[];
  /** Why nothing comes after this batch although the input was not at its end. */
  readonly broken: string | undefined;
}

/** Turns records into numbers, column by column. */
export class RowReader {
  readonly #layout: Layout;
  readonly #decimalComma: boolean;
  #first = true;

  constructor(layout: Layout) {
    this.#layout = layout;
    this.#decimalComma = layout.format.kind === 'csv' && layout.format.delimiter === ';';
  }

  read(records: readonly TextRecord[], broken?: string): TableBatch {
    const lines = new Float64Array(records.length);
    const unixMs = new Float64Array(records.length);
    const values = this.#layout.numbers.map(() => new Float64Array(records.length));
    const badRows: BadRow[] = [];
    let rows = 0;
    for (const record of records) {
      const isHeader = this.#first && this.#layout.header && record.fault === undefined;
      if (isHeader) {
        this.#first = false;
        continue;
      }
      const reason = record.fault ?? this.#fill(record.text, rows, unixMs, values);
      if (reason === undefined) lines[rows++] = record.line;
      else if (reason !== blank) badRows.push({ line: record.line, reason });
    }
    return {
      rows,
      lines: lines.subarray(0, rows),
      unixMs: unixMs.subarray(0, rows),
      values: values.map((column) => column.subarray(0, rows)),
      badRows,
      broken,
    };
  }

  /** @returns why the row is bad, or undefined after writing it at `row`. */
  #fill(text: string, row: number, unixMs: Float64Array, values: readonly Float64Array[]): string | undefined {
    const read = rowCells(text, this.#layout.format);
    if (read.kind === 'fault') return text.trim() === '' ? blank : read.reason;
    if (read.kind === 'places' && text.trim() === '') return blank;
    const { names, time, numbers } = this.#layout;
    if (read.kind === 'places' && !hasWidth(read.cells, names.length)) {
      return `${read.cells.length} cells, expected ${names.length}`;
    }
    const cell = (name: string, place: number): string =>
      (read.kind === 'places' ? read.cells[place] : read.cells.get(name)) ?? '';

    unixMs[row] = Number.NaN;
    if (time !== undefined) {
      const text = cell(time.name, time.place);
      const ms = timeOf(text, time.form);
      if (ms === undefined) return `${time.name}: ${shown(text)} is no time`;
      unixMs[row] = ms;
    }
    for (const [index, { name, place }] of numbers.entries()) {
      const text = cell(name, place);
      const value = numberOf(text, this.#decimalComma);
      if (value === undefined) return `${name}: ${shown(text)} is no number`;
      values[index]![row] = value;
    }
    return undefined;
  }
}

/** No row and nothing to tell. */
const blank = 'blank';

/** Empty cells behind the last column are the habit of some programs. */
const hasWidth = (cells: readonly string[], width: number): boolean =>
  cells.length === width || (cells.length > width && cells.slice(width).every((cell) => cell.trim() === ''));

const shown = (cell: string): string => JSON.stringify(cell.length > 40 ? `${cell.slice(0, 40)}…` : cell);
