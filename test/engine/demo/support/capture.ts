import { Effect } from 'effect';
import { requestTypes } from '../../../support/otlp-proto.ts';
import { allAccepted, type Received, startReceivers } from '../../receive/support/receivers.ts';

/** A span as it came over the wire, with what the tests look at. */
export interface SeenSpan {
  readonly service: string;
  readonly version: string;
  readonly instance: string;
  readonly name: string;
  readonly kind: number;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly startMs: number;
  readonly durationMs: number;
  readonly failed: boolean;
  readonly attributes: Readonly<Record<string, string>>;
  readonly events: readonly string[];
}

export interface SeenLog {
  readonly service: string;
  readonly traceId: string;
  readonly severity: string;
  readonly body: string;
}

export interface SeenMetric {
  readonly service: string;
  readonly name: string;
  /** Values or sums of its points, in order. */
  readonly values: readonly number[];
}

interface Attribute {
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
}

/** Real OTLP receivers on free ports whose spool keeps what arrives in memory, readable with protobufjs. */
export async function startCapture() {
  const decoded = { traces: [] as Message[], logs: [] as Message[], metrics: [] as Message[] };
  const receivers = await startReceivers({
    collect: false,
    // Decoded at once: the bytes are the receiver's, who uses them again for the next body.
    append: (received) =>
      Effect.sync(() => {
        decoded[received.signal].push(decode(received));
        return allAccepted;
      }),
  });
  return {
    otlpHttp: `http://127.0.0.1:${receivers.http.port}`,
    spans: (): SeenSpan[] => decoded.traces.flatMap(spansOf),
    logs: (): SeenLog[] => decoded.logs.flatMap(logsOf),
    metrics: (): SeenMetric[] => decoded.metrics.flatMap(metricsOf),
    stop: receivers.stop,
  };
}

export type Capture = Awaited<ReturnType<typeof startCapture>>;

// oxlint-disable-next-line typescript/no-explicit-any -- protobufjs' objects have no static type
type Message = any;

function decode({ signal, payload }: Received): Message {
  const type = requestTypes[signal];
  return type.toObject(type.decode(payload), { longs: String, bytes: String, defaults: true });
}

const hex = (base64: string): string => Buffer.from(base64, 'base64').toString('hex');

function attributesOf(attributes: readonly Attribute[] = []): Record<string, string> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, String(Object.values(value)[0])]));
}

function spansOf(request: Message): SeenSpan[] {
  return request.resourceSpans.flatMap(({ resource, scopeSpans }: Message) => {
    const about = attributesOf(resource.attributes);
    return scopeSpans.flatMap(({ spans }: Message) =>
      spans.map((span: Message): SeenSpan => ({
        service: about['service.name'] ?? '',
        version: about['service.version'] ?? '',
        instance: about['service.instance.id'] ?? '',
        name: span.name,
        kind: span.kind,
        traceId: hex(span.traceId),
        spanId: hex(span.spanId),
        parentSpanId: hex(span.parentSpanId),
        startMs: Number(BigInt(span.startTimeUnixNano) / 1000n) / 1000,
        durationMs: Number(BigInt(span.endTimeUnixNano) - BigInt(span.startTimeUnixNano)) / 1e6,
        failed: span.status?.code === 2,
        attributes: attributesOf(span.attributes),
        events: span.events.map((event: Message) => attributesOf(event.attributes)['exception.type'] ?? event.name),
      })),
    );
  });
}

function logsOf(request: Message): SeenLog[] {
  return request.resourceLogs.flatMap(({ resource, scopeLogs }: Message) =>
    scopeLogs.flatMap(({ logRecords }: Message) =>
      logRecords.map((record: Message): SeenLog => ({
        service: attributesOf(resource.attributes)['service.name'] ?? '',
        traceId: hex(record.traceId),
        severity: record.severityText,
        body: record.body?.stringValue ?? '',
      })),
    ),
  );
}

function metricsOf(request: Message): SeenMetric[] {
  return request.resourceMetrics.flatMap(({ resource, scopeMetrics }: Message) =>
    scopeMetrics.flatMap(({ metrics }: Message) =>
      metrics.map((metric: Message): SeenMetric => ({
        service: attributesOf(resource.attributes)['service.name'] ?? '',
        name: metric.name,
        values: (metric.gauge ?? metric.sum ?? metric.histogram ?? { dataPoints: [] }).dataPoints.map(
          (point: Message) => Number(point.asDouble ?? point.asInt ?? point.sum ?? 0),
        ),
      })),
    ),
  );
}
