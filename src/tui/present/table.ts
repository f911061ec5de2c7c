import { fit, fitLine, printable, segment, widthOf, type Align, type Line, type Segment } from './text.ts';
import type { Tone } from '../theme.ts';

/** A column: how wide it may be, and how a row's cell reads. Widths do not depend on rows, so nothing jumps. */
export interface Column<T> {
  readonly id: string;
  readonly title: string;
  readonly align?: Align;
  /** Below this width it is left out. */
  readonly min: number;
  /** It grows up to this when there is room; `min` when not given. */
  readonly max?: number;
  /** What it grows for: no wider than the longest of these among the rows. Without it, it takes what there is. */
  readonly measure?: (row: T) => string;
  cell(row: T, width: number): Segment | Line;
}

export interface PlacedColumn<T> {
  readonly column: Column<T>;
  readonly width: number;
}

/** Selection and grade, before the first column. */
export const markWidth = 3;

/**
 * Puts columns into `width`: the first ones are the most important, the others come while there is room.
 * @param rows of the whole list, so that scrolling does not move columns
 */
export function placeColumns<T>(
  columns: readonly Column<T>[],
  width: number,
  rows: readonly { readonly data: T }[] = [],
): readonly PlacedColumn<T>[] {
  const gap = gapFor(width);
  let room = width - markWidth;
  const chosen: Column<T>[] = [];
  for (const column of columns) {
    const needed = column.min + (chosen.length > 0 ? gap : 0);
    if (needed > room) continue;
    chosen.push(column);
    room -= needed;
  }
  const widths = chosen.map((c) => c.min);
  const wanted = chosen.map((c) => wantedWidth(c, rows));
  while (room > 0) {
    const growing = chosen.flatMap((c, i) => ((wanted[i] ?? c.min) > (widths[i] ?? 0) ? [i] : []));
    if (growing.length === 0) break;
    const share = Math.max(1, Math.floor(room / growing.length));
    for (const i of growing) {
      const more = Math.min(share, room, (wanted[i] ?? 0) - (widths[i] ?? 0));
      widths[i] = (widths[i] ?? 0) + more;
      room -= more;
    }
  }
  return chosen.map((column, i) => ({ column, width: widths[i] ?? column.min }));
}

const measured = new WeakMap<object, Map<string, number>>();

function wantedWidth<T>({ id, min, max = min, measure }: Column<T>, rows: readonly { readonly data: T }[]): number {
  if (measure === undefined || max === min) return max;
  const known = measured.get(rows) ?? new Map<string, number>();
  measured.set(rows, known);
  const longest =
    known.get(id) ?? rows.reduce((most, row) => Math.max(most, widthOf(printable(measure(row.data)))), min);
  known.set(id, longest);
  return Math.min(max, longest);
}

function gapFor(width: number): number {
  return width >= 100 ? 2 : 1;
}

export function headingLine<T>(columns: readonly PlacedColumn<T>[], width: number): Line {
  const gap = ' '.repeat(gapFor(width));
  const titles = columns.map(({ column, width: w }) => fit(column.title, w, column.align ?? 'left'));
  return fitLine([segment(' '.repeat(markWidth) + titles.join(gap), 'muted')], width);
}

/**
 * @param mark one character before the first column, in a tone of its own
 * @param pointer of the selected row; `›` where it is selected and the keys go to another pane
 */
export function rowLine<T>(
  columns: readonly PlacedColumn<T>[],
  row: T,
  width: number,
  isSelected: boolean,
  mark: Segment,
  pointer = '▸',
): Line {
  const gap = ' '.repeat(gapFor(width));
  const line: Segment[] = [segment(isSelected ? pointer : ' ', 'accent'), mark, segment(' ')];
  for (const [i, { column, width: w }] of columns.entries()) {
    if (i > 0) line.push(segment(gap));
    line.push(...alignCell(column.cell(row, w), w, column.align ?? 'left'));
  }
  return fitLine(joinTones(line), width);
}

function alignCell(cell: Segment | Line, width: number, align: Align): Line {
  if (isSegment(cell)) return [{ text: fit(cell.text, width, align), tone: cell.tone }];
  return fitLine(
    cell.map((s) => ({ text: printable(s.text), tone: s.tone })),
    width,
  );
}

function isSegment(cell: Segment | Line): cell is Segment {
  return !Array.isArray(cell);
}

/** Neighbours of one tone become one segment: fewer elements to draw. */
export function joinTones(line: Line): Line {
  const joined: Segment[] = [];
  for (const part of line) {
    const last = joined.at(-1);
    if (last !== undefined && last.tone === part.tone)
      joined[joined.length - 1] = { text: last.text + part.text, tone: part.tone };
    else if (part.text !== '') joined.push(part);
  }
  return joined;
}

/** The columns of a table by name, in the order in which a role wants them. */
export function chooseColumns<T>(
  all: Readonly<Record<string, Column<T>>>,
  ids: readonly string[],
): readonly Column<T>[] {
  return ids.flatMap((id) => all[id] ?? []);
}

export function column<T>(
  id: string,
  title: string,
  min: number,
  cell: (row: T, width: number) => Segment | Line,
  more: Pick<Column<T>, 'align' | 'max' | 'measure'> = {},
): Column<T> {
  return { id, title, min, cell, ...more };
}

/** A cell in one tone. */
export function cell(text: string, tone: Tone = 'normal'): Segment {
  return segment(text, tone);
}
