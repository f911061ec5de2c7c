import { isError } from '../../engine/explain/span.ts';
import { durationOf, type TreeSpan } from '../../engine/explain/tree-span.ts';
import type { TraceDetail } from '../state/data.ts';
import { memoLast } from '../state/memo.ts';
import type { Tone } from '../theme.ts';
import { errorMark, noMark } from './grades.ts';
import { duration } from './numbers.ts';
import { joinTones } from './table.ts';
import { fit, fitLine, highlight, printable, segment, spread, widthOf, type Line, type Segment } from './text.ts';

/** What of a span lies on the critical path: its own stretches, as fractions of the whole time. */
interface PathOf {
  readonly stretches: ReadonlyMap<TreeSpan, readonly (readonly [from: number, to: number])[]>;
  /** Spans with a stretch, and all above them. */
  readonly on: ReadonlySet<TreeSpan>;
  readonly fromNs: number;
  readonly toNs: number;
  /** Columns that the longest name with its indentation takes. */
  readonly nameWidth: number;
}

/** Where the path runs, worked out once for a trace. */
export const pathOf = memoLast((detail: TraceDetail): PathOf => {
  const stretches = new Map<TreeSpan, (readonly [number, number])[]>();
  const on = new Set<TreeSpan>();
  for (const { span, fromNs, toNs } of detail.path?.segments ?? []) {
    stretches.set(span, [...(stretches.get(span) ?? []), [fromNs, toNs]]);
    for (let up: TreeSpan | null = span; up !== null && !on.has(up); up = up.parent) on.add(up);
  }
  let fromNs = Infinity;
  let toNs = -Infinity;
  let nameWidth = 0;
  for (const span of detail.tree?.spans ?? []) {
    nameWidth = Math.max(nameWidth, span.depth * 2 + widthOf(span.service) + 1 + widthOf(span.operation));
    fromNs = Math.min(fromNs, span.startNs);
    toNs = Math.max(toNs, span.endNs);
  }
  return { stretches, on, fromNs, toNs: Math.max(toNs, fromNs + 1), nameWidth };
});

/** How the columns of a waterfall are shared out. */
export interface WaterfallWidths {
  readonly name: number;
  readonly took: number;
  readonly bar: number;
}

export function waterfallWidths(width: number, nameWidth: number): WaterfallWidths {
  const took = 7;
  const name = Math.max(20, Math.min(nameWidth, 72, Math.floor(width * 0.45)));
  return { name, took, bar: Math.max(6, width - name - took - 5) };
}

const heavy = '█';
const light = '─';

/** One line of the waterfall: mark, tree, service and operation, duration, bar. `█` is the critical path. */
export function waterfallLine(
  detail: TraceDetail,
  span: TreeSpan,
  width: number,
  isSelected: boolean,
  search: string,
): Line {
  const path = pathOf(detail);
  const widths = waterfallWidths(width, path.nameWidth);
  const isOn = path.on.has(span);
  const mark = isError(span) ? errorMark : noMark;
  const line: Segment[] = [
    segment(isSelected ? '▸' : ' ', 'accent'),
    mark,
    segment(' '),
    ...fitLine(nameOf(span, isOn, search, widths.name), widths.name),
    segment(' '),
    segment(
      fit(span.synthetic ? '' : duration(durationOf(span)), widths.took, 'right'),
      isError(span) ? 'bad' : 'normal',
    ),
    segment(span.unfinished ? '?' : ' ', 'warn'),
    ...bar(path, span, widths.bar),
  ];
  return fitLine(joinTones(line), width);
}

function nameOf(span: TreeSpan, isOn: boolean, search: string, width: number): Line {
  const indent = treeIndent(span, width);
  const tone: Tone = isError(span) ? 'bad' : isOn ? 'path' : 'normal';
  if (span.synthetic) return [segment(indent, 'muted'), segment('(missing span)', 'muted')];
  const isSameService = span.parent !== null && span.parent.service === span.service;
  const service: Line = isSameService ? [] : [...highlight(printable(span.service), search, 'accent'), segment(' ')];
  return [segment(indent, 'muted'), ...service, ...highlight(printable(span.operation), search, tone)];
}

/** Deep trees keep half of the column for names: the depth is then written as a number. */
function treeIndent(span: TreeSpan, width: number): string {
  if (span.depth === 0) return '';
  const room = Math.floor(width / 3);
  const isLast = span.parent?.children.at(-1) === span;
  const branch = isLast ? '└ ' : '├ ';
  if (span.depth * 2 > room) return `${span.depth}» `.padStart(room + (room % 2));
  let rails = '';
  for (let up = span.parent; up !== null && up.depth > 0; up = up.parent) {
    rails = (up.parent?.children.at(-1) === up ? '  ' : '│ ') + rails;
  }
  return rails + branch;
}

function bar(path: PathOf, span: TreeSpan, width: number): Line {
  const scale = width / (path.toNs - path.fromNs);
  const column = (ns: number): number => Math.max(0, Math.min(width, (ns - path.fromNs) * scale));
  const from = Math.min(width - 1, Math.floor(column(span.startNs)));
  const to = Math.max(from + 1, Math.min(width, Math.round(column(span.endNs))));
  const cells = Array.from({ length: width }, (_, i): string => (i >= from && i < to ? light : ' '));
  for (const [a, b] of path.stretches.get(span) ?? []) {
    const start = Math.min(width - 1, Math.floor(column(a)));
    // Half a column of the path is shown; less only when the span has nothing else to show.
    const end = Math.max(start, Math.round(column(b)));
    for (let i = start; i < end; i++) cells[i] = heavy;
    if (end === start && to - from === 1) cells[start] = heavy;
  }
  const tone: Tone = isError(span) ? 'bad' : 'path';
  return joinTones(cells.map((c) => segment(c, c === heavy ? tone : isError(span) ? 'bad' : 'muted')));
}

/** Above the waterfall: how long, how many, and the scale of the bars. */
export function waterfallHeading(detail: TraceDetail, width: number): Line {
  const path = pathOf(detail);
  const widths = waterfallWidths(width, path.nameWidth);
  const total = duration(path.toNs - path.fromNs);
  const scale = spread([segment('0', 'muted')], [segment(total, 'muted')], widths.bar);
  return fitLine([segment(fit('   service operation', width - widths.bar, 'left'), 'muted'), ...scale], width);
}

/** @param inSight which rows are, when not all: `1–10 of 14` then ends the line */
export function traceSummary(detail: TraceDetail, inSight = ''): string {
  const { tree } = detail;
  if (tree === null) return '';
  const spans = tree.spans.filter((s) => !s.synthetic);
  const errors = spans.filter(isError).length;
  const services = new Set(spans.map((s) => s.service)).size;
  const parts = [
    duration(durationOf(tree.root)),
    `${spans.length + detail.leftOut} spans`,
    `${services} ${services === 1 ? 'service' : 'services'}`,
    errors === 0 ? 'no errors' : `${errors} ${errors === 1 ? 'error' : 'errors'}`,
  ];
  if (detail.leftOut > 0) parts.push(`${detail.leftOut} not shown`);
  if (inSight !== '') parts.push(inSight);
  return parts.join(' · ');
}
