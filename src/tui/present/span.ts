import { isError } from '../../engine/explain/span.ts';
import { durationOf, type TreeSpan } from '../../engine/explain/tree-span.ts';
import type { TraceDetail } from '../state/data.ts';
import { duration, percent } from './numbers.ts';
import { fitLine, printable, segment, widthOf, wrap, type Line } from './text.ts';
import { clock, type Zone } from './time.ts';
import { pathOf } from './waterfall.ts';

const longestValue = 40;

/** All that is known of a span, as lines of at most `width` columns. */
export function spanLines(detail: TraceDetail, span: TreeSpan, width: number, zone: Zone): readonly Line[] {
  const fact = (name: string, value: string, tone: 'normal' | 'bad' | 'path' = 'normal'): Line[] => {
    const label = `${name.padEnd(9)} `;
    return wrap(value, Math.max(8, width - label.length), longestValue).map((text, i) => [
      segment(i === 0 ? label : ' '.repeat(label.length), 'muted'),
      segment(text, tone),
    ]);
  };
  if (span.synthetic) return fact('span', 'It was never received; its children name it as their parent.');
  const onPath = detail.path?.selfNs.get(span);
  const root = detail.tree?.root;
  return [
    ...fact('service', span.service),
    ...fact('operation', span.operation),
    ...fact('kind', span.kind),
    ...fact(
      'started',
      `${clock(detail.originMs + span.startNs / 1e6, zone, true)} (+${duration(Math.max(0, span.startNs - (root?.startNs ?? 0)))})`,
    ),
    ...fact(
      'took',
      `${duration(durationOf(span))}${span.unfinished ? ', no end received' : ''}, itself ${duration(span.selfNs)}`,
    ),
    ...(onPath === undefined || root === undefined
      ? pathOf(detail).on.has(span)
        ? fact('path', 'on the critical path through its children', 'path')
        : []
      : fact(
          'path',
          `${duration(onPath)} on the critical path, ${percent(onPath / Math.max(1, durationOf(root)))} of the trace`,
          'path',
        )),
    ...(isError(span) ? fact('error', span.statusMessage === '' ? 'no message' : span.statusMessage, 'bad') : []),
    ...fact('span id', span.spanId),
    ...(span.shiftNs === 0 ? [] : fact('clock', `shifted by ${duration(Math.abs(span.shiftNs))} to fit its parent`)),
    ...mapLines('attributes', span.attributes, width),
    ...eventLines(span, width),
    ...mapLines('resource', span.resource, width),
    ...(span.links.length === 0
      ? []
      : [heading('links'), ...span.links.map((l): Line => [segment(`  ${l.traceId} ${l.spanId}`)])]),
    ...(span.dropped === 0 ? [] : fact('dropped', `${span.dropped} attributes, events or links`)),
  ].map((line) => fitLine(line, width));
}

function heading(name: string): Line {
  return [segment(name, 'title')];
}

function mapLines(name: string, values: Readonly<Record<string, string>>, width: number): readonly Line[] {
  const entries = Object.entries(values).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return entries.length === 0
    ? []
    : [heading(name), ...entries.flatMap(([key, value]) => valueLines(key, value, width, 2))];
}

function eventLines(span: TreeSpan, width: number): readonly Line[] {
  if (span.events.length === 0) return [];
  return [
    heading('events'),
    ...span.events.flatMap((event): Line[] => [
      [
        segment(`  +${duration(Math.max(0, event.atNs - span.startNs))} `, 'muted'),
        segment(printable(event.name), 'accent'),
      ],
      ...Object.entries(event.attributes).flatMap(([key, value]) => valueLines(key, value, width, 4)),
    ]),
  ];
}

/** `key  value` on one line when it fits, else the value below its key. */
function valueLines(key: string, value: string, width: number, indent: number): Line[] {
  const pad = ' '.repeat(indent);
  const name = `${pad}${printable(key)}  `;
  if (!value.includes('\n') && widthOf(name) + widthOf(value) <= width) {
    return [[segment(name, 'muted'), segment(printable(value))]];
  }
  const lines = wrap(value, Math.max(8, width - indent - 2), longestValue);
  return [[segment(name, 'muted')], ...lines.map((text): Line => [segment(`${pad}  ${text}`)])];
}
