import { printable } from '../../../domain/printable.ts';
import { renderTable } from '../../../search/render-table.ts';
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

export function patterns(shown: readonly ListedPattern[], width: number): string {
  const hasTraces = shown.some(({ signal }) => signal === 'traces');
  const columns = [
    number('count'),
    number('errors'),
    ...(hasTraces ? [number('p50 ms'), number('p99 ms')] : []),
    text('trend'),
    text('first seen (UTC)'),
    text('service'),
    text('id'),
    text('pattern'),
  ];
  const rows = shown.map((pattern) => [
    pattern.count,
    pattern.errors === 0 ? '' : pattern.errors,
    ...(hasTraces ? durations(pattern) : []),
    sparkline(pattern.trend),
    timeOf(pattern.firstMs),
    pattern.service,
    pattern.id.slice(0, idCharacters),
    pattern.text,
  ]);
  return shown.length === 0 ? '' : renderTable(columns, rows, width);
}

const durations = ({ signal, p50, p99 }: ListedPattern): readonly string[] =>
  signal === 'traces' ? [shortNumber(p50), shortNumber(p99)] : ['', ''];

export function changes(shown: readonly PatternChange[], width: number): string {
  const rows = shown.map(({ surprise, kind, signal, service, id, text: pattern, words }) => [
    surprise.toFixed(1),
    kind,
    signal,
    service,
    id.slice(0, idCharacters),
    words,
    pattern,
  ]);
  const columns = [number('surprise'), ...['kind', 'signal', 'service', 'id', 'what', 'pattern'].map(text)];
  return shown.length === 0 ? '' : renderTable(columns, rows, width);
}

export function meetings(shown: readonly Meeting[], width: number): string {
  return shown
    .map(({ startMs, surprise, beginnings }) => {
      const rows = beginnings.map((each) => [timeOf(each.onsetMs), each.surprise.toFixed(1), each.kind, each.words]);
      const columns = [text('began (UTC)'), number('surprise'), text('what'), text('')];
      return `${timeOf(startMs)}, surprise ${surprise.toFixed(1)}\n${renderTable(columns, rows, width)}`;
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
  const rows = found.map(({ line, pattern }) => [
    line.time.slice(11, 23),
    line.service,
    pattern?.id.slice(0, idCharacters) ?? '',
    pattern?.text ?? '(no stored pattern)',
    line.body,
  ]);
  const columns = ['time (UTC)', 'service', 'id', 'pattern', 'line'].map(text);
  return found.length === 0 ? '' : renderTable(columns, rows, width);
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
