import { partsOf, type Vocabulary } from '../../cause/records/invocations.ts';
import type { FeatureChange } from '../../cause/records/structure.ts';
import { quoteText } from '../../store/sql-text.ts';
import { messageSql, patternOf } from './log-pattern.ts';
import { instanceSql } from './read-window.ts';
import { type ComparedWindows, isAsked, logsThere, spansThere, tracesThere } from './windows-sql.ts';

/** How often a run does something, by window: the start of the window, its runs and those that do it. */
export interface RunCount {
  readonly window: string;
  readonly runs: string | number;
  readonly with_it: string | number;
}

/** More processes in a row do not call each other within one instance. */
const deepest = 24;

/** What a run is looked at for. */
interface Sought {
  /** Spans beside those of the service that are needed to see it. */
  readonly also: string;
  /** Of a span of a run (`span`, its run's entry `owner`, and whether it is of another instance, `below`). */
  readonly inSpan: string;
  /** Of the run's log lines in order, `lines`: tuples of time and whether the first and the second template fits. */
  readonly inLines: string;
  readonly first: string;
  readonly second: string;
}

/**
 * Counts the runs of an operation that have what changed: the service's spans from one that another instance called, or
 * nobody, down to where it calls others. Null for the order of steps, which no short statement counts.
 */
export function countRunsSql(
  { operation, feature, ofErrors }: FeatureChange,
  vocabulary: Vocabulary,
  windows: ComparedWindows,
): string | null {
  const [service = '', name = ''] = partsOf(vocabulary.operations.textOf(operation));
  const sought = soughtOf(feature, vocabulary);
  if (sought === null) return null;
  const stratum = ofErrors ? `(failed OR NOT ${isAsked(windows)})` : 'NOT failed';
  const own = `ServiceName = ${quoteText(service)}`;
  return `WITH began AS (
  ${tracesThere(windows)}
)
SELECT window, count() AS runs, countIf(has) AS with_it FROM (
  SELECT window, TraceId, owner, max(span.1 = owner AND span.3 = ${quoteText(name)} AND span.5) AS is_run,
    max((span.6 OR hasError) AND NOT below) AS failed, arraySort(groupArrayArrayIf(ownLines, NOT below)) AS lines,
    max(${sought.inSpan}) OR ${sought.inLines} AS has
  FROM (
    SELECT window, TraceId, span, logs.hasError AS hasError, logs.ownLines AS ownLines,
      places[span.2] != '' AND places[span.2] != span.4 AS below,
      arrayFold((up, step) -> if(places[parents[up]] = places[up], parents[up], up), range(${deepest}), if(below, span.2, span.1)) AS owner
    FROM (
      SELECT began.window AS window, TraceId, groupArray((SpanId, ParentSpanId, SpanName, instance, isOwn, failed, ServiceName)) AS spans,
        mapFromArrays(spans.1, spans.2) AS parents, mapFromArrays(spans.1, spans.4) AS places
      FROM (
        SELECT TraceId, SpanId, ParentSpanId, SpanName, ServiceName, ${instanceSql} AS instance, ${own} AS isOwn, StatusCode = 'Error' AS failed
        FROM otel_traces WHERE ${spansThere(windows)}
          AND (${own}${sought.also}) ORDER BY Timestamp, SpanId, ServiceName, SpanName, Duration LIMIT 1 BY TraceId, SpanId
      ) AS each INNER JOIN began USING (TraceId)
      GROUP BY window, TraceId
    ) ARRAY JOIN spans AS span
    LEFT JOIN (
      SELECT TraceId, SpanId, max(SeverityNumber >= 17) AS hasError,
        groupUniqArray((toUnixTimestamp64Nano(Timestamp), ${sought.first}, ${sought.second}, Body)) AS ownLines
      FROM otel_logs WHERE ${logsThere(windows)}
        AND ${own} AND SpanId != '' GROUP BY TraceId, SpanId
    ) AS logs ON logs.TraceId = TraceId AND logs.SpanId = span.1
  ) GROUP BY window, TraceId, owner
) WHERE is_run AND ${stratum}
GROUP BY window ORDER BY window LIMIT 20`;
}

const nothing = { also: '', inSpan: 'false', inLines: 'false', first: 'false', second: 'false' };

function soughtOf(feature: number, { features, templates, operations }: Vocabulary): Sought | null {
  const [kind, ...parts] = partsOf(features.textOf(feature));
  const fits = (id: string | undefined): string =>
    `match(${messageSql}, ${quoteText(patternOf(templates.templateOf(Number(id)).tokens))})`;
  switch (kind) {
    case 'span':
      return { ...nothing, inSpan: `span.1 != owner AND NOT below AND span.3 = ${quoteText(parts[0] ?? '')}` };
    case 'call': {
      const [service = '', name = ''] = partsOf(operations.textOf(Number(parts[0])));
      const isCallee = (of: string, operation: string): string =>
        `${of} = ${quoteText(service)} AND ${operation} = ${quoteText(name)}`;
      return {
        ...nothing,
        also: ` OR ${isCallee('ServiceName', 'SpanName')}`,
        inSpan: `below AND ${isCallee('span.7', 'span.3')}`,
      };
    }
    case 'log':
      return { ...nothing, first: fits(parts[0]), inLines: 'arrayExists(line -> line.2, lines)' };
    case 'logs': {
      const [before, after] = parts;
      if (before === 'start') return { ...nothing, second: fits(after), inLines: 'lines[1].3' };
      if (after === 'end') return { ...nothing, first: fits(before), inLines: 'lines[-1].2' };
      return {
        ...nothing,
        first: fits(before),
        second: fits(after),
        inLines: 'arrayExists((line, next) -> line.2 AND next.3, arrayPopBack(lines), arrayPopFront(lines))',
      };
    }
    default:
      return null;
  }
}
