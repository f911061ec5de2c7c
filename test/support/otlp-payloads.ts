import { protobufOfJson } from './otlp-proto.ts';
import { seededRandom, type Random } from './random.ts';

/**
 * Seeded OTLP requests of realistic shape for tests and benches. The `…Json` functions give the request as an OTLP/JSON
 * object, the others the same request as protobuf bytes. The same options give the same bytes.
 */
export interface TracesOptions {
  /** Spans in the request; 500 by default. */
  readonly spans?: number;
  /** Attributes of a span; 15 by default (about 277 KB a request with 500 spans). */
  readonly attributes?: number;
  readonly resourceAttributes?: number;
  readonly seed?: number;
  /** Services (one resource each); 1 by default. */
  readonly services?: number;
  /** When the first span starts; 2026-01-01 by default. */
  readonly startUnixMs?: number;
  /** Share of spans with an error status and an exception event; 0.02 by default. */
  readonly errors?: number;
}

export interface LogsOptions extends Omit<TracesOptions, 'spans' | 'errors'> {
  /** Log records in the request; 1000 by default. */
  readonly records?: number;
  /** Bytes of a record's body; 300 by default. */
  readonly bodyBytes?: number;
}

export interface MetricsOptions extends Omit<TracesOptions, 'spans' | 'errors'> {
  /** Data points in the request; 1000 by default, every fourth one a histogram of 10 buckets. */
  readonly points?: number;
}

const defaultStart = Date.UTC(2026, 0, 1);
const serviceNames = ['checkout', 'web', 'cart', 'payment', 'inventory', 'shipping', 'search', 'recommendation'];
const operations = [
  'GET /api/products/{id}',
  'POST /api/checkout',
  'SELECT shop.orders',
  'publish orders',
  'GET /health',
];
const methods = ['GET', 'POST', 'PUT'];
const regions = ['eu-central-1', 'us-east-1', 'ap-south-1'];
const words = 'order customer payment accepted retry connection pool timeout cache miss hit shard upstream'.split(' ');

type Any = { stringValue: string } | { intValue: string } | { doubleValue: number } | { boolValue: boolean };
interface KeyValue {
  readonly key: string;
  readonly value: Any;
}

const text = (key: string, stringValue: string): KeyValue => ({ key, value: { stringValue } });
const integer = (key: string, value: number): KeyValue => ({ key, value: { intValue: String(value) } });

/** One maker for each attribute, in the order in which they are taken; beyond the list come `app.label.N`. */
const attributeMakers: readonly ((random: Random) => KeyValue)[] = [
  (r) => text('http.request.method', r.pick(methods)),
  (r) => text('url.path', `/api/products/${r.int(10_000)}`),
  (r) => text('url.query', `currency=EUR&page=${r.int(50)}`),
  (r) => integer('http.response.status_code', r.pick([200, 200, 200, 201, 404, 500])),
  () => text('server.address', 'shop.example.com'),
  () => integer('server.port', 8443),
  (r) => text('user_agent.original', `Shop/${r.int(20)}.${r.int(10)} (Linux)`),
  (r) => text('client.address', `10.${r.int(256)}.${r.int(256)}.${r.int(256)}`),
  () => text('network.protocol.version', '1.1'),
  (r) => text('enduser.id', `user-${r.int(50_000)}`),
  (r) => text('session.id', r.hex(16)),
  (r) => text('cloud.region', r.pick(regions)),
  (r) => ({ key: 'app.cart.total', value: { doubleValue: Math.round(r.unit() * 50_000) / 100 } }),
  (r) => ({ key: 'app.cache.hit', value: { boolValue: r.int(2) === 1 } }),
  (r) => text('thread.name', `http-worker-${r.int(16)}`),
];

function attributesOf(random: Random, count: number): KeyValue[] {
  return Array.from({ length: count }, (_, index) => {
    const make = attributeMakers[index];
    return make === undefined ? text(`app.label.${index}`, `value-${random.int(1000)}`) : make(random);
  });
}

function resourceOf(service: number, count: number): { attributes: KeyValue[] } {
  const all = [
    text(
      'service.name',
      `${serviceNames[service % serviceNames.length]}${service < serviceNames.length ? '' : service}`,
    ),
    text('service.version', '1.14.2'),
    text('deployment.environment.name', 'production'),
    text('host.name', `node-${service % 4}.shop.example.com`),
    text('telemetry.sdk.language', 'nodejs'),
    ...Array.from({ length: Math.max(0, count - 5) }, (_, i) => text(`resource.label.${i}`, `value-${i}`)),
  ];
  return { attributes: all.slice(0, count) };
}

const scope = { name: '@shop/instrumentation-http', version: '0.58.1' };
const nanos = (unixMs: number, extraNanos = 0): string => String(BigInt(unixMs) * 1_000_000n + BigInt(extraNanos));

/** `total` split over `parts`, the first ones getting what is left over. */
function share(total: number, parts: number, part: number): number {
  return Math.floor(total / parts) + (part < total % parts ? 1 : 0);
}

