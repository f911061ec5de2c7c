import type { Conditions } from './conditions.ts';
import type { TraceFilter } from './trace-search.ts';

export interface SearchRange {
  readonly sinceUnixMs: number;
  readonly untilUnixMs: number;
}

/** A trace and the buckets of its first and last span that match, as Unix seconds. */
export interface FoundTrace {
  readonly TraceId: string;
  readonly firstBucket: number;
  readonly lastBucket: number;
}

/**
 * A statement for the newest traces with a matching span, by that span's time, as rows of `FoundTrace`. Spans lie in buckets of five
 * minutes (the first key of `otel_traces`), and the rollup tells which of them hold spans of a service and operation.
 * @param conditions what a span must meet, its range included; grows by what the rollup's rows must meet
 * @param enough how many spans that may match are looked through, the newest first; `null`: all there are
 */
export function newestTracesSql(
  conditions: Conditions,
  filter: TraceFilter,
  range: SearchRange,
  limit: number,
  enough: number | null,
): string {
  const spans = conditions.where;
  const counted = filter.errors ? 'Errors' : 'Calls';
  const rollup = conditions.fork();
  rollup.add(
    'Time >= toDateTime({}) AND Time < toDateTime({})',
    'UInt32',
    Math.max(0, Math.floor(range.sinceUnixMs / 60_000) * 60),
    Math.ceil(range.untilUnixMs / 1000),
  );
  if (filter.service !== undefined) rollup.add('ServiceName = {}', 'String', filter.service);
  if (filter.operation !== undefined) rollup.add('SpanName = {}', 'String', filter.operation);
  const buckets = `SELECT Bucket FROM (
      SELECT toStartOfFiveMinutes(Time) AS Bucket, sum(${counted}) AS Found,
        sum(Found) OVER (ORDER BY Bucket DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS Newer
      FROM ${filter.operation === undefined ? 'obs_red_service_1m' : 'obs_red_1m'} WHERE ${rollup.where} GROUP BY Bucket HAVING Found > 0)
    ${enough === null ? '' : `WHERE Newer < ${Math.floor(enough)}`}`;
  return `SELECT TraceId, toUInt32(toStartOfFiveMinutes(min(Timestamp))) AS firstBucket, toUInt32(toStartOfFiveMinutes(max(Timestamp))) AS lastBucket
FROM otel_traces
  WHERE ${spans} AND toStartOfFiveMinutes(Timestamp) IN (${buckets})
  GROUP BY TraceId ORDER BY max(Timestamp) DESC LIMIT ${Math.floor(limit)}`;
}
