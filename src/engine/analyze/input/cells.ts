/** What stands between the cells of a row. */
export type Delimiter = ',' | ';' | '\t';

export const delimiters: readonly Delimiter[] = [',', ';', '\t'];

/** The cells of a CSV row (RFC 4180): quotes around a cell are taken off, doubled ones inside are one. */
export function cellsOf(text: string, delimiter: Delimiter): string[] {
  if (!text.includes('"')) return text.split(delimiter);
  const cells: string[] = [];
  let from = 0;
  while (from <= text.length) {
    const { cell, next } = text[from] === '"' ? quotedCell(text, from, delimiter) : plainCell(text, from, delimiter);
    cells.push(cell);
    from = next;
  }
  return cells;
}

interface Cell {
  readonly cell: string;
  /** Where the next cell begins; beyond the text's length after the last one. */
  readonly next: number;
}

function plainCell(text: string, from: number, delimiter: Delimiter): Cell {
  const end = text.indexOf(delimiter, from);
  return end === -1
    ? { cell: text.slice(from), next: text.length + 1 }
    : { cell: text.slice(from, end), next: end + 1 };
}

/** What stands behind the closing quote belongs to the cell too: nothing is lost of a row that breaks the rules. */
function quotedCell(text: string, from: number, delimiter: Delimiter): Cell {
  let at = from + 1;
  let cell = '';
  for (;;) {
    const quote = text.indexOf('"', at);
    if (quote === -1) return { cell: cell + text.slice(at), next: text.length + 1 };
    cell += text.slice(at, quote);
    if (text[quote + 1] !== '"') {
      const rest = plainCell(text, quote + 1, delimiter);
      return { cell: cell + rest.cell, next: rest.next };
    }
    cell += '"';
    at = quote + 2;
  }
}
