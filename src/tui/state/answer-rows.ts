import stringWidth from 'string-width';
import { printable } from '../../engine/domain/printable.ts';
import type { Explanation } from '../../engine/explain/explanation.ts';
import { wrap } from '../../engine/explain/render/columns.ts';
import type { Paint } from '../../engine/explain/render/paint.ts';
import { renderText } from '../../engine/explain/render/text.ts';
import type { Explaining } from './explaining.ts';
import { memoLast } from './memo.ts';
import { smallestSize } from './model.ts';

/**
 * Marks in a row of an answer: all up to `markEnd` has the meaning of the mark. Texts of an answer are free of control
 * characters (`printable`), so none of these can come from telemetry.
 */
export const marks = { dim: '\u0001', error: '\u0002', warning: '\u0003', good: '\u0004', accent: '\u0005' } as const;
export const markEnd = '\u0006';

const marked =
  (mark: keyof typeof marks) =>
  (text: string): string =>
    `${marks[mark]}${text}${markEnd}`;

const paint: Paint = {
  dim: marked('dim'),
  error: marked('error'),
  warning: marked('warning'),
  good: marked('good'),
  accent: marked('accent'),
};

/** Cells of an answer, which has a blank column on both sides where that leaves `obs explain` the cells that it needs. */
const cellsOf = (columns: number): number => Math.max(smallestSize.columns, columns - 2);
export const hasMargin = (columns: number): boolean => columns > cellsOf(columns);

/** An answer as rows of text with marks, each within `columns`: what scrolls. While there is none, how it goes. */
export function answerRows(
  { outcome, startedMs }: Pick<Explaining, 'outcome' | 'startedMs'>,
  nowMs: number,
  columns: number,
): readonly string[] {
  const cells = cellsOf(columns);
  switch (outcome.state) {
    case 'told':
      return toldRows(outcome.explanation, cells);
    case 'working': {
      const seconds = Math.max(0, Math.floor((nowMs - startedMs) / 1000));
      return ['', `Looking at traces and their history … ${seconds} s`, paint.dim('Esc stops it')];
    }
    case 'failed':
      return failedRows(outcome, cells);
  }
}

const toldRows = memoLast((explanation: Explanation, cells: number): readonly string[] =>
  renderText(explanation, { width: cells, paint })
    .trimEnd()
    .split('\n')
    .flatMap((row) => withinCells(row, cells)),
);

function failedRows(
  { what, why, next }: Extract<Explaining['outcome'], { readonly state: 'failed' }>,
  cells: number,
): readonly string[] {
  const said = (label: string, text: string): readonly string[] => {
    if (text === '') return [];
    const [first = '', ...rest] = wrap(printable(text), cells - label.length);
    return [`${paint.dim(label)}${first}`, ...rest.map((row) => ' '.repeat(label.length) + row)];
  };
  return ['', ...wrap(printable(what), cells).map(paint.error), ...said('Why:  ', why), ...said('Next: ', next)];
}

// oxlint-disable-next-line no-control-regex -- the marks are control characters
const anyMark = /[\u0001-\u0006]/g;

/** The text of a row without its marks. */
export const bare = (row: string): string => row.replaceAll(anyMark, '');

/** A shell reads a command on after it. */
const goesOn = ' \\';

/** Commands are the only rows that may be longer than the page: they go on below, and can be typed as they stand there. */
function withinCells(row: string, cells: number): readonly string[] {
  const text = bare(row);
  if (stringWidth(text) <= cells) return [row];
  const indent = /^ */.exec(text)?.[0] ?? '';
  const room = cells - indent.length - goesOn.length - 2;
  const lines: string[] = [];
  for (const word of text.match(shellWord) ?? []) {
    const longer = `${lines.at(-1)} ${word}`;
    if (lines.length > 0 && stringWidth(longer) <= room) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines.flatMap((line, at) => {
    const pieces = wrap(line, room).map((piece, of) => `${indent}${at + of === 0 ? '' : '  '}${piece}`);
    return at === lines.length - 1 ? pieces : [...pieces.slice(0, -1), `${pieces.at(-1)}${goesOn}`];
  });
}

/** What a shell takes for one word, for blanks between quotes belong to it; a flag with its value. */
const shellWord = /(?:-[\w-]+ (?![-|]))?(?:'[^']*'|"[^"]*"|\S)+/g;
