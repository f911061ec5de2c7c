import { Effect } from 'effect';
import { BadInput } from '../../domain/errors.ts';
import { cellsOf, delimiters, type Delimiter } from '../input/cells.ts';
import { InputUnreadable } from '../input/errors.ts';
import type { BadRow } from '../input/row-reader.ts';
import { asBadInput } from './as-bad-input.ts';
import type { NamedGraph } from './cause-input.ts';
import { linesOf } from './lines.ts';

export interface ReadGraph extends NamedGraph {
  readonly badRows: readonly BadRow[];
}

interface Row {
  readonly line: number;
  readonly cells: readonly string[];
}

/** A first row of such words is no call. */
const headerWord = /^(caller|callee|from|to|source|target|src|dst|parent|child|client|server)$/i;

/**
 * Reads who calls whom from CSV: either one call a row (`caller,callee`, further cells are ignored), or a matrix whose
 * first row and column name the entities and whose other cells are 0 where the row's entity does not call the column's.
 */
export const readGraph = Effect.fnUntraced(function* (path: string): Effect.fn.Return<ReadGraph, BadInput> {
  const rows = yield* Effect.tryPromise({
    try: () => rowsOf(path),
    catch: (error) =>
      asBadInput(
        error instanceof InputUnreadable ? error : new InputUnreadable({ source: path, reason: String(error) }),
      ),
  });
  const [first, second] = rows;
  if (first === undefined) {
    return yield* new BadInput({ what: `There is nothing in ${path}`, why: 'it has no rows', hint: 'caller,callee' });
  }
  const isMatrix = second !== undefined && second.cells.length > 1 && isNumber(second.cells[1]);
  const graph = isMatrix ? matrix(first, rows.slice(1)) : calls(rows);
  if (graph.calls.length > 0) return graph;
  return yield* new BadInput({
    what: `There are no calls in ${path}`,
    why:
      graph.badRows[0] === undefined
        ? 'nothing calls anything'
        : `line ${graph.badRows[0].line}: ${graph.badRows[0].reason}`,
    hint: 'One call a row, `caller,callee`, or a matrix of 0 and 1 with names in its first row and column',
  });
});

async function rowsOf(path: string): Promise<Row[]> {
  const lines: { line: number; text: string }[] = [];
  let line = 0;
  for await (const text of linesOf(path)) {
    line++;
    if (text.trim() !== '' && !text.startsWith('#')) lines.push({ line, text });
  }
  const delimiter = delimiters.find((each) => lines[0]?.text.includes(each)) ?? (',' satisfies Delimiter);
  return lines.map(({ line: at, text }) => ({ line: at, cells: cellsOf(text, delimiter).map((cell) => cell.trim()) }));
}

const isNumber = (cell: string | undefined): boolean =>
  cell !== undefined && cell !== '' && Number.isFinite(Number(cell));

function calls(rows: readonly Row[]): ReadGraph {
  const badRows: BadRow[] = [];
  const found: (readonly [string, string])[] = [];
  for (const [index, { line, cells }] of rows.entries()) {
    const [caller = '', callee = ''] = cells;
    if (index === 0 && headerWord.test(caller) && headerWord.test(callee)) continue;
    if (caller === '' || callee === '') badRows.push({ line, reason: 'no caller and callee' });
    else found.push([caller, callee]);
  }
  return { names: [...new Set(found.flat())], calls: found, badRows };
}

function matrix({ cells: head }: Row, rows: readonly Row[]): ReadGraph {
  const badRows: BadRow[] = [];
  const found: (readonly [string, string])[] = [];
  const names = new Set(head.slice(1));
  for (const { line, cells } of rows) {
    const [caller = ''] = cells;
    const wrong = cells.findIndex((cell, column) => column > 0 && !isNumber(cell));
    if (caller === '' || cells.length !== head.length || wrong > 0) {
      const reason =
        wrong > 0
          ? `${head[wrong]}: ${JSON.stringify(cells[wrong])} is no number`
          : `${cells.length} cells, expected ${head.length}`;
      badRows.push({ line, reason: caller === '' ? 'no name' : reason });
      continue;
    }
    names.add(caller);
    for (let column = 1; column < cells.length; column++) {
      if (Number(cells[column]) !== 0) found.push([caller, head[column]!]);
    }
  }
  return { names: [...names], calls: found, badRows };
}
