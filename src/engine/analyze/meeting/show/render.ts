import stringWidth from 'string-width';
import { printable } from '../../../domain/printable.ts';
import { renderTable } from '../../../search/render-table.ts';
import { toldTable } from '../../files/told-table.ts';
import type { PatternChange } from '../changes/pattern-changes.ts';
import { shortNumber } from '../changes/words.ts';
import type { PatternLine, patternsOfTrace } from '../logs/lines-of-pattern.ts';
import { nameOfSeries } from '../metrics/families.ts';
import type { MovingGroup } from '../metrics/moving-together.ts';
import type { Meeting } from '../together/beginning.ts';
import type { SlowAndFast } from '../traces/separating-attributes.ts';
import type { ShapeTrace } from '../traces/traces-of-shape.ts';
import type { Effect } from 'effect';
import { sparkline } from './sparkline.ts';
import type { ListedPattern } from './list-patterns.ts';

const idCharacters = 8;

const text = (name: string) => ({ name, type: 'String' });
const number = (name: string) => ({ name, type: 'Float64' });

/** Columns that are left out, in this order, where the width is too small for all. */
const dispensable = ['trend', 'first seen (UTC)', 'p50 ms', 'p99 ms'];

export function patterns(shown: readonly ListedPattern[], width: number): string {
  if (shown.length === 0) return '';
  const hasTraces = shown.some(({ signal }) => signal === 'traces');
  const all: readonly PatternColumn[] = [
    { ...number('count'), of: ({ count }) => count },
    { ...number('errors'), of: ({ errors }) => (errors === 0 ? '' : errors) },
    ...(hasTraces ? durations : []),
    { ...text('trend'), of: ({ trend }) => sparkline(trend) },
    { ...text('first seen (UTC)'), of: ({ firstMs }) => timeOf(firstMs) },
    { ...text('service'), of: ({ service }) => service },
    { ...text('id'), of: ({ id }) => id.slice(0, idCharacters) },
  ];
  const columns = fitting(all, shown, width);
  const rows = shown.map((pattern) => ({ cells: columns.map(({ of }) => of(pattern)), told: [pattern.text] }));
  return toldTable(columns, rows, width);
}

interface PatternColumn {
  readonly name: string;
  readonly type: string;
  readonly of: (pattern: ListedPattern) => string | number;
}

const durations: readonly PatternColumn[] = [
  { ...number('p50 ms'), of: ({ signal, p50 }) => (signal === 'traces' ? shortNumber(p50) : '') },
  { ...number('p99 ms'), of: ({ signal, p99 }) => (signal === 'traces' ? shortNumber(p99) : '') },
];

function fitting(
  all: readonly PatternColumn[],
  shown: readonly ListedPattern[],
  width: number,
): readonly PatternColumn[] {
  const widthOf = ({ name, of }: PatternColumn): number =>
    shown.reduce((most, pattern) => Math.max(most, stringWidth(String(of(pattern)))), name.length) + 2;
  let columns = all;
  for (const name of dispensable) {
    if (columns.reduce((sum, column) => sum + widthOf(column), -2) <= width) break;
    columns = columns.filter((column) => column.name !== name);
  }
  return columns;
}

export function changes(shown: readonly PatternChange[], width: number): string {
  const rows = shown.map(({ surprise, kind, signal, service, id, text: pattern, words }) => ({
    cells: [surprise.toFixed(1), kind, signal, service, id.slice(0, idCharacters)],
    told: [words, pattern],
  }));
  const columns = [number('surprise'), ...['kind', 'signal', 'service', 'id'].map(text)];
  return shown.length === 0 ? '' : toldTable(columns, rows, width);
}

export function meetings(shown: readonly Meeting[], width: number): string {
  return shown
    .map(({ startMs, surprise, beginnings }) => {
      const rows = beginnings.map((each) => ({
        cells: [timeOf(each.onsetMs), each.surprise.toFixed(1), each.kind],
        told: [each.words],
      }));
      const columns = [text('began (UTC)'), number('surprise'), text('what')];
      return `${timeOf(startMs)}, surprise ${surprise.toFixed(1)}\n${toldTable(columns, rows, width)}`;
    })
    .join('\n');
}

export function groups(shown: readonly MovingGroup[], width: number): string {
  return shown
    .map(({ surprise, members }) => {
      const rows = members.map(({ series, lagMinutes, opposite, correlation }) => [
        lagMinutes,
        (opposite ? -correlation : correlation).toFixed(2),
        nameOfSeries(series),
      ]);
      const columns = [number('minutes later'), number('correlation'), text('series')];
      return `surprise ${surprise.toFixed(1)}\n${renderTable(columns, rows, width)}`;
    })
    .join('\n');
}

export function lines(shown: readonly PatternLine[]): string {
  return shown
    .map(({ time, service, traceId, body }) =>
      [time, printable(service), traceId, printable(body)].filter((part) => part !== '').join(' '),
    )
    .join('\n');
}

export function linesOfTrace(found: Effect.Success<ReturnType<typeof patternsOfTrace>>, width: number): string {
  const rows = found.map(({ line, pattern }) => ({
    cells: [line.time.slice(11, 23), line.service, pattern?.id.slice(0, idCharacters) ?? ''],
    told: [pattern?.text ?? '(no stored pattern)', line.body],
  }));
  const columns = ['time (UTC)', 'service', 'id'].map(text);
  return found.length === 0 ? '' : toldTable(columns, rows, width);
}

export function shape(pattern: string, traces: readonly ShapeTrace[], slow: SlowAndFast, width: number): string {
  const rows = traces.map(({ startMs, durationMs, failed, traceId }) => [
    timeOf(startMs),
    shortNumber(durationMs),
    failed ? 'error' : '',
    traceId,
  ]);
  const columns = [text('start (UTC)'), number('ms'), text(''), text('trace')];
  const told =
    slow.attributes.length === 0
      ? ['Slow and fast traces do not differ by an attribute.']
      : [
          `${slow.slow} of ${slow.spans} traces took over ${shortNumber(slow.slowMs)} ms; what they have and the others have not:`,
          ...slow.attributes.slice(0, 5).map(({ words }) => `  ${printable(words)}`),
        ];
  return [printable(pattern), renderTable(columns, rows, width).trimEnd(), ...told].join('\n');
}

/** `11-20 13:05:17`, UTC. */
const timeOf = (ms: number): string => new Date(ms).toISOString().slice(5, 19).replace('T', ' ');