export function tracesRequestJson(options: TracesOptions = {}): object {
  const { spans = 500, attributes = 15, resourceAttributes = 5, seed = 1, services = 1, errors = 0.02 } = options;
  const start = options.startUnixMs ?? defaultStart;
  const random = seededRandom(seed);
  let traceId = '';
  let root = '';
  const span = (index: number) => {
    const isRoot = index % 8 === 0;
    const spanId = random.hex(16);
    if (isRoot) [traceId, root] = [random.hex(32), spanId];
    const failed = random.unit() < errors;
    const begin = start + index;
    return {
      traceId,
      spanId,
      ...(isRoot ? {} : { parentSpanId: root }),
      name: random.pick(operations),
      kind: isRoot ? 2 : random.pick([1, 3]),
      startTimeUnixNano: nanos(begin, random.int(1_000_000)),
      endTimeUnixNano: nanos(begin + 1 + random.int(250), random.int(1_000_000)),
      attributes: attributesOf(random, attributes),
      ...(failed ? { status: { code: 2, message: 'upstream timed out' }, events: [exceptionAt(begin)] } : {}),
      flags: 257,
    };
  };
  return {
    resourceSpans: Array.from({ length: services }, (_, service) => ({
      resource: resourceOf(service, resourceAttributes),
      scopeSpans: [{ scope, spans: Array.from({ length: share(spans, services, service) }, (_, i) => span(i)) }],
    })),
  };
}

function exceptionAt(unixMs: number): object {
  return {
    timeUnixNano: nanos(unixMs, 500_000),
    name: 'exception',
    attributes: [
      text('exception.type', 'TimeoutError'),
      text('exception.message', 'upstream timed out after 250 ms'),
      text('exception.stacktrace', 'TimeoutError: upstream timed out\n    at Pool.acquire (/app/pool.js:41:11)'),
    ],
  };
}

export function logsRequestJson(options: LogsOptions = {}): object {
  const { records = 1000, bodyBytes = 300, attributes = 8, resourceAttributes = 5, seed = 1, services = 1 } = options;
  const start = options.startUnixMs ?? defaultStart;
  const random = seededRandom(seed);
  const body = () => {
    let line = `order ${random.int(1_000_000)}:`;
    while (line.length < bodyBytes) line += ` ${random.pick(words)}=${random.int(100_000)}`;
    return line.slice(0, bodyBytes);
  };
  const record = (index: number) => {
    const severity = random.pick([9, 9, 9, 9, 5, 13, 17]);
    return {
      timeUnixNano: nanos(start + index, random.int(1_000_000)),
      observedTimeUnixNano: nanos(start + index + 1),
      severityNumber: severity,
      severityText: { 5: 'DEBUG', 9: 'INFO', 13: 'WARN', 17: 'ERROR' }[severity] ?? '',
      body: { stringValue: body() },
      attributes: attributesOf(random, attributes),
      traceId: random.hex(32),
      spanId: random.hex(16),
      flags: 1,
    };
  };
  return {
    resourceLogs: Array.from({ length: services }, (_, service) => ({
      resource: resourceOf(service, resourceAttributes),
      scopeLogs: [
        { scope, logRecords: Array.from({ length: share(records, services, service) }, (_, i) => record(i)) },
      ],
    })),
  };
}

const bounds = [5, 10, 25, 50, 100, 250, 500, 1000, 2500];

export function metricsRequestJson(options: MetricsOptions = {}): object {
  const { points = 1000, attributes = 5, resourceAttributes = 5, seed = 1, services = 1 } = options;
  const start = options.startUnixMs ?? defaultStart;
  const random = seededRandom(seed);
  const head = () => ({
    startTimeUnixNano: nanos(start),
    timeUnixNano: nanos(start + 10_000),
    attributes: attributesOf(random, attributes),
  });
  const number = () => ({ ...head(), asDouble: Math.round(random.unit() * 1e6) / 1e3 });
  const counter = () => ({ ...head(), asInt: String(random.int(1_000_000)) });
  const histogram = () => {
    const counts = Array.from({ length: bounds.length + 1 }, () => random.int(1000));
    return {
      ...head(),
      count: String(counts.reduce((a, b) => a + b, 0)),
      sum: Math.round(random.unit() * 1e7) / 1e3,
      min: 0.5,
      max: 2400,
      bucketCounts: counts.map(String),
      explicitBounds: bounds,
    };
  };
  const metrics = (count: number) => {
    const histograms = Math.floor(count / 4);
    const gauges = Math.floor((count - histograms) / 2);
    const list = <T>(length: number, make: () => T) => Array.from({ length }, make);
    return [
      { name: 'process.memory.usage', unit: 'By', gauge: { dataPoints: list(gauges, number) } },
      {
        name: 'http.server.requests',
        description: 'Requests served',
        unit: '{request}',
        sum: { aggregationTemporality: 2, isMonotonic: true, dataPoints: list(count - histograms - gauges, counter) },
      },
      {
        name: 'http.server.request.duration',
        description: 'Duration of HTTP server requests',
        unit: 'ms',
        histogram: { aggregationTemporality: 2, dataPoints: list(histograms, histogram) },
      },
    ];
  };
  return {
    resourceMetrics: Array.from({ length: services }, (_, service) => ({
      resource: resourceOf(service, resourceAttributes),
      scopeMetrics: [{ scope, metrics: metrics(share(points, services, service)) }],
    })),
  };
}

export const tracesRequest = (options?: TracesOptions): Uint8Array =>
  protobufOfJson('traces', tracesRequestJson(options));
export const logsRequest = (options?: LogsOptions): Uint8Array => protobufOfJson('logs', logsRequestJson(options));
export const metricsRequest = (options?: MetricsOptions): Uint8Array =>
  protobufOfJson('metrics', metricsRequestJson(options));
