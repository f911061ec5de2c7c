import { column as c, type Column } from './columns.ts';

/**
 * The tables that OTLP rows go to. Names and columns are the OpenTelemetry Collector's ClickHouse exporter's, so that
 * saved queries and Grafana work; columns marked "obs:" are ours, for what that exporter drops.
 * The order of columns is the order in a segment's Native blocks.
 */
export interface TelemetryTable {
  readonly name: TelemetryTableName;
  readonly columns: readonly Column[];
  readonly timeColumn: 'Timestamp' | 'TimeUnix';
  readonly orderBy: string;
  readonly indexes: readonly string[];
}

export const telemetryTableNames = [
  'otel_traces',
  'otel_logs',
  'otel_metrics_gauge',
  'otel_metrics_sum',
  'otel_metrics_histogram',
  'otel_metrics_exponential_histogram',
  'otel_metrics_summary',
] as const;
export type TelemetryTableName = (typeof telemetryTableNames)[number];

const cutValues = c.integer(
  'CutValues',
  'UInt32',
  'obs: values of this row that were cut to a limit or could not be kept as sent',
);

const valueTypes = c.word(
  'ValueTypes',
  'obs: types of the values that are no text, for exports; empty where all are (docs/otlp.md)',
);

const resource: readonly Column[] = [
  c.word('ServiceName', 'resource attribute service.name'),
  c.attributes('ResourceAttributes', 'resource attributes; nested values as JSON, bytes as base64'),
  c.word('ResourceSchemaUrl', 'schema URL of the resource'),
  c.integer('ResourceDroppedAttributesCount', 'UInt32', 'obs: resource attributes that the sender or obs dropped'),
];

const scope: readonly Column[] = [
  c.word('ScopeName', 'instrumentation scope'),
  c.word('ScopeVersion', 'version of the instrumentation scope'),
  c.attributes('ScopeAttributes', 'attributes of the instrumentation scope'),
  c.integer('ScopeDroppedAttrCount', 'UInt32', 'scope attributes that the sender or obs dropped'),
  c.word('ScopeSchemaUrl', 'schema URL of the scope'),
  c.word('OriginTypes', 'obs: as ValueTypes, of the attributes of resource and scope'),
];

const traces: TelemetryTable = {
  name: 'otel_traces',
  timeColumn: 'Timestamp',
  // Spans of a trace lie side by side: its id is stored once, and found without a search (docs/storage.md).
  orderBy: 'toStartOfFiveMinutes(Timestamp), TraceId, Timestamp',
  indexes: [
    'INDEX idx_trace_id TraceId TYPE bloom_filter(0.001) GRANULARITY 1',
    'INDEX idx_res_attr_key mapKeys(ResourceAttributes) TYPE bloom_filter(0.01) GRANULARITY 1',
    'INDEX idx_span_attr_value mapValues(SpanAttributes) TYPE bloom_filter(0.01) GRANULARITY 1',
    'INDEX idx_duration Duration TYPE minmax GRANULARITY 1',
  ],
  columns: [
    c.time('Timestamp', 'start of the span'),
    c.text('TraceId', '32 hex digits'),
    c.text('SpanId', '16 hex digits'),
    c.text('ParentSpanId', '16 hex digits, empty for a root span'),
    c.text('TraceState', 'W3C tracestate'),
    c.word('SpanName', 'name of the operation'),
    c.word('SpanKind', 'Unspecified, Internal, Server, Client, Producer or Consumer'),
    ...resource,
    ...scope,
    c.attributes('SpanAttributes', 'span attributes; nested values as JSON, bytes as base64'),
    c.integer('Duration', 'UInt64', 'nanoseconds; 0 where the end lies before the start'),
    c.word('StatusCode', 'Unset, Ok or Error'),
    c.text('StatusMessage', 'status message'),
    c.integer('TraceFlags', 'UInt32', 'obs: flags of the span, W3C trace flags in the lowest byte'),
    c.integer('DroppedAttributesCount', 'UInt32', 'obs: span attributes that the sender or obs dropped'),
    c.integer('DroppedEventsCount', 'UInt32', 'obs: span events that the sender or obs dropped'),
    c.integer('DroppedLinksCount', 'UInt32', 'obs: span links that the sender or obs dropped'),
    c.plain('Events.Timestamp', 'Array(DateTime64(9))', 'span events: time'),
    c.plain('Events.Name', 'Array(LowCardinality(String))', 'span events: name'),
    c.plain('Events.Attributes', 'Array(Map(LowCardinality(String), String))', 'span events: attributes'),
    c.plain('Events.DroppedAttributesCount', 'Array(UInt32)', 'obs: span events: attributes dropped'),
    c.plain('Links.TraceId', 'Array(String)', 'span links: trace'),
    c.plain('Links.SpanId', 'Array(String)', 'span links: span'),
    c.plain('Links.TraceState', 'Array(String)', 'span links: W3C tracestate'),
    c.plain('Links.Attributes', 'Array(Map(LowCardinality(String), String))', 'span links: attributes'),
    c.plain('Links.TraceFlags', 'Array(UInt32)', 'obs: span links: flags'),
    c.plain('Links.DroppedAttributesCount', 'Array(UInt32)', 'obs: span links: attributes dropped'),
    valueTypes,
    cutValues,
  ],
};

