import type { Signal } from '../../src/engine/domain/signals.ts';
import { protobufOfJson } from '../../test/support/otlp-proto.ts';
import type { Counts, StoredRequest } from './target.ts';

const service = 'fault-kill';

export interface NumberedRequest {
  readonly signal: Signal;
  readonly body: Uint8Array;
}

/** Half of the requests are spans, a quarter logs, a quarter metrics. */
export function signalOf(request: number): Signal {
  return (['metrics', 'logs', 'traces', 'traces'] as const)[request % 4] ?? 'traces';
}

/** A request whose every row can be told from all others, of the signal that its number says. */
export function numberedRequest(request: number, rows: number, unixMs: number): NumberedRequest {
  const signal = signalOf(request);
  const body = { traces: spansRequest, logs: logsRequest, metrics: metricsRequest }[signal](request, rows, unixMs);
  return { signal, body };
}

const resourceOf = (request: number) => ({
  attributes: [text('service.name', service), text('service.instance.id', String(request % 50))],
});

/**
 * The request's number is the trace id and the operation's name (so that the rollup, which is by operation, can be
 * checked request by request), the row's number the span id.
 */
export function spansRequest(request: number, rows: number, unixMs: number): Uint8Array {
  const start = nanoseconds(unixMs);
  const spans = Array.from({ length: rows }, (_, row) => ({
    traceId: hex(request + 1, 32),
    spanId: hex(row + 1, 16),
    name: `request ${request}`,
    kind: 2,
    startTimeUnixNano: start,
    endTimeUnixNano: start,
    attributes: [{ key: 'fault.request', value: { intValue: String(request) } }],
  }));
  return protobufOfJson('traces', { resourceSpans: [{ resource: resourceOf(request), scopeSpans: [{ spans }] }] });
}

function logsRequest(request: number, rows: number, unixMs: number): Uint8Array {
  const logRecords = Array.from({ length: rows }, (_, row) => ({
    timeUnixNano: nanoseconds(unixMs),
    severityNumber: 9 + (row % 3) * 4,
    body: { stringValue: 'a line' },
    attributes: numbered(request, row),
  }));
  return protobufOfJson('logs', { resourceLogs: [{ resource: resourceOf(request), scopeLogs: [{ logRecords }] }] });
}

/** In two tables: every other row is a histogram. */
function metricsRequest(request: number, rows: number, unixMs: number): Uint8Array {
  const metrics = Array.from({ length: rows }, (_, row) => {
    const point = { timeUnixNano: nanoseconds(unixMs), attributes: numbered(request, row) };
    return row % 2 === 0
      ? { name: 'fault.gauge', gauge: { dataPoints: [{ ...point, asDouble: row }] } }
      : {
          name: 'fault.histogram',
          histogram: {
            aggregationTemporality: 1,
            dataPoints: [{ ...point, count: '3', sum: 3, bucketCounts: ['1', '2'], explicitBounds: [1] }],
          },
        };
  });
  return protobufOfJson('metrics', {
    resourceMetrics: [{ resource: resourceOf(request), scopeMetrics: [{ metrics }] }],
  });
}

const text = (key: string, value: string) => ({ key, value: { stringValue: value } });
const numbered = (request: number, row: number) => [
  text('fault.request', String(request)),
  text('fault.row', String(row)),
];
const nanoseconds = (unixMs: number): string => String(BigInt(unixMs) * 1_000_000n);

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0');
}

/** Groups of a derived table whose count is another than that of the rows which it was made from. */
const differs = (name: string, group: string, rows: string, derived: string): string =>
  `SELECT '${name}' AS derived, count() AS differing FROM (
  SELECT ${group}, sum(n) AS counted, sum(d) AS noted FROM (
    SELECT ${group}, count() AS n, 0 AS d ${rows} GROUP BY ${group}
    UNION ALL SELECT ${group}, 0 AS n, ${derived} GROUP BY ${group})
  GROUP BY ${group} HAVING counted != noted)`;

const spansBy = (seconds: number): string =>
  `FROM (SELECT SpanName, toStartOfInterval(toDateTime(Timestamp), INTERVAL ${seconds} SECOND) AS Time FROM otel_traces)`;

/** All give lines of JSON with numbers as text or number. */
export const countQueries = {
  stored: `SELECT request, count() AS rows, uniqExact(item) AS distinct FROM (
  SELECT replaceOne(SpanName, 'request ', '') AS request, SpanId AS item FROM otel_traces WHERE ServiceName = '${service}'
  UNION ALL SELECT LogAttributes['fault.request'], LogAttributes['fault.row'] FROM otel_logs WHERE ServiceName = '${service}'
  UNION ALL SELECT Attributes['fault.request'], Attributes['fault.row'] FROM otel_metrics_gauge WHERE ServiceName = '${service}'
  UNION ALL SELECT Attributes['fault.request'], Attributes['fault.row'] FROM otel_metrics_histogram WHERE ServiceName = '${service}'
) GROUP BY request`,
  rollup: `SELECT replaceOne(SpanName, 'request ', '') AS request, sum(Calls) AS calls
FROM obs_red_1m WHERE ServiceName = '${service}' GROUP BY request`,
  derived: [
    differs('obs_red_10s', 'SpanName, Time', spansBy(10), 'sum(Calls) AS d FROM obs_red_10s'),
    differs('obs_red_1m', 'SpanName, Time', spansBy(60), 'sum(Calls) AS d FROM obs_red_1m'),
    differs(
      'otel_traces_trace_id_ts',
      'TraceId',
      'FROM (SELECT DISTINCT TraceId FROM otel_traces)',
      'uniqExact(TraceId) AS d FROM otel_traces_trace_id_ts',
    ),
    differs(
      'obs_service_instances',
      'InstanceId',
      "FROM (SELECT ResourceAttributes['service.instance.id'] AS InstanceId FROM otel_traces)",
      'sum(Spans) AS d FROM obs_service_instances',
    ),
    differs(
      'obs_log_counts_10s',
      'SeverityNumber, Time',
      'FROM (SELECT SeverityNumber, toStartOfInterval(toDateTime(Timestamp), INTERVAL 10 SECOND) AS Time FROM otel_logs)',
      'sum(Records) AS d FROM obs_log_counts_10s',
    ),
  ].join('\nUNION ALL '),
} as const;

export function readCounts(stored: string, rollup: string, derived = ''): Counts {
  return {
    stored: jsonLines(stored).map(({ request, rows, distinct }): StoredRequest => ({
      request: Number(request),
      rows: Number(rows),
      distinct: Number(distinct),
    })),
    rollup: new Map(jsonLines(rollup).map(({ request, calls }) => [Number(request), Number(calls)])),
    derivedDiffer: jsonLines(derived).reduce((sum, { differing }) => sum + Number(differing), 0),
  };
}

function jsonLines(text: string): Record<string, string | number>[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, string | number>);
}
