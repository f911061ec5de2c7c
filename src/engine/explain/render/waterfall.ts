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
  if (trace === null) return [];
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

/** A cell is the span's own when it was so for half of the cell, running when it ran there at all. */
function barOf(
  spans: readonly ExplainedSpan[],
  ownOf: ReadonlyMap<string, readonly { readonly startMs: number; readonly selfMs: number }[]>,
  scale: Scale,
): string {
  const own = Array.from({ length: scale.cells }, () => 0);
  const running = Array.from({ length: scale.cells }, () => false);
  for (const { spanId, startMs, durationMs } of spans) {
    eachCell(scale, startMs, durationMs, (cell) => {
      running[cell] = true;
    });
    for (const { startMs, selfMs } of ownOf.get(spanId) ?? []) {
      eachCell(scale, startMs, selfMs, (cell, share) => {
        own[cell] = own[cell]! + share;
      });
    }
  }
  return running.map((isRunning, cell) => (own[cell]! >= 0.5 ? marks.own : isRunning ? marks.running : ' ')).join('');
}

/** The cells that a stretch touches, at least one, with the share of each that it covers. */
function eachCell(
  { from, ms, cells }: Scale,
  startMs: number,
  durationMs: number,
  visit: (cell: number, share: number) => void,
): void {
  const start = ((startMs - from) / ms) * cells;
  const end = start + (durationMs / ms) * cells;
  if (start >= cells || end < 0) return;
  const first = Math.max(0, Math.floor(start));
  const last = Math.min(cells - 1, Math.max(first, Math.ceil(end) - 1));
  for (let cell = first; cell <= last; cell++) visit(cell, Math.min(end, cell + 1) - Math.max(start, cell));
}

function axis({ ms, cells }: Scale): string {
  const end = durationText(ms);
  return `0${padStart(end, cells - 1)}`;
}
