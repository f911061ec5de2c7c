import type { FeaturesStore } from './features-store.ts';

/** Times of a drawing: seconds after `startMs`. */
export function drawTelemetry(store: FeaturesStore, startMs: number) {
  const at = (seconds: number): number => startMs + seconds * 1000;
  let lastId = 0;
  const id = (): string => (lastId += 1).toString(16).padStart(16, '0');
  const span = (service: string, seconds: number, more: Readonly<Record<string, unknown>> = {}) => ({
    Timestamp: at(seconds),
    TraceId: id().padStart(32, 'a'),
    SpanId: id(),
    ParentSpanId: '',
    SpanName: 'GET /',
    SpanKind: 'Server',
    ServiceName: service,
    ResourceAttributes: { 'service.version': '1', 'service.instance.id': `${service}-1` },
    SpanAttributes: {},
    Duration: 1_000_000,
    StatusCode: 'Unset',
    ...more,
  });
  const point = (service: string, metric: string, seconds: number, value: number, attributes = {}, resource = {}) => ({
    TimeUnix: at(seconds),
    MetricName: metric,
    Attributes: attributes,
    ResourceAttributes: { 'service.instance.id': `${service}-1`, ...resource },
    ServiceName: service,
    Value: value,
  });
  const counter = { AggregationTemporality: 2, IsMonotonic: true };
  return {
    span,
    spans: (rows: readonly ReturnType<typeof span>[]): Promise<void> => store.insert('otel_traces', rows),
    gauges: (rows: readonly ReturnType<typeof point>[]): Promise<void> => store.insert('otel_metrics_gauge', rows),
    counters: (rows: readonly ReturnType<typeof point>[]): Promise<void> =>
      store.insert(
        'otel_metrics_sum',
        rows.map((row) => ({ ...row, ...counter })),
      ),
    levels: (rows: readonly ReturnType<typeof point>[]): Promise<void> =>
      store.insert(
        'otel_metrics_sum',
        rows.map((row) => ({ ...row, ...counter, IsMonotonic: false })),
      ),
    point,
    at,
    /** `service` calls `callee`: the two spans of it. */
    call: (service: string, callee: string, seconds: number, durationMs: number, failed = false) => {
      const client = span(service, seconds, {
        SpanKind: 'Client',
        Duration: durationMs * 1e6,
        StatusCode: failed ? 'Error' : 'Unset',
      });
      return [
        client,
        span(callee, seconds + 0.001, {
          TraceId: client.TraceId,
          ParentSpanId: client.SpanId,
          Duration: durationMs * 5e5,
        }),
      ];
    },
  };
}
