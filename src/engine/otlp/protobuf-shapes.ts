/**
 * OTLP messages by field number, for writing: opentelemetry-proto v1.7, `trace.proto`, `logs.proto`, `metrics.proto`,
 * `common.proto`, `resource.proto`. Names are those of OTLP/JSON.
 */
export type FieldType =
  | 'string'
  | 'hex'
  | 'uint32'
  | 'sint32'
  | 'uint64'
  | 'int64'
  | 'fixed32'
  | 'fixed64'
  | 'double'
  | 'bool';

export interface Field {
  readonly number: number;
  readonly type: FieldType | Shape;
  readonly repeated?: 'packed' | 'separate';
  /** Written even when it is the default: `optional` fields and members of a `oneof`. */
  readonly explicit?: boolean;
}
export type Shape = Readonly<Record<string, Field>>;

const many = (number: number, type: Shape): Field => ({ number, type, repeated: 'separate' });
const f = (number: number, type: Field['type']): Field => ({ number, type });
const explicit = (number: number, type: Field['type']): Field => ({ number, type, explicit: true });
const packed = (number: number, type: FieldType): Field => ({ number, type, repeated: 'packed' });

const anyValue: Shape = { stringValue: explicit(1, 'string') };
const keyValue: Shape = { key: f(1, 'string'), value: f(2, anyValue) };
const attributesAt = (number: number): Field => many(number, keyValue);
const resource: Shape = { attributes: attributesAt(1), droppedAttributesCount: f(2, 'uint32') };
const scope: Shape = {
  name: f(1, 'string'),
  version: f(2, 'string'),
  attributes: attributesAt(3),
  droppedAttributesCount: f(4, 'uint32'),
};
const request = (perResource: string, perScope: string, items: string, item: Shape): Shape => ({
  [perResource]: many(1, {
    resource: f(1, resource),
    [perScope]: many(2, { scope: f(1, scope), [items]: many(2, item), schemaUrl: f(3, 'string') }),
    schemaUrl: f(3, 'string'),
  }),
});

const span: Shape = {
  traceId: f(1, 'hex'),
  spanId: f(2, 'hex'),
  traceState: f(3, 'string'),
  parentSpanId: f(4, 'hex'),
  flags: f(16, 'fixed32'),
  name: f(5, 'string'),
  kind: f(6, 'uint32'),
  startTimeUnixNano: f(7, 'fixed64'),
  endTimeUnixNano: f(8, 'fixed64'),
  attributes: attributesAt(9),
  droppedAttributesCount: f(10, 'uint32'),
  events: many(11, {
    timeUnixNano: f(1, 'fixed64'),
    name: f(2, 'string'),
    attributes: attributesAt(3),
    droppedAttributesCount: f(4, 'uint32'),
  }),
  droppedEventsCount: f(12, 'uint32'),
  links: many(13, {
    traceId: f(1, 'hex'),
    spanId: f(2, 'hex'),
    traceState: f(3, 'string'),
    attributes: attributesAt(4),
    droppedAttributesCount: f(5, 'uint32'),
    flags: f(6, 'fixed32'),
  }),
  droppedLinksCount: f(14, 'uint32'),
  status: f(15, { message: f(2, 'string'), code: f(3, 'uint32') }),
};

const logRecord: Shape = {
  timeUnixNano: f(1, 'fixed64'),
  observedTimeUnixNano: f(11, 'fixed64'),
  severityNumber: f(2, 'uint32'),
  severityText: f(3, 'string'),
  body: f(5, anyValue),
  attributes: attributesAt(6),
  droppedAttributesCount: f(7, 'uint32'),
  flags: f(8, 'fixed32'),
  traceId: f(9, 'hex'),
  spanId: f(10, 'hex'),
  eventName: f(12, 'string'),
};

const exemplar: Shape = {
  filteredAttributes: attributesAt(7),
  timeUnixNano: f(2, 'fixed64'),
  asDouble: explicit(3, 'double'),
  spanId: f(4, 'hex'),
  traceId: f(5, 'hex'),
};
const times: Shape = { startTimeUnixNano: f(2, 'fixed64'), timeUnixNano: f(3, 'fixed64') };
const numberPoint: Shape = {
  ...times,
  attributes: attributesAt(7),
  asDouble: explicit(4, 'double'),
  exemplars: many(5, exemplar),
  flags: f(8, 'uint32'),
};
const buckets: Shape = { offset: f(1, 'sint32'), bucketCounts: packed(2, 'uint64') };
const points = (point: Shape): Field => many(1, point);

const metric: Shape = {
  name: f(1, 'string'),
  description: f(2, 'string'),
  unit: f(3, 'string'),
  gauge: f(5, { dataPoints: points(numberPoint) }),
  sum: f(7, { dataPoints: points(numberPoint), aggregationTemporality: f(2, 'uint32'), isMonotonic: f(3, 'bool') }),
  histogram: f(9, {
    dataPoints: points({
      ...times,
      attributes: attributesAt(9),
      count: f(4, 'fixed64'),
      sum: explicit(5, 'double'),
      bucketCounts: packed(6, 'fixed64'),
      explicitBounds: packed(7, 'double'),
      exemplars: many(8, exemplar),
      flags: f(10, 'uint32'),
      min: explicit(11, 'double'),
      max: explicit(12, 'double'),
    }),
    aggregationTemporality: f(2, 'uint32'),
  }),
  exponentialHistogram: f(10, {
    dataPoints: points({
      ...times,
      attributes: attributesAt(1),
      count: f(4, 'fixed64'),
      sum: explicit(5, 'double'),
      scale: f(6, 'sint32'),
      zeroCount: f(7, 'fixed64'),
      positive: f(8, buckets),
      negative: f(9, buckets),
      flags: f(10, 'uint32'),
      exemplars: many(11, exemplar),
      min: explicit(12, 'double'),
      max: explicit(13, 'double'),
      zeroThreshold: f(14, 'double'),
    }),
    aggregationTemporality: f(2, 'uint32'),
  }),
  summary: f(11, {
    dataPoints: points({
      ...times,
      attributes: attributesAt(7),
      count: f(4, 'fixed64'),
      sum: f(5, 'double'),
      quantileValues: many(6, { quantile: f(1, 'double'), value: f(2, 'double') }),
      flags: f(8, 'uint32'),
    }),
  }),
};

/** `Export{Trace,Logs,Metrics}ServiceRequest` by signal. */
export const requestShapes = {
  traces: request('resourceSpans', 'scopeSpans', 'spans', span),
  logs: request('resourceLogs', 'scopeLogs', 'logRecords', logRecord),
  metrics: request('resourceMetrics', 'scopeMetrics', 'metrics', metric),
} as const;
