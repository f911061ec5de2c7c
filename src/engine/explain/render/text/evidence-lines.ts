import { printable } from '../../../domain/printable.ts';
import type { Evidence } from '../../evidence/evidence.ts';
import { countText } from '../../format.ts';
import { wrap } from '../columns.ts';
import { evidenceTable } from '../evidence-table.ts';
import type { Page } from './lines.ts';

const shownRows = 3;
const mostIds = 4;

/**
 * The title with its id, and the first rows as a small table; all of them, and the statement, give `obs evidence ID`.
 * @param shown tables that stand above, with the id of each: none is drawn twice
 */
export function evidenceLines(
  { id, title, rows }: Evidence,
  { cells, paint }: Page,
  shown = new Map<string, string>(),
): readonly string[] {
  const rest = rows.length - shownRows;
  const table = evidenceTable(rows.slice(0, shownRows), cells - 5);
  const key = [...table, rest].join('\n');
  const before = shown.get(key);
  if (before !== undefined) return wrap(`${printable(title)} [${id}]: as in [${before}]`, cells, '   ');
  shown.set(key, id);
  return [
    ...wrap(`${printable(title)} [${id}]:`, cells, '   '),
    ...table.map((line) => paint.dim(`     ${line}`)),
    ...(rest > 0 ? [paint.dim(`     … and ${countText(rest, 'more row')}`)] : []),
  ];
}

/** Only where to look: for claims that say their numbers themselves. */
export function evidenceIds(evidence: readonly Evidence[], { cells, paint }: Page): readonly string[] {
  const ids = [...new Set(evidence.map(({ id }) => id))];
  if (ids.length === 0) return [];
  const rest = ids.length > mostIds ? ` and ${ids.length - mostIds} more` : '';
  return wrap(`evidence ${ids.slice(0, mostIds).join(' ')}${rest}`, cells, '  ').map(paint.dim);
}
