import { SeverityNumber } from '@opentelemetry/api';
import { OTLPLogExporter as LogsOverGrpc } from '@opentelemetry/exporter-logs-otlp-grpc';
import { OTLPLogExporter as LogsOverProto } from '@opentelemetry/exporter-logs-otlp-proto';
import { OTLPMetricExporter as MetricsOverGrpc } from '@opentelemetry/exporter-metrics-otlp-grpc';
import { OTLPMetricExporter as MetricsOverJson } from '@opentelemetry/exporter-metrics-otlp-http';
import { OTLPMetricExporter as MetricsOverProto } from '@opentelemetry/exporter-metrics-otlp-proto';
import { OTLPTraceExporter as TracesOverGrpc } from '@opentelemetry/exporter-trace-otlp-grpc';
import { OTLPTraceExporter as TracesOverJson } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as TracesOverProto } from '@opentelemetry/exporter-trace-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { LoggerProvider, type LogRecordExporter, SimpleLogRecordProcessor } from '@opentelemetry/sdk-logs';
import { MeterProvider, PeriodicExportingMetricReader, type PushMetricExporter } from '@opentelemetry/sdk-metrics';
import { SimpleSpanProcessor, type SpanExporter, TracerProvider } from '@opentelemetry/sdk-trace';
import { Effect } from 'effect';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Overloaded } from '../../../src/engine/domain/errors.ts';
import { requestTypes } from '../../support/otlp-proto.ts';
import { allAccepted, type Received, type Receivers, startReceivers } from './support/receivers.ts';

/** The SDK for Node as its users set it up, with each of its OTLP exporters. */
const resource = resourceFromAttributes({ 'service.name': 'cart' });
let receivers: Receivers;
beforeAll(async () => {
  receivers = await startReceivers();
});
afterAll(() => receivers.stop());

const path = (signal: string): string => `${receivers.http.url}/v1/${signal}`;
const gzip = { compression: 'gzip' as never };

/** What the last body says, decoded with a protobuf library or as JSON. */
function textOf({ signal, encoding, payload }: Received): string {
  if (encoding === 'json') return Buffer.from(payload).toString();
  return JSON.stringify(requestTypes[signal].toObject(requestTypes[signal].decode(payload), { longs: String }));
}

describe.each<[string, () => SpanExporter]>([
  ['HTTP with protobuf', () => new TracesOverProto({ url: path('traces') })],
  ['HTTP with protobuf and gzip', () => new TracesOverProto({ url: path('traces'), ...gzip })],
  ['HTTP with JSON', () => new TracesOverJson({ url: path('traces') })],
  ['gRPC', () => new TracesOverGrpc({ url: receivers.grpc.url })],
  ['gRPC with gzip', () => new TracesOverGrpc({ url: receivers.grpc.url, ...gzip })],
])('spans over %s', (_, exporter) => {
  test('arrive', async () => {
    const provider = new TracerProvider({
      resource,
      spanProcessors: [new SimpleSpanProcessor({ exporter: exporter() })],
    });
    provider.getTracer('t').startSpan('add to cart').end();
    await provider.forceFlush();
    await provider.shutdown();
    const last = receivers.received.at(-1)!;
    expect([last.signal, textOf(last)]).toEqual(['traces', expect.stringMatching(/cart.*add to cart/s)]);
  });
});

describe.each<[string, () => LogRecordExporter]>([
  ['HTTP with protobuf', () => new LogsOverProto({ url: path('logs') })],
  ['gRPC', () => new LogsOverGrpc({ url: receivers.grpc.url })],
])('log records over %s', (_, exporter) => {
  test('arrive', async () => {
    const provider = new LoggerProvider({
      resource,
      processors: [new SimpleLogRecordProcessor({ exporter: exporter() })],
    });
    provider.getLogger('t').emit({ severityNumber: SeverityNumber.WARN, body: 'cart is full' });
    await provider.forceFlush();
    await provider.shutdown();
    const last = receivers.received.at(-1)!;
    expect([last.signal, textOf(last)]).toEqual(['logs', expect.stringContaining('cart is full')]);
  });
});

describe.each<[string, () => PushMetricExporter]>([
  ['HTTP with protobuf', () => new MetricsOverProto({ url: path('metrics') })],
  ['HTTP with JSON', () => new MetricsOverJson({ url: path('metrics') })],
  ['gRPC', () => new MetricsOverGrpc({ url: receivers.grpc.url })],
])('metric points over %s', (_, exporter) => {
  test('arrive', async () => {
    const reader = new PeriodicExportingMetricReader({ exporter: exporter(), exportIntervalMillis: 60_000 });
    const provider = new MeterProvider({ resource, readers: [reader] });
    provider.getMeter('t').createCounter('cart.items').add(3);
    await provider.forceFlush();
    await provider.shutdown();
    const metrics = receivers.received.findLast(({ signal }) => signal === 'metrics')!;
    expect(textOf(metrics)).toContain('cart.items');
  });
});

// Over gRPC the SDK for Node gives up at the first error of any kind; a Collector comes again (collector.test.ts).
test('the SDK comes again when it is told to, over HTTP', async () => {
  let calls = 0;
  const busy = new Overloaded({ reason: 'spool-full', retryAfterMs: 50 });
  const overloaded = await startReceivers({
    append: () => (++calls === 1 ? Effect.fail(busy) : Effect.succeed(allAccepted)),
  });
  const exporter = new TracesOverProto({ url: `${overloaded.http.url}/v1/traces` });
  const provider = new TracerProvider({ resource, spanProcessors: [new SimpleSpanProcessor({ exporter })] });
  provider.getTracer('t').startSpan('once more').end();
  await provider.forceFlush();
  await provider.shutdown();
  expect(overloaded.received).toHaveLength(2);
  expect(overloaded.received[1]).toEqual(overloaded.received[0]);
  await overloaded.stop();
});
