import type { Signal } from '../../domain/signals.ts';

/**
 * How a field's JSON value is written in protobuf (https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding).
 * `id` is bytes that JSON writes in hex; `bytes` is base64 as in every other protobuf JSON.
 */
export type FieldKind =
  | 'string'
  | 'id'
  | 'bytes'
  | 'bool'
  | 'uint32'
  | 'sint32'
  | 'int64'
  | 'fixed32'
  | 'fixed64'
  | 'double'
  | MessageShape
  | EnumShape;

export interface FieldShape {
  readonly number: number;
  readonly kind: FieldKind;
  readonly repeated: boolean;
}

export interface MessageShape {
  readonly fields: Map<string, FieldShape>;
}

export interface EnumShape {
  /** Numbers by name; JSON should have the number, but many writers send the name. */
  readonly names: ReadonlyMap<string, number>;
}

type Fields = Readonly<Record<string, readonly [number: number, kind: FieldKind, repeated?: 'repeated']>>;

function define(shape: MessageShape, fields: Fields): MessageShape {
  for (const [name, [number, kind, repeated]] of Object.entries(fields)) {
    shape.fields.set(name, { number, kind, repeated: repeated !== undefined });
  }
  return shape;
}

const message = (fields: Fields): MessageShape => define({ fields: new Map() }, fields);

function enumeration(prefix: string, names: readonly string[]): EnumShape {
  return { names: new Map(names.map((name, number) => [prefix + name, number])) };
}

/** The only shape that contains itself; how deep it may go is a limit. */
export const anyValue = message({});
const keyValue = message({ key: [1, 'string'], value: [2, anyValue] });
define(anyValue, {
  stringValue: [1, 'string'],
  boolValue: [2, 'bool'],
  intValue: [3, 'int64'],
  doubleValue: [4, 'double'],
  arrayValue: [5, message({ values: [1, anyValue, 'repeated'] })],
  kvlistValue: [6, message({ values: [1, keyValue, 'repeated'] })],
  bytesValue: [7, 'bytes'],
});

const entityRef = message({
  schemaUrl: [1, 'string'],
  type: [2, 'string'],
  idKeys: [3, 'string', 'repeated'],
  descriptionKeys: [4, 'string', 'repeated'],
});
export const resource = message({
  attributes: [1, keyValue, 'repeated'],
  droppedAttributesCount: [2, 'uint32'],
  entityRefs: [3, entityRef, 'repeated'],
});
const scope = message({
  name: [1, 'string'],
  version: [2, 'string'],
  attributes: [3, keyValue, 'repeated'],
  droppedAttributesCount: [4, 'uint32'],
});

/** The three levels above an item, by the names that the signal gives them. */
function request(groups: string, scopes: string, items: string, item: MessageShape): MessageShape {
  const scopeGroup = message({ scope: [1, scope], [items]: [2, item, 'repeated'], schemaUrl: [3, 'string'] });
  const group = message({
    resource: [1, resource],
    [scopes]: [2, scopeGroup, 'repeated'],
    schemaUrl: [3, 'string'],
  });
  return message({ [groups]: [1, group, 'repeated'] });
}

