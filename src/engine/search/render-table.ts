import stringWidth from 'string-width';
import { printable } from '../domain/printable.ts';

const gap = '  ';
const narrowest = 6;

/**
 * A table for people: numbers to the right, text to the left, the widest columns cut with … until it fits the width.
 * @param rows cells as ClickHouse's JSONCompact gives them
 */
export function renderTable(
  columns: readonly { readonly name: string; readonly type: string }[],
  rows: readonly (readonly unknown[])[],
  width: number,
): string {
  const right = columns.map(({ type }) => /^(Nullable\()?(U?Int|Float|Decimal)/.test(type));
  const cells = rows.map((row) => columns.map((_, index) => cellText(row[index])));
  const natural = columns.map(({ name }, index) =>
    cells.reduce((widest, row) => Math.max(widest, stringWidth(row[index] ?? '')), stringWidth(name)),
  );
  const widths = fit(natural, width);
  const line = (values: readonly string[]): string =>
    values
      .map((value, index) => pad(cut(value, widths[index] ?? 0), widths[index] ?? 0, right[index] ?? false))
      .join(gap)
      .trimEnd();
  const head = line(columns.map(({ name }) => name));
  const rule = widths.map((size) => '─'.repeat(size)).join(gap);
  return `${[head, rule, ...cells.map(line)].join('\n')}\n`;
}

/** Takes a column's width from the widest one, again and again, until all fit; never below what still says something. */
function fit(natural: readonly number[], width: number): number[] {
  const widths = [...natural];
  const excess = widths.reduce((sum, size) => sum + size, 0) + gap.length * (widths.length - 1) - width;
  for (let taken = 0; taken < excess; taken++) {
    const widest = Math.max(...widths);
    if (widest <= narrowest) break;
    widths[widths.indexOf(widest)] = widest - 1;
  }
  return widths;
}

function cellText(value: unknown): string {
  if (value === null || value === undefined) return 'NULL';
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  return printable(text);
}

function cut(text: string, width: number): string {
  if (stringWidth(text) <= width) return text;
  let result = '';
  let used = 0;
  for (const character of text) {
    const size = stringWidth(character);
    if (used + size > width - 1) break;
    result += character;
    used += size;
  }
  return `${result}…`;
}

function pad(text: string, width: number, right: boolean): string {
  const blanks = ' '.repeat(Math.max(0, width - stringWidth(text)));
  return right ? blanks + text : text + blanks;
}
