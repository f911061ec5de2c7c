import { randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import { hostname } from 'node:os';
import { context, logs, metrics, propagation, trace } from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-proto';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { registerInstrumentations } from '@opentelemetry/instrumentation';
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchLogRecordProcessor, LoggerProvider } from '@opentelemetry/sdk-logs';
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { AsyncContextManager } from './context-manager.ts';
import { observeProcess } from './process-metrics.ts';

export interface TelemetryOptions {
  readonly service: string;
  readonly version: string;
  /** Base URL of an OTLP/HTTP receiver. */
  readonly otlpHttp: string;
  readonly exportMs?: { readonly spans: number; readonly logs: number; readonly metrics: number };
}

/** Header that names whom a call is for; it becomes `service.peer.name` on the caller's span. */
export const peerHeader = 'x-shop-peer';
/** Paths below this are the shop's own controls: no span, no metric. */
export const controlPrefix = '/_';

/** Short, because a person waits for the data; production setups use 5 s and 60 s. */
const soon = { spans: 400, logs: 400, metrics: 2_000 } as const;

/**
 * Sets the OpenTelemetry SDK up as any Node service does: resource, three providers, OTLP/HTTP with protobuf, and the
 * HTTP instrumentation. Call it before the first request of the process.
 * @returns what sends all that is still held and shuts the SDK down.
 */
export function startTelemetry({ service, version, otlpHttp, exportMs = soon }: TelemetryOptions): () => Promise<void> {
  const resource = resourceFromAttributes({
    'service.name': service,
    'service.namespace': 'shop',
    'service.version': version,
    'service.instance.id': randomUUID(),
    'host.name': hostname(),
    'process.pid': process.pid,
    'process.runtime.name': 'nodejs',
    'process.runtime.version': process.versions.node,
    'deployment.environment.name': 'demo',
  });
  const tracerProvider = new TracerProvider({
    resource,
    spanProcessors: [
      new BatchSpanProcessor({
        exporter: new OTLPTraceExporter({ url: `${otlpHttp}/v1/traces` }),
        scheduledDelayMillis: exportMs.spans,
        maxQueueSize: 16_384,
      }),
    ],
  });
  const loggerProvider = new LoggerProvider({
    resource,
    processors: [
      new BatchLogRecordProcessor({
        exporter: new OTLPLogExporter({ url: `${otlpHttp}/v1/logs` }),
        scheduledDelayMillis: exportMs.logs,
        maxQueueSize: 16_384,
      }),
    ],
  });
  const meterProvider = new MeterProvider({
    resource,
    readers: [
      new PeriodicExportingMetricReader({
        exporter: new OTLPMetricExporter({ url: `${otlpHttp}/v1/metrics` }),
        exportIntervalMillis: exportMs.metrics,
        exportTimeoutMillis: exportMs.metrics,
      }),
    ],
  });
  context.setGlobalContextManager(new AsyncContextManager());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  trace.setGlobalTracerProvider(tracerProvider);
  logs.setGlobalLoggerProvider(loggerProvider);
  metrics.setGlobalMeterProvider(meterProvider);
  registerInstrumentations({ instrumentations: [httpInstrumentation()], tracerProvider, meterProvider });
  // The instrumentation patches `node:http` when it is required; importers then see the patched functions.
  createRequire(import.meta.url)('node:http');
  observeProcess();
  return async () => {
    await Promise.allSettled([tracerProvider.shutdown(), loggerProvider.shutdown(), meterProvider.shutdown()]);
  };
}

function httpInstrumentation(): HttpInstrumentation {
  return new HttpInstrumentation({
    ignoreIncomingRequestHook: (request) => request.url?.startsWith(controlPrefix) ?? false,
    startOutgoingSpanHook: ({ headers, path }) => {
      const peer = (headers as Readonly<Record<string, unknown>> | undefined)?.[peerHeader];
      return {
        ...(typeof peer === 'string' ? { 'service.peer.name': peer, 'peer.service': peer } : {}),
        ...(typeof path === 'string' ? { 'url.template': templateOf(path) } : {}),
      };
    },
    // Of client spans; a server sets it when it knows what it answers.
    responseHook: (span, response) => {
      const length = 'headers' in response ? response.headers['content-length'] : undefined;
      if (length !== undefined) span.setAttribute('http.response.body.size', Number(length));
    },
    // By the conventions a client span is named after the method and a template of low cardinality.
    requestHook: (span, request) => {
      if (!('path' in request)) return;
      span.updateName(`${request.method} ${templateOf(request.path)}`);
    },
  });
}

/** `/carts/customer-17/items?x=1` → `/carts/{id}/items`: parts with a digit are ids. */
export function templateOf(path: string): string {
  return path
    .split('?', 1)[0]!
    .split('/')
    .map((part) => (/\d/.test(part) ? '{id}' : part))
    .join('/');
}
