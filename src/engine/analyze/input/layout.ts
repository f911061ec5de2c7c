import { cellsOf, delimiters, type Delimiter } from './cells.ts';
import { isMissing, numberOf } from './numbers.ts';
import type { TextRecord } from './records.ts';
import { rowCells, type Format } from './row-cells.ts';
import { findTimeColumn } from './time-column.ts';
import { timeOf, type TimeForm } from './times.ts';

/** So many rows decide how a table is laid out. */
export const sampleRows = 200;

/** A column that is read, with its place in a CSV row. */
export interface Column {
  readonly name: string;
  readonly place: number;
}

export interface TimeColumn extends Column {
  readonly form: TimeForm;
}

export interface Layout {
  readonly format: Format;
  /** Whether the first row names the columns. */
  readonly header: boolean;
  /** All columns, in order, whether they hold numbers or not. */
  readonly names: readonly string[];
  readonly time: TimeColumn | undefined;
  readonly numbers: readonly Column[];
  /** Columns with numbers among other things: too many of those to be one of numbers. */
  readonly partly: readonly Column[];
}

/** How the rows of a sample are laid out. */
export function layoutOf(sample: readonly TextRecord[]): Layout {
  const texts = sample.filter(({ fault }) => fault === undefined).map(({ text }) => text);
  const format = formatOf(texts);
  return format.kind === 'ndjson' ? ndjsonLayout(texts, format) : csvLayout(texts, format);
}

/** Whether it is NDJSON can be told by the first character that is not blank. */
export const looksLikeJson = (text: string): boolean => /^[\s\uFEFF]*\{/.test(text);

function formatOf(texts: readonly string[]): Format {
  if (texts[0] !== undefined && looksLikeJson(texts[0])) return { kind: 'ndjson' };
  return { kind: 'csv', delimiter: delimiterOf(texts) };
}

/** The one that cuts the most rows into the same number of cells, above one; of equals the one that makes more cells. */
function delimiterOf(texts: readonly string[]): Delimiter {
  const rated = delimiters.map((delimiter) => {
    const counts = texts.map((text) => cellsOf(text, delimiter).length);
    const usual = mostFrequent(counts);
    return { delimiter, cells: usual, rows: usual > 1 ? counts.filter((count) => count === usual).length : 0 };
  });
  return rated.sort((a, b) => b.rows - a.rows || b.cells - a.cells)[0]?.delimiter ?? ',';
}

function mostFrequent(counts: readonly number[]): number {
  const times = new Map<number, number>();
  for (const count of counts) times.set(count, (times.get(count) ?? 0) + 1);
  return [...times].sort((a, b) => b[1] - a[1])[0]?.[0] ?? 1;
}

function csvLayout(texts: readonly string[], format: Format & { kind: 'csv' }): Layout {
  const rows = texts.map((text) => cellsOf(text, format.delimiter));
  const header = isHeader(rows);
  const width = header ? rows[0]!.length : mostFrequent(rows.map((row) => row.length));
  const names = header ? namesIn(rows[0]!) : Array.from({ length: width }, (_, place) => `column ${place + 1}`);
  const columns = names.map((_, place) => rows.slice(header ? 1 : 0).map((row) => row[place] ?? ''));
  return { format, header, ...roles(names, columns, format.delimiter === ';') };
}

/** A first row without a number or a time, above rows that have one; alone it is a header when it is all text. */
function isHeader(rows: readonly (readonly string[])[]): boolean {
  const first = rows[0];
  return first !== undefined && first.every((cell) => isWord(cell)) && first.some((cell) => cell.trim() !== '');
}

const isWord = (cell: string): boolean =>
  (isMissing(cell) || numberOf(cell, true) === undefined) && timeOf(cell, 'text') === undefined;

/** Empty names are numbered, repeated ones too: each names one column. */
function namesIn(row: readonly string[]): string[] {
  const taken = new Set<string>();
  return row.map((cell, place) => {
    const plain = cell.trim() === '' ? `column ${place + 1}` : cell.trim();
    let name = plain;
    for (let again = 2; taken.has(name); again++) name = `${plain} ${again}`;
    taken.add(name);
    return name;
  });
}

function ndjsonLayout(texts: readonly string[], format: Format): Layout {
  const rows = texts.map((text) => rowCells(text, format)).filter((row) => row.kind === 'names');
  const names = [...new Set(rows.flatMap(({ cells }) => [...cells.keys()]))];
  const columns = names.map((name) => rows.map(({ cells }) => cells.get(name) ?? ''));
  return { format, header: false, ...roles(names, columns, false) };
}

function roles(
  names: readonly string[],
  columns: readonly (readonly string[])[],
  decimalComma: boolean,
): Pick<Layout, 'names' | 'time' | 'numbers' | 'partly'> {
  const time = findTimeColumn(names, columns);
  const shares = names
    .map((name, place) => ({ column: { name, place }, share: numericShare(columns[place]!, decimalComma) }))
    .filter(({ column }) => column.place !== time?.place);
  const between = (least: number, below: number): readonly Column[] =>
    shares.filter(({ share }) => share >= least && share < below).map(({ column }) => column);
  return { names, time, numbers: between(mostlyNumbers, Infinity), partly: between(Number.MIN_VALUE, mostlyNumbers) };
}

/** Most of the cells that say something are numbers. */
const mostlyNumbers = 0.8;

/** Share of numbers of the cells that say something; 0 for a column that says nothing. */
function numericShare(cells: readonly string[], decimalComma: boolean): number {
  const said = cells.filter((cell) => !isMissing(cell));
  return said.filter((cell) => numberOf(cell, decimalComma) !== undefined).length / Math.max(1, said.length);
}
