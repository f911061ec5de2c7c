import { printable } from '../../domain/printable.ts';
import { renderTable } from '../../search/render-table.ts';
import { wrapped } from '../incidents/wrap.ts';

export interface ToldRow {
  readonly cells: readonly unknown[];
  /** What is said of it below: each begins a line of its own, is broken at blanks, and cut with … after `mostLines`. */
  readonly told: readonly string[];
}

const indent = '  ';
const mostLines = 3;

/** A table in which each row is followed by what does not fit into a column: it can be read at 80 columns. */
export function toldTable(columns: Parameters<typeof renderTable>[0], rows: readonly ToldRow[], width: number): string {
  const cells = rows.map((row) => row.cells);
  const [head = '', rule = '', ...lines] = renderTable(columns, cells, width).trimEnd().split('\n');
  const all = lines.flatMap((line, index) => [line, ...rows[index]!.told.flatMap((text) => toldLines(text, width))]);
  return `${[head, rule, ...all].join('\n')}\n`;
}

function toldLines(text: string, width: number): readonly string[] {
  const lines = wrapped(printable(text), width - 2, indent);
  return lines.length <= mostLines ? lines : [...lines.slice(0, mostLines - 1), `${lines[mostLines - 1]} …`];
}