const span = message({
  traceId: [1, 'id'],
  spanId: [2, 'id'],
  traceState: [3, 'string'],
  parentSpanId: [4, 'id'],
  name: [5, 'string'],
  kind: [6, enumeration('SPAN_KIND_', ['UNSPECIFIED', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'])],
  startTimeUnixNano: [7, 'fixed64'],
  endTimeUnixNano: [8, 'fixed64'],
  attributes: [9, keyValue, 'repeated'],
  droppedAttributesCount: [10, 'uint32'],
  events: [
    11,
    message({
      timeUnixNano: [1, 'fixed64'],
      name: [2, 'string'],
      attributes: [3, keyValue, 'repeated'],
      droppedAttributesCount: [4, 'uint32'],
    }),
    'repeated',
  ],
  droppedEventsCount: [12, 'uint32'],
  links: [
    13,
    message({
      traceId: [1, 'id'],
      spanId: [2, 'id'],
      traceState: [3, 'string'],
      attributes: [4, keyValue, 'repeated'],
      droppedAttributesCount: [5, 'uint32'],
      flags: [6, 'fixed32'],
    }),
    'repeated',
  ],
  droppedLinksCount: [14, 'uint32'],
  status: [15, message({ message: [2, 'string'], code: [3, enumeration('STATUS_CODE_', ['UNSET', 'OK', 'ERROR'])] })],
  flags: [16, 'fixed32'],
});

const levels = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'];
const severities = ['UNSPECIFIED', ...levels.flatMap((level) => [level, `${level}2`, `${level}3`, `${level}4`])];

const logRecord = message({
  timeUnixNano: [1, 'fixed64'],
  severityNumber: [2, enumeration('SEVERITY_NUMBER_', severities)],
  severityText: [3, 'string'],
  body: [5, anyValue],
  attributes: [6, keyValue, 'repeated'],
  droppedAttributesCount: [7, 'uint32'],
  flags: [8, 'fixed32'],
  traceId: [9, 'id'],
  spanId: [10, 'id'],
  observedTimeUnixNano: [11, 'fixed64'],
  eventName: [12, 'string'],
});

const exemplar = message({
  timeUnixNano: [2, 'fixed64'],
  asDouble: [3, 'double'],
  spanId: [4, 'id'],
  traceId: [5, 'id'],
  asInt: [6, 'fixed64'],
  filteredAttributes: [7, keyValue, 'repeated'],
});

const interval = { startTimeUnixNano: [2, 'fixed64'], timeUnixNano: [3, 'fixed64'] } as const satisfies Fields;

const numberPoint = message({
  ...interval,
  asDouble: [4, 'double'],
  exemplars: [5, exemplar, 'repeated'],
  asInt: [6, 'fixed64'],
  attributes: [7, keyValue, 'repeated'],
  flags: [8, 'uint32'],
});

const histogramPoint = message({
  ...interval,
  count: [4, 'fixed64'],
  sum: [5, 'double'],
  bucketCounts: [6, 'fixed64', 'repeated'],
  explicitBounds: [7, 'double', 'repeated'],
  exemplars: [8, exemplar, 'repeated'],
  attributes: [9, keyValue, 'repeated'],
  flags: [10, 'uint32'],
  min: [11, 'double'],
  max: [12, 'double'],
});

const buckets = message({ offset: [1, 'sint32'], bucketCounts: [2, 'int64', 'repeated'] });

const exponentialPoint = message({
  attributes: [1, keyValue, 'repeated'],
  ...interval,
  count: [4, 'fixed64'],
  sum: [5, 'double'],
  scale: [6, 'sint32'],
  zeroCount: [7, 'fixed64'],
  positive: [8, buckets],
  negative: [9, buckets],
  flags: [10, 'uint32'],
  exemplars: [11, exemplar, 'repeated'],
  min: [12, 'double'],
  max: [13, 'double'],
  zeroThreshold: [14, 'double'],
});

const summaryPoint = message({
  ...interval,
  count: [4, 'fixed64'],
  sum: [5, 'double'],
  quantileValues: [6, message({ quantile: [1, 'double'], value: [2, 'double'] }), 'repeated'],
  attributes: [7, keyValue, 'repeated'],
  flags: [8, 'uint32'],
});

const temporality = enumeration('AGGREGATION_TEMPORALITY_', ['UNSPECIFIED', 'DELTA', 'CUMULATIVE']);
const points = (point: MessageShape): Fields => ({ dataPoints: [1, point, 'repeated'] });

export const metric = message({
  name: [1, 'string'],
  description: [2, 'string'],
  unit: [3, 'string'],
  gauge: [5, message(points(numberPoint))],
  sum: [7, message({ ...points(numberPoint), aggregationTemporality: [2, temporality], isMonotonic: [3, 'bool'] })],
  histogram: [9, message({ ...points(histogramPoint), aggregationTemporality: [2, temporality] })],
  exponentialHistogram: [10, message({ ...points(exponentialPoint), aggregationTemporality: [2, temporality] })],
  summary: [11, message(points(summaryPoint))],
  metadata: [12, keyValue, 'repeated'],
});

export const requestShapes: Readonly<Record<Signal, MessageShape>> = {
  traces: request('resourceSpans', 'scopeSpans', 'spans', span),
  logs: request('resourceLogs', 'scopeLogs', 'logRecords', logRecord),
  metrics: request('resourceMetrics', 'scopeMetrics', 'metrics', metric),
};
