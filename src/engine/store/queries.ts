import type { Parameters } from './store.ts';

/** A statement with its values apart, for `QueryClient.rows(sql, { parameters })`. Text values are as they are. */
export interface BoundQuery {
  readonly sql: string;
  readonly parameters: Parameters;
}

/**
 * When a trace was: scalars that ClickHouse works out before it reads spans, so that only the days of the trace
 * are opened. An unknown trace gives 1970, hence no rows.
 */
const traceTimes = `(SELECT (min(Start), max(End)) FROM otel_traces_trace_id_ts WHERE TraceId = {traceId:String}) AS traceTimes,
  traceTimes.1 AS traceStart, traceTimes.2 AS traceEnd`;

/**
 * The first key of `otel_traces` for spans that start in [from, to], both DateTime64(9) expressions. ClickHouse does not
 * find it out from a condition on `Timestamp`, and without it every granule of a day is looked at.
 */
export const spanBuckets = (from: string, to: string): string =>
  `toStartOfFiveMinutes(Timestamp) >= toStartOfFiveMinutes(${from}) AND toStartOfFiveMinutes(Timestamp) <= toStartOfFiveMinutes(${to})`;

/**
 * Roots before all others, then the longest; a failed one counts as lasting a second at least. Whoever waits for a span
 * lasts as long, so that spans chosen so have their callers with them.
 */
const tellingFirst = `ParentSpanId = '' DESC, if(StatusCode = 'Error', greatest(Duration, 1000000000), Duration) DESC, Timestamp, SpanId`;

/** Spans of a trace, all by start, or the most telling first. `columns`: a SELECT list over `otel_traces`. */
export function traceSpansQuery(
  traceId: string,
  options: { readonly columns: string; readonly limit: number; readonly tellingFirst?: boolean },
): BoundQuery {
  return {
    sql: `WITH ${traceTimes}
SELECT ${options.columns}
FROM otel_traces
WHERE TraceId = {traceId:String} AND Timestamp >= traceStart AND Timestamp <= traceEnd
  AND ${spanBuckets('traceStart', 'traceEnd')}
ORDER BY ${options.tellingFirst === true ? tellingFirst : 'Timestamp, SpanId'}
LIMIT {limit:UInt64}`,
    parameters: { traceId, limit: options.limit },
  };
}

/** The log records of a trace by time, up to an hour around its spans; of any time when its spans never came. */
export function traceLogsQuery(
  traceId: string,
  options: { readonly columns: string; readonly limit: number },
): BoundQuery {
  return {
    sql: `WITH ${traceTimes}
SELECT ${options.columns}
FROM otel_logs
WHERE TraceId = {traceId:String}
  AND (traceEnd = toDateTime64(0, 9) OR (Timestamp >= traceStart - INTERVAL 1 HOUR AND Timestamp <= traceEnd + INTERVAL 1 HOUR))
ORDER BY Timestamp
LIMIT {limit:UInt64}`,
    parameters: { traceId, limit: options.limit },
  };
}

/** Traces whose id begins so, newest first: `TraceId`, `Start` (DateTime64(9)). An empty prefix is every trace. */
export function tracesByPrefixQuery(prefix: string, limit: number): BoundQuery {
  return {
    sql: `SELECT TraceId, min(Start) AS TraceStart
FROM otel_traces_trace_id_ts
WHERE startsWith(TraceId, {prefix:String})
GROUP BY TraceId
ORDER BY TraceStart DESC
LIMIT {limit:UInt64}`,
    parameters: { prefix, limit },
  };
}
