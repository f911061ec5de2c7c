import fc from 'fast-check';
import type { Signal } from '../../../../src/engine/domain/signals.ts';

/** Any OTLP request of a signal in its JSON form: ids in hex, 64-bit integers in decimal, doubles that JSON can hold. */

/** The receiver's clock in these tests. */
export const receivedUnixMs = Date.UTC(2026, 5, 1);

const maybe = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(arbitrary, { nil: undefined });
/** A message: each field may be missing. */
const message = (fields: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<object> =>
  fc.record(fields, { requiredKeys: [] });
const few = <T>(arbitrary: fc.Arbitrary<T>, maxLength = 3): fc.Arbitrary<T[]> => fc.array(arbitrary, { maxLength });

const text = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.constantFrom('service.name', 'http.route', '', 'ä€😀', '\u0000\n"\\'),
  // Around the sizes at which copying changes its way; within the limit of a key.
  fc
    .tuple(fc.constantFrom('x', 'é', '😀'), fc.integer({ min: 120, max: 250 }))
    .map(([char, times]) => char.repeat(times)),
);
const hex = (bytes: number): fc.Arbitrary<string> =>
  fc.uint8Array({ minLength: bytes, maxLength: bytes }).map((id) => Buffer.from(id).toString('hex'));
const id = (bytes: number): fc.Arbitrary<string> =>
  fc.oneof({ weight: 20, arbitrary: hex(bytes) }, { weight: 1, arbitrary: hex(3) }, fc.constant('00'.repeat(bytes)));
const uint32 = fc.oneof(fc.integer({ min: 0, max: 0xffffffff }), fc.nat(300));
const uint64 = fc.oneof(fc.bigInt(0n, 2n ** 64n - 1n), fc.bigInt(0n, 300n)).map(String);
const int64 = fc.oneof(fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n), fc.bigInt(-300n, 300n)).map(String);
const sint32 = fc.integer({ min: -0x80000000, max: 0x7fffffff });
const double = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0),
  fc.constantFrom<number | string>(0, 1e21, 1e-7, 1.5, 'NaN', 'Infinity', '-Infinity'),
);
const pastTime = fc.bigInt(BigInt(Date.UTC(2001, 0, 1)) * 1_000_000n, BigInt(receivedUnixMs) * 1_000_000n).map(String);
const time = fc.oneof({ weight: 20, arbitrary: pastTime }, fc.constantFrom('0', String(2n ** 63n - 1n)));

const { any } = fc.letrec<{ any: object; pair: object }>((tie) => ({
  pair: message({ key: text, value: tie('any') }),
  any: fc.oneof(
    { depthSize: 'small', maxDepth: 4 },
    text.map((stringValue) => ({ stringValue })),
    fc.boolean().map((boolValue) => ({ boolValue })),
    int64.map((intValue) => ({ intValue })),
    double.map((doubleValue) => ({ doubleValue })),
    fc.uint8Array({ maxLength: 7 }).map((bytes) => ({ bytesValue: Buffer.from(bytes).toString('base64') })),
    fc.constant({}),
    few(tie('any')).map((values) => ({ arrayValue: { values } })),
    few(tie('pair')).map((values) => ({ kvlistValue: { values } })),
  ),
}));
const attributes = few(message({ key: text, value: any }), 5);
const withAttributes = { attributes, droppedAttributesCount: uint32 };

const span = message({
  ...withAttributes,
  traceId: id(16),
  spanId: id(8),
  traceState: text,
  parentSpanId: id(8),
  name: text,
  kind: fc.integer({ min: -1, max: 7 }),
  startTimeUnixNano: time,
  endTimeUnixNano: pastTime,
  events: few(message({ ...withAttributes, timeUnixNano: time, name: text })),
  droppedEventsCount: uint32,
  links: few(message({ ...withAttributes, traceId: id(16), spanId: id(8), traceState: text, flags: uint32 })),
  droppedLinksCount: uint32,
  status: message({ message: text, code: fc.integer({ min: -1, max: 4 }) }),
  flags: uint32,
});
/** Mostly with what a span cannot do without. */
const goodSpan = fc.tuple(span, hex(16), hex(8), pastTime).map(([span, traceId, spanId, startTimeUnixNano]) => ({
  ...span,
  traceId,
  spanId,
  startTimeUnixNano,
}));

