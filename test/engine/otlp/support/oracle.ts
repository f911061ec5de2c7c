import type protobuf from 'protobufjs';
import type { Signal } from '../../../../src/engine/domain/signals.ts';
import type { TelemetryTableName } from '../../../../src/engine/domain/schema/telemetry.ts';
import { requestTypes } from '../../../support/otlp-proto.ts';
import type { Row } from './native.ts';

/**
 * The rows that a request should become, written down as plainly as can be over what protobufjs decodes: no limits, no
 * speed. Times and 64-bit integers are decimal strings, maps lists of [key, value], as `NativeReader` gives them.
 */
export interface Expected {
  readonly rows: Map<TelemetryTableName, Row[]>;
  readonly rejected: number;
}

type Message = Record<string, unknown>;

const list = (value: unknown): Message[] => (value ?? []) as Message[];
const one = (value: unknown): Message => (value ?? {}) as Message;
const text = (value: unknown): string => String(value ?? '');
const hex = (value: unknown): string => Buffer.from(value as Uint8Array).toString('hex');
/** A double as ClickHouse's JSON writes it: NaN and infinities are quoted. */
const float = (value: unknown): unknown => {
  const number = Number(value);
  if (Number.isNaN(number)) return 'nan';
  if (!Number.isFinite(number)) return number > 0 ? 'inf' : '-inf';
  return number;
};

function jsonOf(any: Message): string {
  switch (any['value']) {
    case 'stringValue':
      return JSON.stringify(any['stringValue']);
    case 'boolValue':
      return String(any['boolValue']);
    case 'intValue':
      return text(any['intValue']);
    case 'doubleValue': {
      const number = any['doubleValue'] as number;
      return Number.isFinite(number) ? String(number) : `"${number}"`;
    }
    case 'bytesValue':
      return `"${Buffer.from(any['bytesValue'] as Uint8Array).toString('base64')}"`;
    case 'arrayValue':
      return `[${list(one(any['arrayValue'])['values']).map(jsonOf).join(',')}]`;
    case 'kvlistValue':
      return `{${list(one(any['kvlistValue'])['values'])
        .map((pair) => `${JSON.stringify(pair['key'])}:${jsonOf(one(pair['value']))}`)
        .join(',')}}`;
    default:
      return 'null';
  }
}

function textOf(any: Message): string {
  switch (any['value']) {
    case undefined:
      return '';
    case 'stringValue':
      return text(any['stringValue']);
    case 'doubleValue':
      return text(any['doubleValue']);
    case 'bytesValue':
      return Buffer.from(any['bytesValue'] as Uint8Array).toString('base64');
    default:
      return jsonOf(any);
  }
}

const attributes = (value: unknown): [string, string][] =>
  list(value).map((pair) => [text(pair['key']), textOf(one(pair['value']))]);

function common(group: Message, scopeGroup: Message): Row {
  const resource = one(group['resource']);
  const scope = one(scopeGroup['scope']);
  const resourceAttributes = attributes(resource['attributes']);
  return {
    ServiceName: resourceAttributes.find(([key]) => key === 'service.name')?.[1] ?? '',
    ResourceAttributes: resourceAttributes,
    ResourceSchemaUrl: text(group['schemaUrl']),
    ResourceDroppedAttributesCount: Number(resource['droppedAttributesCount'] ?? 0),
    ScopeName: text(scope['name']),
    ScopeVersion: text(scope['version']),
    ScopeAttributes: attributes(scope['attributes']),
    ScopeDroppedAttrCount: Number(scope['droppedAttributesCount'] ?? 0),
    ScopeSchemaUrl: text(scopeGroup['schemaUrl']),
  };
}

const isId = (value: unknown, bytes: number): boolean =>
  (value as Uint8Array).length === bytes && (value as Uint8Array).some((byte) => byte !== 0);
const optionalId = (value: unknown, bytes: number): string => (isId(value, bytes) ? hex(value) : '');
const badId = (value: unknown, bytes: number): number =>
  (value as Uint8Array).length > 0 && !isId(value, bytes) ? 1 : 0;

