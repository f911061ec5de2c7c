import type { LogRow } from '../state/data.ts';
import type { Model } from '../state/model.ts';
import type { Tone } from '../theme.ts';
import { cell, column, type Column } from './table.ts';
import { highlight, printable, segment, wrap, type Line } from './text.ts';
import { clock, dayClock } from './time.ts';

/** Names of OpenTelemetry's severity ranges (logs data model), four numbers each. */
const levels: readonly (readonly [name: string, tone: Tone])[] = [
  ['TRACE', 'muted'],
  ['DEBUG', 'muted'],
  ['INFO', 'good'],
  ['WARN', 'warn'],
  ['ERROR', 'bad'],
  ['FATAL', 'bad'],
];

export function severity(row: Pick<LogRow, 'severityNumber' | 'severityText'>): {
  readonly name: string;
  readonly tone: Tone;
} {
  const [name, tone] = levels[Math.floor((row.severityNumber - 1) / 4)] ?? ['', 'muted'];
  if (row.severityNumber >= 1 && name !== '') return { name, tone };
  return { name: row.severityText === '' ? '–' : row.severityText.toUpperCase(), tone: 'muted' };
}

export function logColumns(
  { zone, rangeMs }: Pick<Model, 'zone' | 'rangeMs'>,
  search: string,
): Readonly<Record<string, Column<LogRow>>> {
  const isLong = rangeMs >= 86_400_000;
  return {
    time: column('time', 'time', isLong ? 14 : 12, (l) =>
      cell(isLong ? dayClock(l.atMs, zone) : clock(l.atMs, zone, true), 'muted'),
    ),
    severity: column('severity', 'level', 5, (l) => cell(severity(l).name, severity(l).tone)),
    service: column('service', 'service', 10, (l) => cell(l.service, 'accent'), { max: 24, measure: (r) => r.service }),
    body: column('body', 'message', 20, (l, width) => bodyCell(l, width, search), { max: 400 }),
    trace: column('trace', 'trace', 8, (l) => cell(l.traceId.slice(0, 8), 'muted')),
  };
}

function bodyCell(l: LogRow, width: number, search: string): Line {
  const { tone } = severity(l);
  // Far more than fits is never looked at: bodies may be large.
  return highlight(
    printable(l.body.slice(0, width * 8 + 200)),
    search,
    tone === 'bad' || tone === 'warn' ? tone : 'normal',
  );
}

/** The whole of one record: body, then attributes. */
export function recordLines(row: LogRow, width: number, height: number, zone: Model['zone']): readonly Line[] {
  const { name, tone } = severity(row);
  const head: Line = [
    segment(`${clock(row.atMs, zone, true)}  `, 'muted'),
    segment(`${name}  `, tone),
    segment(printable(row.service), 'accent'),
    ...(row.traceId === '' ? [] : [segment(`  trace ${row.traceId}  span ${row.spanId}`, 'muted')]),
  ];
  const body = wrap(row.body, width, height).map((text): Line => [segment(text)]);
  const facts = Object.entries(row.attributes)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]): Line => [segment(`${printable(key)}  `, 'muted'), segment(printable(value))]);
  return [head, ...body, ...facts].slice(0, height);
}
