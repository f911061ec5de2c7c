import type { TimeColumn } from './layout.ts';
import { isMissing } from './numbers.ts';
import { timeOf, unitOf, type TimeForm } from './times.ts';

const timeNames = /^(@?time(stamp)?|_time|ts?|date|date_?time|time_?unix(_?nano)?|unix(_?(ms|time))?|epoch|when|at)$/i;

/** Whether a column of this name says when a row was measured, whatever it holds. */
export const isTimeName = (name: string): boolean => timeNames.test(name);

/**
 * The column that holds the time: written as text, or as a count since 1970. A column of counts must be called like a
 * time, or be the first one and never go back: other measurements reach such sizes too.
 */
export function findTimeColumn(
  names: readonly string[],
  columns: readonly (readonly string[])[],
): TimeColumn | undefined {
  const found = names.flatMap((name, place) => {
    const form = formOf(columns[place]!);
    if (form === undefined) return [];
    const named = isTimeName(name);
    if (form !== 'text' && !named && !(place === 0 && neverFalls(columns[place]!))) return [];
    return [{ name, place, form, rank: (named ? 0 : 2) + (form === 'text' ? 0 : 1) }];
  });
  const best = found.sort((a, b) => a.rank - b.rank || a.place - b.place)[0];
  return best === undefined ? undefined : { name: best.name, place: best.place, form: best.form };
}

/** The form in which at least nine tenths of the cells are times. */
function formOf(cells: readonly string[]): TimeForm | undefined {
  const said = cells.filter((cell) => !isMissing(cell));
  const counts = new Map<TimeForm, number>();
  for (const cell of said) {
    const form = timeOf(cell, 'text') === undefined ? unitOf(Number(cell)) : 'text';
    if (form !== undefined) counts.set(form, (counts.get(form) ?? 0) + 1);
  }
  const best = [...counts].sort((a, b) => b[1] - a[1])[0];
  return best !== undefined && best[1] >= 0.9 * said.length ? best[0] : undefined;
}

const neverFalls = (cells: readonly string[]): boolean =>
  cells.every((cell, index) => index === 0 || !(Number(cell) < Number(cells[index - 1])));