const logRecord = message({
  ...withAttributes,
  timeUnixNano: time,
  observedTimeUnixNano: time,
  severityNumber: fc.integer({ min: -1, max: 300 }),
  severityText: text,
  body: any,
  flags: uint32,
  traceId: id(16),
  spanId: id(8),
  eventName: text,
});

const number = fc.oneof(
  double.map((asDouble) => ({ asDouble })),
  int64.map((asInt) => ({ asInt })),
  fc.constant({}),
);
const exemplar = fc
  .tuple(message({ filteredAttributes: attributes, timeUnixNano: time, spanId: id(8), traceId: id(16) }), number)
  .map(([rest, value]) => ({ ...rest, ...value }));
const pointFields = { attributes, startTimeUnixNano: time, flags: uint32 };
const point = (fields: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<object> =>
  fc.tuple(message({ ...pointFields, ...fields }), time).map(([rest, timeUnixNano]) => ({ ...rest, timeUnixNano }));
const exemplars = few(exemplar);
const spread = { count: uint64, sum: double, min: double, max: double };
const buckets = message({ offset: sint32, bucketCounts: few(uint64, 5) });
const numberPoint = fc.tuple(point({ exemplars }), number).map(([rest, value]) => ({ ...rest, ...value }));
const histogramPoint = point({ ...spread, exemplars, bucketCounts: few(uint64, 5), explicitBounds: few(double, 5) });
const exponentialPoint = point({
  ...spread,
  exemplars,
  scale: sint32,
  zeroCount: uint64,
  zeroThreshold: double,
  positive: buckets,
  negative: buckets,
});
const summaryPoint = point({
  count: uint64,
  sum: double,
  quantileValues: few(message({ quantile: double, value: double })),
});
const aggregationTemporality = fc.integer({ min: 0, max: 5 });
const data = fc.oneof(
  message({ dataPoints: few(numberPoint) }).map((gauge) => ({ gauge })),
  message({ dataPoints: few(numberPoint), aggregationTemporality, isMonotonic: fc.boolean() }).map((sum) => ({ sum })),
  message({ dataPoints: few(histogramPoint), aggregationTemporality }).map((histogram) => ({ histogram })),
  message({ dataPoints: few(exponentialPoint), aggregationTemporality }).map((exponentialHistogram) => ({
    exponentialHistogram,
  })),
  message({ dataPoints: few(summaryPoint) }).map((summary) => ({ summary })),
  fc.constant({}),
);
const metric = fc
  .tuple(message({ name: text, description: text, unit: text }), data)
  .map(([head, data]) => ({ ...head, ...data }));

function request(groups: string, scopes: string, items: string, item: fc.Arbitrary<object>): fc.Arbitrary<object> {
  const scope = message({ ...withAttributes, name: text, version: text });
  const scopeGroup = message({ scope, [items]: few(item, 4), schemaUrl: text });
  const group = message({ resource: message(withAttributes), [scopes]: few(scopeGroup), schemaUrl: text });
  return message({ [groups]: few(group) });
}

export const requests: Readonly<Record<Signal, fc.Arbitrary<object>>> = {
  traces: request('resourceSpans', 'scopeSpans', 'spans', fc.oneof({ weight: 6, arbitrary: goodSpan }, span)),
  logs: request('resourceLogs', 'scopeLogs', 'logRecords', logRecord),
  metrics: request('resourceMetrics', 'scopeMetrics', 'metrics', metric),
};

export { any as anyValue, maybe };
