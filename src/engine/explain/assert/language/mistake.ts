import stringWidth from 'string-width';
import { BadInput } from '../../../domain/errors.ts';
import { printable } from '../../../domain/printable.ts';
import type { Place } from './expression.ts';

/** Thrown within the reader of assertions, which turns it into `BadInput`: never seen outside of it. */
export class Mistake extends Error {
  readonly place: Place;
  readonly hint: string;

  constructor(place: Place, problem: string, hint = 'See docs/assert.md; for example "p95(POST /checkout) < 300ms"') {
    super(problem);
    this.place = place;
    this.hint = hint;
  }
}

export const badInputOf = (source: string, { place, message, hint }: Mistake): BadInput =>
  new BadInput({
    what: 'Cannot read this assertion',
    why: `${message}\n${pointAt(source, place)
      .map((line) => `    ${line}`)
      .join('\n')}`,
    hint,
  });

const shownCells = 70;

/** The source around a place, on one line that is safe on a terminal, and `^` under the place. */
export function pointAt(source: string, { from, to }: Place): readonly [line: string, marks: string] {
  const lead = 40;
  const start = source.length > shownCells && from > lead ? from - lead : 0;
  const end = Math.min(source.length, start + shownCells);
  const before = `${start > 0 ? '…' : ''}${printable(source.slice(start, from))}`;
  const marked = Math.max(1, stringWidth(printable(source.slice(from, Math.min(to, end)))));
  const line = `${before}${printable(source.slice(from, end))}${end < source.length ? '…' : ''}`;
  return [line, `${' '.repeat(stringWidth(before))}${'^'.repeat(marked)}`];
}