function spanRow(span: Message, receivedUnixMs: number): Row | null {
  const start = BigInt(text(span['startTimeUnixNano']));
  const end = BigInt(text(span['endTimeUnixNano']));
  if (!isId(span['traceId'], 16) || !isId(span['spanId'], 8) || !plausible(start, receivedUnixMs)) return null;
  const kinds = ['Unspecified', 'Internal', 'Server', 'Client', 'Producer', 'Consumer'];
  const status = one(span['status']);
  const kind = Number(span['kind']);
  const code = Number(status['code'] ?? 0);
  const events = list(span['events']);
  const links = list(span['links']);
  const parent = span['parentSpanId'] as Uint8Array;
  const cuts =
    (kinds[kind] === undefined ? 1 : 0) +
    (code > 2 || code < 0 ? 1 : 0) +
    (end < start ? 1 : 0) +
    (parent.length !== 0 && parent.length !== 8 ? 1 : 0) +
    links.reduce((sum, link) => sum + badId(link['traceId'], 16) + badId(link['spanId'], 8), 0);
  return {
    Timestamp: String(start),
    TraceId: hex(span['traceId']),
    SpanId: hex(span['spanId']),
    ParentSpanId: optionalId(parent, 8),
    TraceState: text(span['traceState']),
    SpanName: text(span['name']),
    SpanKind: kinds[kind] ?? 'Unspecified',
    SpanAttributes: attributes(span['attributes']),
    Duration: String(end < start ? 0n : end - start),
    StatusCode: ['Unset', 'Ok', 'Error'][code] ?? 'Unset',
    StatusMessage: text(status['message']),
    TraceFlags: Number(span['flags']),
    DroppedAttributesCount: Number(span['droppedAttributesCount']),
    DroppedEventsCount: Number(span['droppedEventsCount']),
    DroppedLinksCount: Number(span['droppedLinksCount']),
    'Events.Timestamp': events.map((event) => text(event['timeUnixNano'])),
    'Events.Name': events.map((event) => text(event['name'])),
    'Events.Attributes': events.map((event) => attributes(event['attributes'])),
    'Events.DroppedAttributesCount': events.map((event) => Number(event['droppedAttributesCount'])),
    'Links.TraceId': links.map((link) => optionalId(link['traceId'], 16)),
    'Links.SpanId': links.map((link) => optionalId(link['spanId'], 8)),
    'Links.TraceState': links.map((link) => text(link['traceState'])),
    'Links.Attributes': links.map((link) => attributes(link['attributes'])),
    'Links.TraceFlags': links.map((link) => Number(link['flags'])),
    'Links.DroppedAttributesCount': links.map((link) => Number(link['droppedAttributesCount'])),
    CutValues: cuts,
  };
}

const day = 24 * 3600 * 1000;
function plausible(nanos: bigint, receivedUnixMs: number): boolean {
  return nanos >= BigInt(Date.UTC(2000, 0, 1)) * 1_000_000n && nanos <= BigInt(receivedUnixMs + day) * 1_000_000n;
}

function logRow(record: Message, receivedUnixMs: number): Row | null {
  const observed = text(record['observedTimeUnixNano']);
  const own = text(record['timeUnixNano']);
  const time = [own, observed].find((time) => time !== '0') ?? String(BigInt(receivedUnixMs) * 1_000_000n);
  if (!plausible(BigInt(time), receivedUnixMs)) return null;
  const severity = Number(record['severityNumber']);
  const kept = severity >= 0 && severity <= 255;
  return {
    Timestamp: time,
    ObservedTimestamp: observed,
    TraceId: optionalId(record['traceId'], 16),
    SpanId: optionalId(record['spanId'], 8),
    TraceFlags: Number(record['flags']),
    SeverityText: text(record['severityText']),
    SeverityNumber: kept ? severity : 0,
    Body: textOf(one(record['body'])),
    LogAttributes: attributes(record['attributes']),
    EventName: text(record['eventName']),
    DroppedAttributesCount: Number(record['droppedAttributesCount']),
    CutValues: badId(record['traceId'], 16) + badId(record['spanId'], 8) + (kept ? 0 : 1),
  };
}

const tableOf = {
  gauge: 'otel_metrics_gauge',
  sum: 'otel_metrics_sum',
  histogram: 'otel_metrics_histogram',
  exponentialHistogram: 'otel_metrics_exponential_histogram',
  summary: 'otel_metrics_summary',
} as const;
type MetricKind = keyof typeof tableOf;

const numberOf = (point: Message): unknown =>
  point['value'] === 'asInt'
    ? Number(text(point['asInt']))
    : point['value'] === 'asDouble'
      ? float(point['asDouble'])
      : 0;
const optional = (message: Message, name: string): unknown =>
  Object.hasOwn(message, name) && message[name] !== null ? float(message[name]) : null;

