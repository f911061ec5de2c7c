import { limits } from '../../engine/domain/limits.ts';
import type { ErrorGroup, RequestFor, TraceRow } from '../state/data.ts';
import type { TraceSort } from '../roles.ts';
import { bucketsOfTraces, spansOfTraces } from '../../engine/search/found-traces.ts';
import {
  number,
  ofServices,
  rangeEnd,
  rangeParameters,
  rangeStart,
  spansInRange,
  spansSince,
  text,
  type Panel,
  type PanelStatement,
  type Row,
} from './panel.ts';

const searchOrder: Readonly<
  Record<TraceSort, { readonly only: string; readonly order: string; readonly rank: string }>
> = {
  recent: { only: '', order: 'Timestamp DESC', rank: 'max(Timestamp)' },
  slowest: { only: '', order: 'Duration DESC', rank: 'max(Duration)' },
  errors: { only: " AND StatusCode = 'Error'", order: 'Timestamp DESC', rank: 'max(Timestamp)' },
};

/**
 * The newest, slowest or newest failed traces: found by their spans, so that traces without a root are among them, then
 * looked up in the table of trace times, then summed up with all their spans.
 */
export function tracesPanel(request: RequestFor<'traces'>, nowMs: number): Panel<'traces'> {
  return {
    statements: [foundTraces(request, nowMs)],
    follow: ([found = [], buckets, sums]) => {
      const ids = found.map((row) => text(row, 'TraceId'));
      if (ids.length === 0 || sums !== undefined) return null;
      if (buckets === undefined) return bucketsOfTraces(ids);
      return sumsOf(
        request.sort,
        spansOfTraces(
          ids,
          buckets.map((row) => number(row, 'bucket')),
        ),
      );
    },
    decode: (_found, _buckets, sums = []) => sums.map(traceRow),
  };
}

function foundTraces(request: RequestFor<'traces'>, nowMs: number): PanelStatement {
  const { only: which, order, rank } = searchOrder[request.sort];
  const only = ofServices(request.services);
  const operation = request.operation === null ? '' : ' AND SpanName = {operation:String}';
  const start = request.sort === 'slowest' ? rangeStart : newestEnough(request, `${only.sql}${operation}`);
  return {
    sql: `WITH ${start} AS foundFrom
SELECT TraceId FROM (
  SELECT TraceId, Timestamp, Duration FROM otel_traces
  WHERE ${spansSince('foundFrom')} AND TraceId != ''${which}${only.sql}${operation}
  ORDER BY ${order} LIMIT ${limits.watch.spansSearched})
GROUP BY TraceId ORDER BY ${rank} DESC LIMIT ${limits.watch.traces}`,
    parameters: {
      ...rangeParameters(request.rangeMs, nowMs),
      ...only.parameters,
      ...(request.operation === null ? {} : { operation: request.operation }),
    },
  };
}

/** From which minute on there are as many spans as are searched, by the rollups: older ones need not be read. */
function newestEnough({ sort, operation }: RequestFor<'traces'>, which: string): string {
  return `(SELECT greatest(toDateTime64(max(Minute), 9), ${rangeStart}) FROM (
  SELECT Time AS Minute, sum(${sort === 'errors' ? 'Errors' : 'Calls'}) AS Found, sum(Found) OVER (ORDER BY Minute DESC) AS Newer
  FROM ${operation === null ? 'obs_red_service_1m' : 'obs_red_1m'}
  WHERE Time >= ${rangeStart} AND Time < ${rangeEnd}${which}
  GROUP BY Minute) WHERE Newer >= ${limits.watch.spansSearched})`;
}

function sumsOf(sort: TraceSort, spans: ReturnType<typeof spansOfTraces>): PanelStatement {
  return {
    sql: `SELECT TraceId AS traceId, toFloat64(toUnixTimestamp64Micro(min(Timestamp))) / 1000 AS startMs,
  toFloat64(max(toUnixTimestamp64Nano(Timestamp) + Duration) - min(toUnixTimestamp64Nano(Timestamp))) AS durationNs,
  argMin(ServiceName, (ParentSpanId != '', Timestamp)) AS service,
  argMin(SpanName, (ParentSpanId != '', Timestamp)) AS operation,
  toFloat64(count()) AS spans, toFloat64(countIf(StatusCode = 'Error')) AS errors, toFloat64(uniqExact(ServiceName)) AS services,
  argMaxIf(StatusMessage, Timestamp, StatusCode = 'Error') AS message
FROM otel_traces
WHERE ${spans.sql}
GROUP BY TraceId
ORDER BY ${sort === 'slowest' ? 'durationNs' : 'startMs'} DESC, traceId`,
    parameters: spans.parameters,
  };
}

function traceRow(row: Row): TraceRow {
  return {
    traceId: text(row, 'traceId'),
    startMs: number(row, 'startMs'),
    durationNs: number(row, 'durationNs'),
    service: text(row, 'service'),
    operation: text(row, 'operation'),
    spans: number(row, 'spans'),
    errors: number(row, 'errors'),
    services: number(row, 'services'),
    statusMessage: text(row, 'message'),
  };
}

/** Error spans of the range in groups, the latest first. */
export function errorsPanel(request: RequestFor<'errors'>, nowMs: number): Panel<'errors'> {
  const only = ofServices(request.services);
  return {
    statements: [
      {
        sql: `SELECT ServiceName AS service, SpanName AS operation, StatusMessage AS message, toFloat64(count()) AS count,
  toFloat64(toUnixTimestamp64Milli(max(Timestamp))) AS lastMs, argMax(TraceId, Timestamp) AS traceId
FROM otel_traces
WHERE ${spansInRange} AND StatusCode = 'Error'${only.sql}
GROUP BY service, operation, message
ORDER BY lastMs DESC, count DESC, service, operation
LIMIT ${limits.watch.errorGroups}`,
        parameters: { ...rangeParameters(request.rangeMs, nowMs), ...only.parameters },
      },
    ],
    decode: (rows = []) =>
      rows.map((row): ErrorGroup => ({
        service: text(row, 'service'),
        operation: text(row, 'operation'),
        message: text(row, 'message'),
        count: number(row, 'count'),
        lastMs: number(row, 'lastMs'),
        traceId: text(row, 'traceId'),
      })),
  };
}
