import { cellsOf, type Delimiter } from './cells.ts';

/** How rows are written. */
export type Format = { readonly kind: 'csv'; readonly delimiter: Delimiter } | { readonly kind: 'ndjson' };

/** A row's cells by name (NDJSON) or by place (CSV); the fault when it is no row. */
export type RowCells =
  | { readonly kind: 'places'; readonly cells: readonly string[] }
  | { readonly kind: 'names'; readonly cells: ReadonlyMap<string, string> }
  | { readonly kind: 'fault'; readonly reason: string };

export function rowCells(text: string, format: Format): RowCells {
  return format.kind === 'csv' ? { kind: 'places', cells: cellsOf(text, format.delimiter) } : objectCells(text);
}

/** The fields of one JSON object as text; nested ones under dotted names, arrays left out. */
function objectCells(text: string): RowCells {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    return { kind: 'fault', reason: `not JSON: ${error instanceof Error ? error.message : String(error)}` };
  }
  if (!isObject(parsed)) return { kind: 'fault', reason: 'not a JSON object' };
  const cells = new Map<string, string>();
  addFields(cells, parsed, '', 0);
  return { kind: 'names', cells };
}

const deepest = 4;

function addFields(cells: Map<string, string>, fields: object, prefix: string, depth: number): void {
  for (const [name, value] of Object.entries(fields) as [string, unknown][]) {
    if (typeof value === 'number' || typeof value === 'string') cells.set(prefix + name, String(value));
    else if (typeof value === 'boolean') cells.set(prefix + name, value ? '1' : '0');
    else if (value === null) cells.set(prefix + name, '');
    else if (isObject(value) && depth < deepest) addFields(cells, value, `${prefix}${name}.`, depth + 1);
  }
}

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
