export interface Load {
  readonly services: number;
  /** Of a service each: operations, and metric series, half of them gauges and half counters. */
  readonly operations: number;
  readonly series: number;
}

const nanos = (ms: number): string => `fromUnixTimestamp64Nano(toInt64(${ms}) * 1000000)`;

/** Two spans a second and operation, every other one of them a call of another service. */
export function spansOf({ services, operations }: Load, fromMs: number, forMs: number): string {
  const spans = Math.round((services * operations * 2 * forMs) / 1000);
  return `INSERT INTO otel_traces (Timestamp, TraceId, SpanId, ParentSpanId, SpanName, SpanKind, ServiceName, ResourceAttributes, SpanAttributes, Duration, StatusCode)
SELECT ${nanos(fromMs)} + toIntervalMillisecond(intDiv(number * ${forMs}, ${spans})), lower(hex(sipHash128(intDiv(number, 2), ${fromMs}))),
  lower(hex(sipHash64(number, ${fromMs}))), if(number % 2 = 0, '', lower(hex(sipHash64(number - 1, ${fromMs})))),
  concat('GET /', toString(intDiv(number, ${services}) % ${operations})), if(number % 2 = 0, 'Client', 'Server'),
  concat('service-', toString(number % ${services})),
  map('service.version', '1.0', 'service.instance.id', concat('i', toString(number % 2)), 'host.name', concat('h', toString(number % 20))),
  map('http.response.status_code', toString(200 + number % 3), 'http.route', '/x', 'server.address', 'example.org', 'url.path', '/a/b/c', 'network.peer.port', '8080'),
  toUInt64(1e6 + sipHash64(number, ${fromMs}) % 100000000), if(number % 100 = 0, 'Error', 'Unset')
FROM numbers(${spans})`;
}

/** A point of each series. */
export function pointsOf({ services, series }: Load, atMs: number): string {
  return `INSERT INTO otel_metrics_sum (ServiceName, ResourceAttributes, MetricName, Attributes, StartTimeUnix, TimeUnix, Value, AggregationTemporality, IsMonotonic)
SELECT concat('service-', toString(number % ${services})), map('service.instance.id', 'i0', 'host.name', concat('h', toString(number % 20))),
  if(number % 2 = 0, 'http.server.bytes', 'process.memory.usage'), map('part', toString(intDiv(number, ${services}))), ${nanos(atMs - 3_600_000)}, ${nanos(atMs + 3000)},
  if(number % 2 = 0, ${atMs / 1000} * number, 1e6 + number), 2, number % 2 = 0
FROM numbers(${services * series})`;
}
