import type { RecordLog, RecordSpan, RecordWindow } from '../../../../src/engine/cause/records/input.ts';
import { drawSpans, spanId } from '../../../support/trace-dsl.ts';

export interface DrawnLog {
  /** Number of the span's line; 0 for none. */
  readonly span: number;
  readonly ms: number;
  readonly body: string;
  readonly severity?: number;
  /** Else the service of its span. */
  readonly instance?: string;
}

/** One trace as a picture (`test/support/trace-dsl.ts`). An instance is `k8s.pod.name`, else the service. */
export interface Drawn {
  readonly picture: string;
  readonly logs?: readonly DrawnLog[];
}

export const minuteMs = 60_000;
/** Any time. */
export const noonMs = 1_700_000_000_000;

/** A window in which traces begin one after the other, a hundred milliseconds apart. */
export function windowWith(traces: readonly Drawn[], fromMs = noonMs): RecordWindow {
  const drawn = traces.map((trace, at) => recordsOf(trace, `${fromMs}-${at}`, fromMs + 100 * at));
  return {
    fromMs,
    toMs: fromMs + minuteMs,
    spans: drawn.flatMap(({ spans }) => spans),
    logs: drawn.flatMap(({ logs }) => logs),
  };
}

export const times = (count: number, trace: Drawn): readonly Drawn[] => Array.from({ length: count }, () => trace);

function recordsOf({ picture, logs = [] }: Drawn, traceId: string, startMs: number) {
  const spans = drawSpans(picture).map((span): RecordSpan => ({
    traceId,
    spanId: span.spanId,
    parentId: span.parentSpanId,
    name: span.operation,
    kind: span.kind,
    service: span.service,
    instance: span.resource['k8s.pod.name'] ?? span.service,
    host: span.resource['host.name'] ?? '',
    startMs: startMs + span.startNs / 1e6,
    durationMs: span.durationNs / 1e6,
    failed: span.status === 'Error',
    peer: span.attributes['server.address'] ?? '',
    database: span.attributes['db.system.name'] ?? '',
  }));
  return {
    spans,
    logs: logs.map((log): RecordLog => {
      const owner = spans.find((span) => span.spanId === spanId(String(log.span)));
      const instance = log.instance ?? owner?.instance ?? '';
      return {
        timeMs: startMs + log.ms,
        traceId,
        spanId: owner?.spanId ?? '',
        service: owner?.service ?? instance,
        instance,
        severity: log.severity ?? 9,
        body: log.body,
      };
    }),
  };
}