function kindColumns(kind: MetricKind, data: Message, point: Message): Row {
  const temporality = { AggregationTemporality: Number(data['aggregationTemporality']) };
  const spread = { Sum: optional(point, 'sum'), Min: optional(point, 'min'), Max: optional(point, 'max') };
  switch (kind) {
    case 'gauge':
      return { Value: numberOf(point) };
    case 'sum':
      return { Value: numberOf(point), ...temporality, IsMonotonic: Boolean(data['isMonotonic']) };
    case 'histogram':
      return {
        Count: text(point['count']),
        ...spread,
        BucketCounts: list(point['bucketCounts']).map(text),
        ExplicitBounds: list(point['explicitBounds']).map(float),
        ...temporality,
      };
    case 'exponentialHistogram': {
      const positive = one(point['positive']);
      const negative = one(point['negative']);
      return {
        Count: text(point['count']),
        ...spread,
        Scale: Number(point['scale']),
        ZeroCount: text(point['zeroCount']),
        ZeroThreshold: float(point['zeroThreshold']),
        PositiveOffset: Number(positive['offset'] ?? 0),
        PositiveBucketCounts: list(positive['bucketCounts']).map(text),
        NegativeOffset: Number(negative['offset'] ?? 0),
        NegativeBucketCounts: list(negative['bucketCounts']).map(text),
        ...temporality,
      };
    }
    case 'summary': {
      const quantiles = list(point['quantileValues']);
      return {
        Count: text(point['count']),
        Sum: float(point['sum']),
        'ValueAtQuantiles.Quantile': quantiles.map(({ quantile }) => float(quantile)),
        'ValueAtQuantiles.Value': quantiles.map(({ value }) => float(value)),
      };
    }
  }
}

function pointRow(
  kind: MetricKind,
  metric: Message,
  data: Message,
  point: Message,
  receivedUnixMs: number,
): Row | null {
  const time = text(point['timeUnixNano']);
  if (!plausible(BigInt(time), receivedUnixMs)) return null;
  const exemplars = list(point['exemplars']);
  return {
    MetricName: text(metric['name']),
    MetricDescription: text(metric['description']),
    MetricUnit: text(metric['unit']),
    Attributes: attributes(point['attributes']),
    StartTimeUnix: text(point['startTimeUnixNano']),
    TimeUnix: time,
    ...kindColumns(kind, data, point),
    ...(kind === 'summary'
      ? {}
      : {
          'Exemplars.FilteredAttributes': exemplars.map((exemplar) => attributes(exemplar['filteredAttributes'])),
          'Exemplars.TimeUnix': exemplars.map((exemplar) => text(exemplar['timeUnixNano'])),
          'Exemplars.Value': exemplars.map(numberOf),
          'Exemplars.SpanId': exemplars.map((exemplar) => optionalId(exemplar['spanId'], 8)),
          'Exemplars.TraceId': exemplars.map((exemplar) => optionalId(exemplar['traceId'], 16)),
        }),
    Flags: Number(point['flags']),
    CutValues: exemplars.reduce((sum, { spanId, traceId }) => sum + badId(spanId, 8) + badId(traceId, 16), 0),
  };
}

const groupNames = {
  traces: ['resourceSpans', 'scopeSpans', 'spans'],
  logs: ['resourceLogs', 'scopeLogs', 'logRecords'],
  metrics: ['resourceMetrics', 'scopeMetrics', 'metrics'],
} as const;

export function expectedRows(signal: Signal, payload: Uint8Array, receivedUnixMs: number): Expected {
  const request = requestTypes[signal].decode(payload) as protobuf.Message & Message;
  const rows = new Map<TelemetryTableName, Row[]>();
  let rejected = 0;
  const add = (table: TelemetryTableName, row: Row | null, shared: Row): void => {
    if (row === null) rejected++;
    else rows.set(table, [...(rows.get(table) ?? []), { ...shared, ...row }]);
  };
  const [groups, scopes, items] = groupNames[signal];
  for (const group of list(request[groups])) {
    for (const scopeGroup of list(group[scopes])) {
      const shared = common(group, scopeGroup);
      for (const item of list(scopeGroup[items])) {
        if (signal === 'traces') add('otel_traces', spanRow(item, receivedUnixMs), shared);
        else if (signal === 'logs') add('otel_logs', logRow(item, receivedUnixMs), shared);
        else {
          const kind = item['data'] as MetricKind | undefined;
          if (kind === undefined) continue;
          const data = one(item[kind]);
          for (const point of list(data['dataPoints'])) {
            add(tableOf[kind], pointRow(kind, item, data, point, receivedUnixMs), shared);
          }
        }
      }
    }
  }
  return { rows, rejected };
}
