import stringWidth from 'string-width';
import { printable as safeLine } from '../../engine/domain/printable.ts';
import type { Tone } from '../theme.ts';

/** A run of text with one meaning. A line is a row of them and is exactly as wide as its widths add up to. */
export interface Segment {
  readonly text: string;
  readonly tone: Tone;
}
export type Line = readonly Segment[];

export function segment(text: string, tone: Tone = 'normal'): Segment {
  return { text, tone };
}

/** Characters of one column each, no marks among them: Latin, Greek, lines, blocks, and the signs of this program. */
export const narrow =
  /^[\x20-\x7e\u00a1-\u00ac\u00ae-\u02af\u0391-\u03a1\u03a3-\u03ff\u2013\u2016\u2026\u2500-\u25c9\u2717]*$/;
const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** Columns that a text takes in a terminal. */
export function widthOf(text: string): number {
  return narrow.test(text) ? text.length : stringWidth(text);
}

/** One safe line of untrusted text: see the domain's `printable`; what is plain costs nothing. */
export function printable(text: string): string {
  return narrow.test(text) ? text : safeLine(text.replaceAll('\t', ' '));
}

/** Cuts a text to at most `width` columns, the last one `…` when something was lost. Never splits a character. */
export function cut(text: string, width: number): string {
  if (width <= 0) return '';
  if (narrow.test(text)) return text.length <= width ? text : `${text.slice(0, width - 1)}…`;
  // A text may be megabytes long: more characters than this cannot be shown in any case.
  const head = text.length > width * 16 + 64 ? text.slice(0, width * 16 + 64) : text;
  if (head === text && stringWidth(text) <= width) return text;
  let kept = '';
  let used = 0;
  for (const { segment: part } of graphemes.segment(head)) {
    const size = stringWidth(part);
    if (used + size > width - 1) break;
    kept += part;
    used += size;
  }
  return `${kept}…`;
}

/** Cuts from the start, `…tail`: for what is told apart by its end (long operation names, paths). */
export function cutStart(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  if (width <= 0) return '';
  const parts = Array.from(graphemes.segment(text), (s) => s.segment);
  let kept = '';
  let used = 0;
  for (let i = parts.length - 1; i >= 0; i--) {
    const size = stringWidth(parts[i] ?? '');
    if (used + size > width - 1) break;
    kept = (parts[i] ?? '') + kept;
    used += size;
  }
  return `…${kept}`;
}

export type Align = 'left' | 'right';

/** Cut and padded to exactly `width` columns. */
export function fit(text: string, width: number, align: Align = 'left'): string {
  const short = cut(printable(text), width);
  const space = ' '.repeat(Math.max(0, width - widthOf(short)));
  return align === 'left' ? short + space : space + short;
}

export function lineWidth(line: Line): number {
  return line.reduce((sum, s) => sum + widthOf(s.text), 0);
}

/** A line cut and padded to exactly `width` columns; the padding has no tone of its own. */
export function fitLine(line: Line, width: number): Line {
  const fitted: Segment[] = [];
  let left = width;
  for (const part of line) {
    const size = widthOf(part.text);
    if (size <= left) {
      fitted.push(part);
      left -= size;
      continue;
    }
    if (left > 0) {
      const text = cut(part.text, left);
      fitted.push({ text, tone: part.tone });
      left -= widthOf(text);
    }
    break;
  }
  if (left > 0) fitted.push(segment(' '.repeat(left)));
  return fitted;
}

/** `left` and `right` at the two ends of `width` columns; `left` gives way. */
export function spread(left: Line, right: Line, width: number): Line {
  const rightWidth = Math.min(lineWidth(right), width);
  return [...fitLine(left, width - rightWidth), ...fitLine(right, rightWidth)];
}

/** Breaks a text into lines of at most `width` columns, at spaces where there are any, at most `limit` lines. */
export function wrap(text: string, width: number, limit: number): string[] {
  const lines: string[] = [];
  for (const paragraph of text.slice(0, width * limit * 4).split('\n')) {
    let rest = printable(paragraph);
    while (widthOf(rest) > width && lines.length < limit) {
      const head = cut(rest, width + 1).slice(0, -1);
      const space = head.lastIndexOf(' ');
      const at = space > width / 2 ? space : head.length;
      if (at === 0) break;
      lines.push(rest.slice(0, at));
      rest = rest.slice(at).trimStart();
    }
    if (lines.length >= limit) break;
    lines.push(rest);
  }
  return lines;
}

/** The text with each occurrence of `needle` (any case) marked. */
export function highlight(text: string, needle: string, tone: Tone): Line {
  if (needle === '') return [segment(text, tone)];
  const line: Segment[] = [];
  const lower = text.toLowerCase();
  // Where lower-casing changes the length ("İ"), positions would not agree.
  if (lower.length !== text.length) return [segment(text, tone)];
  const wanted = needle.toLowerCase();
  let from = 0;
  for (let at = lower.indexOf(wanted); at !== -1; at = lower.indexOf(wanted, from)) {
    if (at > from) line.push(segment(text.slice(from, at), tone));
    line.push(segment(text.slice(at, at + wanted.length), 'match'));
    from = at + wanted.length;
  }
  if (from < text.length) line.push(segment(text.slice(from), tone));
  return line;
}

/** Blocks of lines side by side, each `each` columns wide; short ones are filled up. */
export function joinColumns(blocks: readonly (readonly Line[])[], each: number, width: number): readonly Line[] {
  const height = Math.max(0, ...blocks.map((b) => b.length));
  return Array.from({ length: height }, (_, i) =>
    fitLine(
      blocks.flatMap((block) => fitLine(block[i] ?? [], each)),
      width,
    ),
  );
}
