import stringWidth from 'string-width';
import { printable } from '../../domain/printable.ts';
import type { EvidenceRow } from '../evidence/evidence.ts';
import { cut, padEnd, padStart } from './columns.ts';

const widest = 40;
/** Names of what the finding has named already; shown when rows differ in it. */
const context: ReadonlySet<string> = new Set([
  'service',
  'kind',
  'operation',
  'metric',
  'attributes',
  'status',
  'message',
]);

/**
 * Rows as aligned lines, a header first: columns without values are left out, as are the last ones that do not fit.
 * @param columns `telling`: without what the sentence beside it has named already
 */
export function evidenceTable(
  rows: readonly EvidenceRow[],
  cells: number,
  columns: 'telling' | 'all' = 'telling',
): string[] {
  const [first] = rows;
  if (first === undefined) return [];
  const isAll = columns === 'all';
  const filled = Object.keys(first)
    .filter((name) => isAll || name !== 'span')
    .map((name) => ({
      name,
      texts: rows.map((row) => (isMoment(name, row[name]) ? momentOf(row[name]) : textOf(row[name]))),
    }))
    .filter(({ texts }) => texts.some((text) => text !== ''))
    .filter(({ name, texts }) => isAll || !context.has(name) || new Set(texts).size > 1)
    .map(({ name, texts }) => ({ name: printable(name), texts }))
    .map(({ name, texts }) => ({
      name,
      texts,
      isNumber: texts.every((text) => /^-?[\d.]*$/.test(text)),
      width: Math.min(widest, Math.max(stringWidth(name), ...texts.map((text) => stringWidth(text)))),
    }));
  let used = 0;
  const fitting = filled.filter(({ width }) => {
    used += width + 2;
    return used - 2 <= cells;
  });
  // Better a cut column than no table.
  const shown = fitting.length > 0 ? fitting : filled.slice(0, 1).map((column) => ({ ...column, width: cells }));
  const line = (texts: readonly string[]): string =>
    shown
      .map(({ isNumber, width }, at) =>
        isNumber ? padStart(cut(texts[at]!, width), width) : padEnd(texts[at]!, width),
      )
      .join('  ')
      .trimEnd();
  return [line(shown.map(({ name }) => name)), ...rows.map((_, row) => line(shown.map(({ texts }) => texts[row]!)))];
}

/** Unix milliseconds, which shapes reckon with, are read as a time by people. */
const isMoment = (name: string, value: unknown): boolean => name.endsWith('_ms') && Number(value) > 1e11;
const momentOf = (value: unknown): string => new Date(Number(value)).toISOString().slice(11, 23);

const textOf = (value: unknown): string =>
  printable(Array.isArray(value) ? value.map((part) => shortNumber(part)).join('/') : shortNumber(value));

const shortNumber = (value: unknown): string =>
  typeof value === 'number' && !Number.isInteger(value) ? String(Number(value.toPrecision(4))) : String(value);