const logs: TelemetryTable = {
  name: 'otel_logs',
  timeColumn: 'Timestamp',
  orderBy: 'ServiceName, toDateTime(Timestamp)',
  indexes: [
    'INDEX idx_trace_id TraceId TYPE bloom_filter(0.001) GRANULARITY 1',
    'INDEX idx_log_attr_value mapValues(LogAttributes) TYPE bloom_filter(0.01) GRANULARITY 1',
    'INDEX idx_body Body TYPE tokenbf_v1(32768, 3, 0) GRANULARITY 8',
  ],
  columns: [
    c.time('Timestamp', 'time of the record; where it is 0 the observed time, where that is 0 too the time of receipt'),
    c.time('ObservedTimestamp', 'obs: when the record was observed; 1970 where the sender gave none'),
    c.text('TraceId', '32 hex digits, or empty'),
    c.text('SpanId', '16 hex digits, or empty'),
    c.integer('TraceFlags', 'UInt32', 'flags of the record, W3C trace flags in the lowest byte'),
    c.word('SeverityText', 'severity as the sender wrote it'),
    c.plain('SeverityNumber', 'UInt8', '1 to 24: TRACE 1, DEBUG 5, INFO 9, WARN 13, ERROR 17, FATAL 21; 0 unset'),
    ...resource,
    ...scope,
    c.text('Body', 'text, or JSON where the body is structured'),
    c.attributes('LogAttributes', 'attributes; nested values as JSON, bytes as base64'),
    c.word('EventName', 'name of the event, if the record is one'),
    c.integer('DroppedAttributesCount', 'UInt32', 'obs: attributes that the sender or obs dropped'),
    valueTypes,
    cutValues,
  ],
};

const metricHead: readonly Column[] = [
  ...resource,
  ...scope,
  c.word('MetricName', 'name of the metric'),
  c.word('MetricDescription', 'description of the metric'),
  c.word('MetricUnit', 'UCUM unit'),
  c.attributes('Attributes', 'attributes of the point'),
  c.time('StartTimeUnix', 'start of the interval; 1970 where the sender gave none'),
  c.time('TimeUnix', 'time of the point'),
];

const exemplars: readonly Column[] = [
  c.plain('Exemplars.FilteredAttributes', 'Array(Map(LowCardinality(String), String))', 'exemplars: attributes'),
  c.plain('Exemplars.TimeUnix', 'Array(DateTime64(9))', 'exemplars: time'),
  c.plain('Exemplars.Value', 'Array(Float64)', 'exemplars: value'),
  c.plain('Exemplars.SpanId', 'Array(String)', 'exemplars: span'),
  c.plain('Exemplars.TraceId', 'Array(String)', 'exemplars: trace'),
];

const flags = c.integer('Flags', 'UInt32', 'data point flags; 1 = no recorded value');
const temporality = c.integer('AggregationTemporality', 'Int32', '0 unspecified, 1 delta, 2 cumulative');

function metricTable(kind: string, columns: readonly Column[]): TelemetryTable {
  return {
    name: `otel_metrics_${kind}` as TelemetryTableName,
    timeColumn: 'TimeUnix',
    orderBy: 'ServiceName, MetricName, toUnixTimestamp64Nano(TimeUnix)',
    indexes: [],
    columns: [...metricHead, ...columns, flags, valueTypes, cutValues],
  };
}

const gauge = metricTable('gauge', [c.float('Value', 'value; integers as the nearest double'), ...exemplars]);

const sum = metricTable('sum', [
  c.float('Value', 'value; integers as the nearest double'),
  temporality,
  c.plain('IsMonotonic', 'Bool', 'true for counters'),
  ...exemplars,
]);

const histogram = metricTable('histogram', [
  c.integer('Count', 'UInt64', 'values counted'),
  c.optionalFloat('Sum', 'sum of the values, NULL where not sent'),
  c.plain('BucketCounts', 'Array(UInt64)', 'one more than bounds, or empty'),
  c.plain('ExplicitBounds', 'Array(Float64)', 'upper bounds of the buckets, the last one open'),
  c.optionalFloat('Min', 'NULL where not sent'),
  c.optionalFloat('Max', 'NULL where not sent'),
  temporality,
  ...exemplars,
]);

const exponentialHistogram = metricTable('exponential_histogram', [
  c.integer('Count', 'UInt64', 'values counted'),
  c.optionalFloat('Sum', 'sum of the values, NULL where not sent'),
  c.integer('Scale', 'Int32', 'base = 2^(2^-scale)'),
  c.integer('ZeroCount', 'UInt64', 'values within the zero threshold'),
  c.float('ZeroThreshold', 'obs: width of the zero bucket'),
  c.integer('PositiveOffset', 'Int32', 'index of the first positive bucket'),
  c.plain('PositiveBucketCounts', 'Array(UInt64)', 'positive buckets'),
  c.integer('NegativeOffset', 'Int32', 'index of the first negative bucket'),
  c.plain('NegativeBucketCounts', 'Array(UInt64)', 'negative buckets'),
  c.optionalFloat('Min', 'NULL where not sent'),
  c.optionalFloat('Max', 'NULL where not sent'),
  temporality,
  ...exemplars,
]);

const summary = metricTable('summary', [
  c.integer('Count', 'UInt64', 'values counted'),
  c.float('Sum', 'sum of the values'),
  c.plain('ValueAtQuantiles.Quantile', 'Array(Float64)', 'quantiles: 0 to 1'),
  c.plain('ValueAtQuantiles.Value', 'Array(Float64)', 'quantiles: value'),
]);

export const telemetryTables: Readonly<Record<TelemetryTableName, TelemetryTable>> = {
  otel_traces: traces,
  otel_logs: logs,
  otel_metrics_gauge: gauge,
  otel_metrics_sum: sum,
  otel_metrics_histogram: histogram,
  otel_metrics_exponential_histogram: exponentialHistogram,
  otel_metrics_summary: summary,
};
