import type { RecordLog, RecordSpan, RecordWindow, ResourceSeries } from '../../../src/engine/cause/records/input.ts';
import { readMinute, serviceOf, type Row } from '../../nezha/to-otlp.ts';
import { minutesOf } from './recording.ts';

/** The whole recording as the records engine takes it, in the recording's own time, each record once. */
export interface Recording {
  readonly traces: readonly RecordedTrace[];
  readonly points: readonly Point[];
}

export interface RecordedTrace {
  readonly traceId: string;
  /** Unix milliseconds of its first span. */
  readonly beganMs: number;
  readonly spans: readonly RecordSpan[];
  readonly logs: readonly RecordLog[];
}

interface Point {
  readonly pod: string;
  readonly kind: ResourceSeries['kind'];
  readonly timeMs: number;
  readonly percent: number;
}

/** What `to-otlp.ts` builds, as far as it is read here. */
interface OtlpSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly { readonly key: string; readonly value: { readonly stringValue: string } }[];
}
interface OtlpLog {
  readonly traceId?: string;
  readonly spanId?: string;
  readonly timeUnixNano: string;
  readonly severityNumber: number;
  readonly body: { readonly stringValue: string };
}
interface OtlpGauge {
  readonly name: string;
  readonly gauge: { readonly dataPoints: readonly [{ readonly timeUnixNano: string; readonly asDouble: number }] };
}

const minuteMs = 60_000;
const kinds = ['Unspecified', 'Internal', 'Server', 'Client'];
const shares: Readonly<Record<string, ResourceSeries['kind']>> = {
  'k8s.pod.cpu_limit_utilization': 'cpu',
  'k8s.pod.memory_limit_utilization': 'memory',
};
/** As far back as explain reads CPU and memory. */
const resourcesBeforeMs = 3 * 3_600_000;

const millis = (ns: string): number => Number(BigInt(ns) / 1000n) / 1000;

export function readRecording(data: string): Recording {
  const spans = new Map<string, RecordSpan>();
  const logs = new Map<string, RecordLog>();
  const points = new Map<string, Point>();
  for (const name of minutesOf(data)) {
    const minute = readMinute(data, name);
    for (const row of minute.spans) {
      const span = spanOf(row);
      spans.set(`${span.traceId}${span.spanId}`, span);
    }
    for (const row of minute.logs) {
      const log = logOf(row);
      if (log.traceId !== '') logs.set(`${log.timeMs} ${log.spanId} ${log.body}`, log);
    }
    for (const row of minute.points) {
      const point = pointOf(row);
      if (point !== undefined) points.set(`${point.pod} ${point.kind} ${point.timeMs}`, point);
    }
  }
  const logsByTrace = Map.groupBy(logs.values(), ({ traceId }) => traceId);
  const traces = [...Map.groupBy(spans.values(), ({ traceId }) => traceId)].map(([traceId, own]): RecordedTrace => ({
    traceId,
    beganMs: own.reduce((least, { startMs }) => Math.min(least, startMs), Infinity),
    spans: own,
    logs: logsByTrace.get(traceId) ?? [],
  }));
  return {
    traces: traces.sort((a, b) => a.beganMs - b.beganMs),
    points: [...points.values()].sort((a, b) => a.timeMs - b.timeMs),
  };
}

function spanOf({ pod, build }: Row): RecordSpan {
  const span = build(0n) as OtlpSpan;
  const startMs = millis(span.startTimeUnixNano);
  return {
    traceId: span.traceId,
    spanId: span.spanId,
    parentId: span.parentSpanId ?? '',
    name: span.name,
    kind: kinds[span.kind] ?? '',
    service: serviceOf(pod),
    instance: pod,
    host: '',
    startMs,
    durationMs: millis(span.endTimeUnixNano) - startMs,
    failed: false,
    peer: '',
    database: span.attributes.find(({ key }) => key === 'db.system.name')?.value.stringValue ?? '',
  };
}

function logOf({ pod, build }: Row): RecordLog {
  const log = build(0n) as OtlpLog;
  return {
    timeMs: millis(log.timeUnixNano),
    traceId: log.traceId ?? '',
    spanId: log.spanId ?? '',
    service: serviceOf(pod),
    instance: pod,
    severity: log.severityNumber,
    body: log.body.stringValue.slice(0, 500),
  };
}

function pointOf({ pod, build }: Row): Point | undefined {
  const { name, gauge } = build(0n) as OtlpGauge;
  const kind = shares[name];
  const [point] = gauge.dataPoints;
  return kind === undefined
    ? undefined
    : { pod, kind, timeMs: millis(point.timeUnixNano), percent: point.asDouble * 100 };
}

/** So many windows of the past, if they hold an eighth of the spans, as explain takes them (`choose-windows.ts`). */
export function olderWindows(
  traces: readonly RecordedTrace[],
  { fromMs, spans }: RecordWindow,
  { most, skip }: { readonly most: number; readonly skip: number },
): readonly RecordWindow[] {
  const first = traces[0]?.beganMs ?? fromMs;
  const found: RecordWindow[] = [];
  for (let toMs = fromMs - skip * minuteMs; toMs > first && found.length < most; toMs -= minuteMs) {
    const window = windowOf(traces, toMs - minuteMs, toMs);
    if (window.spans.length >= Math.max(50, spans.length / 8)) found.push(window);
  }
  return found;
}

/** The traces that began in a time. */
export const windowOf = (traces: readonly RecordedTrace[], fromMs: number, toMs: number): RecordWindow => {
  const own = traces.filter(({ beganMs }) => beganMs >= fromMs && beganMs < toMs);
  return { fromMs, toMs, spans: own.flatMap(({ spans }) => spans), logs: own.flatMap(({ logs }) => logs) };
};

/** CPU and memory of every pod, in the time and three hours before. */
export function resourcesOf({ points }: Recording, fromMs: number, toMs: number): readonly ResourceSeries[] {
  const near = points.filter(({ timeMs }) => timeMs >= fromMs - resourcesBeforeMs && timeMs < toMs);
  return [...Map.groupBy(near, ({ pod, kind }) => `${pod} ${kind}`).values()].map((own): ResourceSeries => {
    const { pod, kind } = own[0]!;
    return {
      instance: pod,
      service: serviceOf(pod),
      metric: `k8s.pod.${kind}_limit_utilization`,
      kind,
      isPercent: true,
      before: own.flatMap(({ timeMs, percent }) => (timeMs < fromMs ? [percent] : [])),
      present: own.flatMap(({ timeMs, percent }) => (timeMs < fromMs ? [] : [{ timeMs, value: percent }])),
    };
  });
}
