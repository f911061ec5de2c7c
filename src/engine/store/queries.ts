import type { Parameters } from './store.ts';

/** A statement with its values apart, for `QueryClient.rows(sql, { parameters })`. Text values are as they are. */
export interface BoundQuery {
  readonly sql: string;
  readonly parameters: Parameters;
}

/** A span of time, in Unix milliseconds; `to` excluded. */
export interface TimeRange {
  readonly fromMs: number;
  readonly toMs: number;
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

/** All spans of a trace by start. `columns`: a SELECT list over `otel_traces`. */
export function traceSpansQuery(
  traceId: string,
  options: { readonly columns: string; readonly limit: number },
): BoundQuery {
  return {
    sql: `WITH ${traceTimes}
SELECT ${options.columns}
FROM otel_traces
WHERE TraceId = {traceId:String} AND Timestamp >= traceStart AND Timestamp <= traceEnd
  AND ${spanBuckets('traceStart', 'traceEnd')}
ORDER BY Timestamp, SpanId
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

/** What to look for among traces. A trace is found when ONE of its spans meets everything that is asked. */
export interface TraceSearch extends TimeRange {
  readonly service?: string;
  readonly operation?: string;
  /** Span or resource attributes, all of them. */
  readonly attributes?: Readonly<Record<string, string>>;
  /** Nanoseconds. */
  readonly minDuration?: number;
  readonly maxDuration?: number;
  readonly errorsOnly?: boolean;
  readonly order: 'newest' | 'slowest';
  readonly limit: number;
}

/** A row of `traceSearchQuery`, as JSONEachRow brings it. */
export interface TraceSummary {
  readonly TraceId: string;
  /** Start of the first span, `2026-01-31 10:00:00.000000000` UTC. */
  readonly Start: string;
  /** Nanoseconds from the first start to the last end, in decimal digits. */
  readonly Duration: string;
  readonly Spans: string;
  readonly Errors: string;
  readonly Services: readonly string[];
  /** Of the root span, or of the earliest one where the root is missing. */
  readonly RootService: string;
  readonly RootOperation: string;
}

/**
 * Finds traces, then sums each up. Without service, operation, attribute or error the search looks at root spans
 * alone. The second step reads an hour around the range, so a trace that crosses its border is still whole.
 */
export function traceSearchQuery(search: TraceSearch): BoundQuery {
  const { where, parameters } = searchCondition(search);
  const [matchOrder, order] = search.order === 'slowest' ? ['max(Duration)', 'Duration'] : ['max(Timestamp)', 'Start'];
  return {
    sql: `SELECT TraceId, min(Timestamp) AS Start,
  max(toUnixTimestamp64Nano(Timestamp) + Duration) - min(toUnixTimestamp64Nano(Timestamp)) AS Duration,
  count() AS Spans, countIf(StatusCode = 'Error') AS Errors, arraySort(groupUniqArray(ServiceName)) AS Services,
  argMin(ServiceName, (ParentSpanId != '', Timestamp)) AS RootService,
  argMin(SpanName, (ParentSpanId != '', Timestamp)) AS RootOperation
FROM otel_traces
WHERE Timestamp >= fromUnixTimestamp64Milli({fromMs:Int64}) - INTERVAL 1 HOUR
  AND Timestamp < fromUnixTimestamp64Milli({toMs:Int64}) + INTERVAL 1 HOUR
  AND TraceId IN (
    SELECT TraceId FROM otel_traces
    WHERE ${where}
    GROUP BY TraceId ORDER BY ${matchOrder} DESC LIMIT {limit:UInt64})
GROUP BY TraceId
ORDER BY ${order} DESC, TraceId`,
    parameters,
  };
}

function searchCondition(search: TraceSearch): { where: string; parameters: Parameters } {
  const parameters: Record<string, string | number> = { fromMs: search.fromMs, toMs: search.toMs, limit: search.limit };
  const conditions = [
    'Timestamp >= fromUnixTimestamp64Milli({fromMs:Int64})',
    'Timestamp < fromUnixTimestamp64Milli({toMs:Int64})',
    spanBuckets('fromUnixTimestamp64Milli({fromMs:Int64})', 'fromUnixTimestamp64Milli({toMs:Int64})'),
  ];
  const ask = (condition: string, values: Readonly<Record<string, string | number>>): void => {
    conditions.push(condition);
    Object.assign(parameters, values);
  };
  const { service, operation, minDuration, maxDuration, errorsOnly } = search;
  const attributes = Object.entries(search.attributes ?? {});
  if (service !== undefined) ask('ServiceName = {service:String}', { service });
  if (operation !== undefined) ask('SpanName = {operation:String}', { operation });
  if (errorsOnly === true) conditions.push("StatusCode = 'Error'");
  for (const [index, [key, value]] of attributes.entries()) {
    ask(
      `(SpanAttributes[{key${index}:String}] = {value${index}:String} OR ResourceAttributes[{key${index}:String}] = {value${index}:String})`,
      { [`key${index}`]: key, [`value${index}`]: value },
    );
  }
  if (conditions.length === 3) conditions.push("ParentSpanId = ''");
  if (minDuration !== undefined) ask('Duration >= {minDuration:UInt64}', { minDuration });
  if (maxDuration !== undefined) ask('Duration <= {maxDuration:UInt64}', { maxDuration });
  return { where: conditions.join('\n      AND '), parameters };
}
