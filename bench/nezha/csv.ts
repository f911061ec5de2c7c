import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

/** The rows of a gzipped CSV file (RFC 4180: quoted fields, doubled quotes, line breaks in quotes), by column name. */
export function readCsv(file: string): readonly Readonly<Record<string, string>>[] {
  const [header = [], ...rows] = parseCsv(gunzipSync(readFileSync(file)).toString('utf8'));
  return rows.map((row) => Object.fromEntries(header.map((name, at) => [name, row[at] ?? ''])));
}

export function parseCsv(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let at = 0;
  while (at < text.length) {
    let field: string;
    if (text[at] === '"') {
      let end = at + 1;
      while (end < text.length && (text[end] !== '"' || text[end + 1] === '"')) end += text[end] === '"' ? 2 : 1;
      field = text.slice(at + 1, end).replaceAll('""', '"');
      at = end + 1;
    } else {
      let end = at;
      while (end < text.length && text[end] !== ',' && text[end] !== '\n' && text[end] !== '\r') end++;
      field = text.slice(at, end);
      at = end;
    }
    row.push(field);
    const separator = text[at];
    if (separator === ',') {
      at++;
      continue;
    }
    if (separator === '\r') at++;
    at++;
    rows.push(row);
    row = [];
  }
  return rows;
}
