import type { TelemetryTableName } from '../domain/schema/telemetry.ts';

const metric = [
  'ServiceName',
  'ResourceAttributes',
  'ScopeName',
  'MetricName',
  'Attributes',
  'StartTimeUnix',
  'TimeUnix',
  'Flags',
];
const counted = [...metric, 'Count'];

/**
 * What makes a row the row that it is, by what the sender gave. Not all columns: those that a later version of obs adds
 * or fills in another way must not make every archived row look new. NULLs would make the hash NULL, so no such column.
 */
const identities: Readonly<Record<TelemetryTableName, readonly string[]>> = {
  otel_traces: [
    'Timestamp',
    'TraceId',
    'SpanId',
    'ParentSpanId',
    'ServiceName',
    'SpanName',
    'SpanKind',
    'Duration',
    'StatusCode',
  ],
  otel_logs: [
    'Timestamp',
    'ObservedTimestamp',
    'TraceId',
    'SpanId',
    'SeverityText',
    'SeverityNumber',
    'ServiceName',
    'ResourceAttributes',
    'ScopeName',
    'EventName',
    'Body',
    'LogAttributes',
  ],
  otel_metrics_gauge: [...metric, 'Value'],
  otel_metrics_sum: [...metric, 'Value'],
  otel_metrics_histogram: counted,
  otel_metrics_exponential_histogram: counted,
  otel_metrics_summary: counted,
};

/** 128 bits as an expression over the table's columns. */
export function identityOf(table: TelemetryTableName): string {
  return `sipHash128(${identities[table].join(', ')})`;
}
