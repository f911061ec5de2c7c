import { limits } from '../../engine/domain/limits.ts';
import type { ErrorGroup, RequestFor, TraceRow } from '../state/data.ts';
import type { TraceSort } from '../roles.ts';
import { keysOfTraces } from '../../engine/search/newest-traces.ts';
import { number, ofServices, rangeParameters, spansInRange, text, type Panel } from './panel.ts';

const searchOrder: Readonly<
  Record<TraceSort, { readonly only: string; readonly order: string; readonly rank: string }>
> = {
  recent: { only: '', order: 'Timestamp DESC', rank: 'max(Timestamp)' },
  slowest: { only: '', order: 'Duration DESC', rank: 'max(Duration)' },
  errors: { only: " AND StatusCode = 'Error'", order: 'Timestamp DESC', rank: 'max(Timestamp)' },
};

/**
 * The newest, slowest or newest failed traces: found by their spans, so that traces without a root are among them,
 * then summed up with all their spans.
 */
export function tracesPanel(request: RequestFor<'traces'>, nowMs: number): Panel<'traces'> {
  const only = ofServices(request.services);
  const { only: which, order, rank } = searchOrder[request.sort];
  const operation = request.operation === null ? '' : ' AND SpanName = {operation:String}';
  const found = `SELECT TraceId FROM (
      SELECT TraceId, Timestamp, Duration FROM otel_traces
      WHERE ${spansInRange} AND TraceId != ''${which}${only.sql}${operation}
      ORDER BY ${order} LIMIT ${limits.watch.spansSearched})
    GROUP BY TraceId ORDER BY ${rank} DESC LIMIT ${limits.watch.traces}`;
  return {
    statements: [
      {
        sql: `SELECT TraceId AS traceId, toFloat64(toUnixTimestamp64Micro(min(Timestamp))) / 1000 AS startMs,
  toFloat64(max(toUnixTimestamp64Nano(Timestamp) + Duration) - min(toUnixTimestamp64Nano(Timestamp))) AS durationNs,
  argMin(ServiceName, (ParentSpanId != '', Timestamp)) AS service,
  argMin(SpanName, (ParentSpanId != '', Timestamp)) AS operation,
  toFloat64(count()) AS spans, toFloat64(countIf(StatusCode = 'Error')) AS errors, toFloat64(uniqExact(ServiceName)) AS services,
  argMaxIf(StatusMessage, Timestamp, StatusCode = 'Error') AS message
FROM otel_traces
WHERE (toStartOfFiveMinutes(Timestamp), TraceId) IN (${keysOfTraces(found)})
GROUP BY TraceId
ORDER BY ${request.sort === 'slowest' ? 'durationNs' : 'startMs'} DESC, traceId`,
        parameters: {
          ...rangeParameters(request.rangeMs, nowMs),
          ...only.parameters,
          ...(request.operation === null ? {} : { operation: request.operation }),
        },
      },
    ],
    decode: (rows = []) =>
      rows.map((row): TraceRow => ({
        traceId: text(row, 'traceId'),
        startMs: number(row, 'startMs'),
        durationNs: number(row, 'durationNs'),
        service: text(row, 'service'),
        operation: text(row, 'operation'),
        spans: number(row, 'spans'),
        errors: number(row, 'errors'),
        services: number(row, 'services'),
        statusMessage: text(row, 'message'),
      })),
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
