import { printable } from '../../../domain/printable.ts';
import type { Evidence } from '../../evidence/evidence.ts';
import { countText } from '../../format.ts';
import { wrap } from '../columns.ts';
import { evidenceTable } from '../evidence-table.ts';
import type { Page } from './lines.ts';

/** Of more, one goes for the line that says how many are left out. */
const mostRows = 5;
const mostIds = 4;

/**
 * The title with its id, and some rows as a small table: the first ones, and of a course of time the last ones too, where
 * it shows what changed. All of them, and the statement, give `obs evidence ID`.
 * @param shown tables that stand above, with the id of each: none is drawn twice
 */
export function evidenceLines(
  { id, title, rows }: Evidence,
  { cells, paint }: Page,
  shown = new Map<string, string>(),
): readonly string[] {
  const isWhole = rows.length <= mostRows;
  const last = isWhole || rows[0]?.['time'] === undefined ? 0 : 2;
  const first = isWhole ? rows.length : mostRows - 1 - last;
  const rest = rows.length - first - last;
  const table = evidenceTable([...rows.slice(0, first), ...rows.slice(rows.length - last)], cells - 5);
  const more = rest > 0 ? [`… ${last === 0 ? 'and ' : ''}${countText(rest, 'more row')}`] : [];
  // The header is a line too.
  const lines = [...table.slice(0, first + 1), ...more, ...table.slice(first + 1)];
  const key = lines.join('\n');
  const before = shown.get(key);
  if (before === id) return wrap(`${printable(title)}: [${id}] above`, cells, '   ');
  if (before !== undefined) return wrap(`${printable(title)} [${id}]: as in [${before}]`, cells, '   ');
  shown.set(key, id);
  return [...wrap(`${printable(title)} [${id}]:`, cells, '   '), ...lines.map((line) => paint.dim(`     ${line}`))];
}

/** Only where to look: for claims that say their numbers themselves. */
export function evidenceIds(evidence: readonly Evidence[], { cells, paint }: Page): readonly string[] {
  const ids = [...new Set(evidence.map(({ id }) => id))];
  if (ids.length === 0) return [];
  const rest = ids.length > mostIds ? ` and ${ids.length - mostIds} more` : '';
  return wrap(`evidence ${ids.slice(0, mostIds).join(' ')}${rest}`, cells, '  ').map(paint.dim);
}
