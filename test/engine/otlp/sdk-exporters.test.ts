import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ROOT_CONTEXT, SeverityNumber, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-proto';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import { OTLPTraceExporter as TracesAsJson } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as TracesAsProtobuf } from '@opentelemetry/exporter-trace-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { LoggerProvider, SimpleLogRecordProcessor } from '@opentelemetry/sdk-logs';
import { AggregationType, MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { BatchSpanProcessor, TracerProvider, type SpanExporter } from '@opentelemetry/sdk-trace';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { signals, type Signal } from '../../../src/engine/domain/signals.ts';
import { makeSignalEncoder } from '../../../src/engine/otlp/signal-encoder.ts';
import { NativeReader, type Row } from './support/native.ts';

/** What the OpenTelemetry SDK for Node really sends, taken off a socket. */
const received: { signal: Signal; json: boolean; body: Buffer }[] = [];
const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const signal = signals.find((signal) => request.url === `/v1/${signal}`) as Signal;
    const json = request.headers['content-type'] === 'application/json';
    received.push({ signal, json, body: Buffer.concat(chunks) });
    response.end(json ? '{}' : '');
  });
});
let reader: NativeReader;
let url: (signal: Signal) => string;
beforeAll(async () => {
  reader = new NativeReader();
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  url = (signal) => `http://127.0.0.1:${port}/v1/${signal}`;
});
afterAll(async () => {
  reader.close();
  await new Promise((resolve) => server.close(resolve));
});

const resource = resourceFromAttributes({ 'service.name': 'cart', 'process.command_args': ['node', 'cart.js'] });

function rowsReceived(signal: Signal): Row[] {
  const encoder = makeSignalEncoder(signal);
  for (const { json, body } of received.splice(0)) encoder.append(body, json ? 'json' : 'protobuf', Date.now());
  return encoder.take().flatMap((block) => reader.read([block]).map((row) => ({ table: block.table, ...row })));
}

describe.each<[string, () => SpanExporter]>([
  ['protobuf', () => new TracesAsProtobuf({ url: url('traces') })],
  ['JSON', () => new TracesAsJson({ url: url('traces') })],
])('spans as %s', (_, exporter) => {
  test('come with parent, kind, status, events, links and nested attributes', async () => {
    const provider = new TracerProvider({
      resource,
      spanProcessors: [new BatchSpanProcessor({ exporter: exporter() })],
    });
    const tracer = provider.getTracer('shop', '1.2.3', { schemaUrl: 'https://opentelemetry.io/schemas/1.30.0' });
    const root = tracer.startSpan('POST /cart', { kind: SpanKind.SERVER, attributes: { 'http.route': '/cart' } });
    const child = tracer.startSpan(
      'reserve',
      { kind: SpanKind.CLIENT, links: [{ context: root.spanContext(), attributes: { why: 'retry' } }] },
      trace.setSpan(ROOT_CONTEXT, root),
    );
    child.setAttributes({ items: ['a', 'b'], count: 3, ratio: 0.25, big: 2 ** 53, ok: true });
    child.recordException(new RangeError('out of stock'));
    child.setStatus({ code: SpanStatusCode.ERROR, message: 'out of stock' });
    child.end();
    root.end();
    await provider.forceFlush();
    await provider.shutdown();

    const [reserve, post] = rowsReceived('traces');
    const { traceId, spanId } = root.spanContext();
    expect(post).toMatchObject({
      TraceId: traceId,
      SpanId: spanId,
      ParentSpanId: '',
      SpanKind: 'Server',
      CutValues: 0,
    });
    expect(reserve).toMatchObject({
      ServiceName: 'cart',
      ResourceAttributes: expect.arrayContaining([['process.command_args', '["node","cart.js"]']]),
      ScopeName: 'shop',
      ScopeVersion: '1.2.3',
      TraceId: traceId,
      ParentSpanId: spanId,
      SpanName: 'reserve',
      SpanKind: 'Client',
      StatusCode: 'Error',
      StatusMessage: 'out of stock',
      SpanAttributes: [
        ['items', '["a","b"]'],
        ['count', '3'],
        ['ratio', '0.25'],
        ['big', '9007199254740992'],
        ['ok', 'true'],
      ],
      'Events.Name': ['exception'],
      'Links.TraceId': [traceId],
      'Links.Attributes': [[['why', 'retry']]],
      CutValues: 0,
    });
  });
});

test('log records come with their trace, severity and structured body', async () => {
  const exporter = new OTLPLogExporter({ url: url('logs') });
  const provider = new LoggerProvider({ resource, processors: [new SimpleLogRecordProcessor({ exporter })] });
  const spanContext = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', traceFlags: 1 };
  provider.getLogger('shop').emit({
    severityNumber: SeverityNumber.WARN,
    severityText: 'WARN',
    eventName: 'cart.full',
    body: { cart: 7, items: ['a', null], ratio: 0.5 },
    attributes: { 'app.id': 12 },
    context: trace.setSpanContext(ROOT_CONTEXT, spanContext),
  });
  await provider.forceFlush();
  await provider.shutdown();
  expect(rowsReceived('logs')).toEqual([
    expect.objectContaining({
      TraceId: spanContext.traceId,
      SpanId: spanContext.spanId,
      SeverityNumber: 13,
      SeverityText: 'WARN',
      EventName: 'cart.full',
      Body: '{"cart":7,"items":["a",null],"ratio":0.5}',
      LogAttributes: [['app.id', '12']],
      CutValues: 0,
    }),
  ]);
});

test('metrics of every kind that the SDK has', async () => {
  const exporter = new OTLPMetricExporter({ url: url('metrics') });
  const provider = new MeterProvider({
    resource,
    readers: [new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 })],
    views: [{ instrumentName: 'sizes', aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM } }],
  });
  const meter = provider.getMeter('shop');
  meter.createCounter('orders', { unit: '{order}', description: 'Orders taken' }).add(3, { region: 'eu' });
  meter.createGauge('temperature').record(-1.5);
  const latency = meter.createHistogram('latency', { advice: { explicitBucketBoundaries: [1, 10] } });
  for (const value of [0.5, 5, 50]) latency.record(value);
  for (const value of [0, 1, -2, 4]) meter.createHistogram('sizes').record(value);
  await provider.forceFlush();
  await provider.shutdown();
  const rows = rowsReceived('metrics').filter(({ MetricName }) => !String(MetricName).startsWith('otel.'));
  const of = (name: string): Row | undefined => rows.find(({ MetricName }) => MetricName === name);
  expect(of('orders')).toMatchObject({
    table: 'otel_metrics_sum',
    MetricUnit: '{order}',
    MetricDescription: 'Orders taken',
    Attributes: [['region', 'eu']],
    Value: 3,
    AggregationTemporality: 2,
    IsMonotonic: true,
  });
  expect(of('temperature')).toMatchObject({ table: 'otel_metrics_gauge', Value: -1.5 });
  expect(of('latency')).toMatchObject({
    table: 'otel_metrics_histogram',
    Count: '3',
    Sum: 55.5,
    Min: 0.5,
    Max: 50,
    BucketCounts: ['1', '1', '1'],
    ExplicitBounds: [1, 10],
  });
  expect(of('sizes')).toMatchObject({ table: 'otel_metrics_exponential_histogram', ZeroCount: '1' });
});
