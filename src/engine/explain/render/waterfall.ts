import { printable } from '../../domain/printable.ts';
import type { ExplainedSpan, Explanation } from '../explanation.ts';
import { countText, durationText } from '../format.ts';
import { cut, padEnd, padStart } from './columns.ts';
import { foldRows, pathMs, type WaterfallRow } from './fold.ts';
import type { Paint } from './paint.ts';

export interface WaterfallOptions {
  readonly width: number;
  readonly mostRows: number;
  readonly paint: Paint;
}

const timeWidth = 8;
const marks = { path: '▌', failed: '✗', own: '█', running: '─' } as const;

/**
 * The trace as lines: `▌` marks the critical path, `█` where a span itself held it up, `─` where it merely ran.
 * Columns: service and operation, duration, own time on the path, and the bar.
 */
export function waterfall({ spans, path, trace }: Explanation, { width, mostRows, paint }: WaterfallOptions): string[] {
  const barWidth = Math.max(12, Math.floor(width * 0.32));
  const labelWidth = Math.max(16, width - barWidth - 2 * timeWidth - 3);
  const rootStart = spans[0]?.startMs ?? 0;
  const scale = { from: rootStart, ms: Math.max(trace.durationMs, 1e-6), cells: barWidth };
  const ownOf = Map.groupBy(path, ({ spanId }) => spanId);
  const header = `${padEnd(`${marks.path} critical path`, labelWidth)} ${padStart('total', timeWidth)} ${padStart('own', timeWidth)} ${axis(scale)}`;
  const rows = foldRows(spans, mostRows).map((row) => {
    const label = padEnd(labelOf(row, labelWidth), labelWidth);
    const total = padStart(totalOf(row), timeWidth);
    const own = padStart(row.onPath ? durationText(pathMs(row)) : '', timeWidth);
    const bar = barOf(row.spans, ownOf, scale).trimEnd();
    const tone = row.failed ? paint.error : row.onPath ? paint.accent : paint.dim;
    return `${tone(label)} ${total} ${own} ${tone(bar)}`.trimEnd();
  });
  return [paint.dim(header), ...rows];
}

function labelOf(row: WaterfallRow, width: number): string {
  const mark = `${row.onPath ? marks.path : ' '}${row.failed ? marks.failed : ' '}`;
  // Deep traces must leave room for names.
  const indent = ' '.repeat(Math.min(row.depth, Math.floor(width / 3)));
  if (row.kind === 'summary')
    return `${mark}${indent}… ${countText(row.spans.length, 'span')}${row.onPath ? '' : ' off the path'}`;
  const [span] = row.spans as [ExplainedSpan];
  const service = span.service === row.parentService ? '' : `${printable(span.service)} `;
  const count = row.spans.length > 1 ? ` ×${row.spans.length}` : '';
  const name = `${service}${printable(span.operation)}${span.unfinished ? ' (no end)' : ''}`;
  return `${mark}${indent}${cut(name, width - mark.length - indent.length - count.length)}${count}`;
}

/** Of many spans the time that they take in all. */
const totalOf = ({ spans }: WaterfallRow): string =>
  durationText(spans.reduce((sum, { durationMs }) => sum + durationMs, 0));

interface Scale {
  readonly from: number;
  readonly ms: number;
  readonly cells: number;
}

function barOf(
  spans: readonly ExplainedSpan[],
  ownOf: ReadonlyMap<string, readonly { readonly startMs: number; readonly selfMs: number }[]>,
  scale: Scale,
): string {
  const cells = Array.from({ length: scale.cells }, () => ' ');
  for (const { startMs, durationMs } of spans) fill(cells, scale, startMs, durationMs, marks.running);
  for (const { spanId } of spans) {
    for (const own of ownOf.get(spanId) ?? []) {
      // A stretch shorter than half a cell would claim too much of the bar, unless it is all that there is.
      if ((own.selfMs / scale.ms) * scale.cells >= 0.5) fill(cells, scale, own.startMs, own.selfMs, marks.own);
    }
  }
  return cells.join('');
}

/** At least one cell, none beyond the scale. */
function fill(
  cells: string[],
  { from, ms, cells: count }: Scale,
  startMs: number,
  durationMs: number,
  mark: string,
): void {
  const first = Math.floor(((startMs - from) / ms) * count);
  const last = Math.ceil(((startMs - from + durationMs) / ms) * count);
  if (first >= count || last < 0) return;
  const start = Math.max(0, first);
  cells.fill(mark, start, Math.min(count, Math.max(start + 1, last)));
}

function axis({ ms, cells }: Scale): string {
  const end = durationText(ms);
  return `0${padStart(end, cells - 1)}`;
}
