import { existsSync, globSync } from 'node:fs';
import { basename, join } from 'node:path';
import { readCsv } from './csv.ts';

/** One minute of the TrainTicket recording as OTLP, in the recording's own time. */
export interface Minute {
  readonly spans: readonly Row[];
  readonly logs: readonly Row[];
  readonly points: readonly Row[];
  /** Unix nanoseconds of the first start and the last end of its spans. */
  readonly fromNs: bigint;
  readonly toNs: bigint;
  readonly slowest: { readonly traceId: string; readonly operation: string; readonly durationMs: number };
}

/** What one record becomes, and the pod that it belongs to. `build` places it in time. */
export interface Row {
  readonly pod: string;
  readonly node: string;
  readonly build: (shiftNs: bigint) => object;
}

const kinds = { internal: 1, server: 2, client: 3 } as const;
const severities: Readonly<Record<string, number>> = { TRACE: 1, DEBUG: 5, INFO: 9, WARN: 13, ERROR: 17, FATAL: 21 };
const milliToUnit = 0.001;
const mebibyte = 1024 * 1024;

/** Columns of the pods' metrics that have a name in the semantic conventions; the others keep theirs below `pod.`. */
const known: Readonly<Record<string, { readonly name: string; readonly unit: string; readonly factor: number }>> = {
  'CpuUsage(m)': { name: 'k8s.pod.cpu.usage', unit: '{cpu}', factor: milliToUnit },
  'MemoryUsage(Mi)': { name: 'k8s.pod.memory.usage', unit: 'By', factor: mebibyte },
  'CpuUsageRate(%)': { name: 'k8s.pod.cpu_limit_utilization', unit: '1', factor: 0.01 },
  'MemoryUsageRate(%)': { name: 'k8s.pod.memory_limit_utilization', unit: '1', factor: 0.01 },
};

/**
 * @param data folder with `normal/` and `faulty/`
 * @param minute `normal/08_50` or `faulty/09_05`: kind, hour and minute of the file names
 */
export function readMinute(data: string, minute: string): Minute {
  const [kind = '', name = ''] = minute.split('/');
  const folder = join(data, kind);
  const traces = readCsv(join(folder, 'trace', `${name}_trace.csv.gz`));
  const starts = traces.map((row) => BigInt(row['StartTimeUnixNano']!));
  const ends = traces.map((row) => BigInt(row['EndTimeUnixNano']!));
  const fromNs = starts.reduce((least, ns) => (ns < least ? ns : least));
  const toNs = ends.reduce((most, ns) => (ns > most ? ns : most));
  const logFile = join(folder, 'log', `${name}_log.csv.gz`);
  return {
    spans: traces.map(spanOf),
    logs: existsSync(logFile) ? readCsv(logFile).map(logOf) : [],
    points: globSync(join(folder, 'metric', 'ts-*_metric.csv.gz')).flatMap((file) => pointsOf(file, fromNs, toNs)),
    fromNs,
    toNs,
    slowest: slowestOf(traces),
  };
}

/** `ts-order-service-5b67c48447-mv5hb` → `ts-order-service`: without the hashes of replica set and pod. */
export const serviceOf = (pod: string): string => pod.replace(/-[0-9a-z]+-[0-9a-z]+$/, '');

function spanOf(row: Readonly<Record<string, string>>): Row {
  const { TraceID = '', SpanID = '', ParentID = '', PodName = '', OperationName = '' } = row;
  const start = BigInt(row['StartTimeUnixNano']!);
  const end = BigInt(row['EndTimeUnixNano']!);
  return {
    pod: PodName,
    node: '',
    build: (shift) => ({
      traceId: TraceID,
      spanId: SpanID,
      ...(ParentID === 'root' ? {} : { parentSpanId: ParentID }),
      name: OperationName,
      kind: kindOf(OperationName),
      startTimeUnixNano: String(start + shift),
      endTimeUnixNano: String(end + shift),
      attributes: attributesOf(describeOperation(OperationName)),
    }),
  };
}

/** The recording has no kinds; the Java agent's names tell them apart. */
function kindOf(operation: string): number {
  if (operation.startsWith('/')) return kinds.server;
  if (/^HTTP (GET|POST|PUT|DELETE|PATCH)$/.test(operation) || isSql(operation)) return kinds.client;
  return kinds.internal;
}

/** `SELECT ts.orders` is the driver's span, `SELECT Order` the object mapper's above it. */
const isSql = (operation: string): boolean => /^(SELECT|INSERT|UPDATE|DELETE) ts\./.test(operation);

function describeOperation(operation: string): Record<string, string> {
  if (operation.startsWith('/')) return { 'http.route': operation };
  if (isSql(operation)) {
    const [verb = '', table = ''] = operation.split(' ');
    return { 'db.system.name': 'mysql', 'db.operation.name': verb, 'db.collection.name': table };
  }
  const method = /^HTTP (\w+)$/.exec(operation)?.[1];
  return method === undefined ? {} : { 'http.request.method': method };
}

function logOf(row: Readonly<Record<string, string>>): Row {
  const { PodName = '', Node = '', Container = '', TraceID = '', SpanID = '', Log = '' } = row;
  const time = BigInt(row['TimeUnixNano']!);
  const body = bodyOf(Log);
  const severity = /\b(TRACE|DEBUG|INFO|WARN|ERROR|FATAL)\b/.exec(body.slice(0, 60))?.[1] ?? '';
  return {
    pod: PodName,
    node: Node,
    build: (shift) => ({
      timeUnixNano: String(time + shift),
      severityText: severity,
      severityNumber: severities[severity] ?? 0,
      body: { stringValue: body },
      attributes: attributesOf({ 'k8s.container.name': Container }),
      ...(/^[0-9a-f]{32}$/.test(TraceID) ? { traceId: TraceID, spanId: SpanID } : {}),
    }),
  };
}

/** Container logs are wrapped once more, as Docker's JSON log driver does. */
function bodyOf(log: string): string {
  try {
    return String((JSON.parse(log) as { log?: unknown }).log ?? log).trimEnd();
  } catch {
    return log.trimEnd();
  }
}

/** The points within two minutes around the spans: metrics come once a minute. */
function pointsOf(file: string, fromNs: bigint, toNs: bigint): readonly Row[] {
  const margin = 60n;
  const [from, to] = [fromNs / 1_000_000_000n - margin, toNs / 1_000_000_000n + margin];
  return readCsv(file).flatMap((row) => {
    const seconds = BigInt(row['TimeStamp'] ?? '0');
    if (seconds < from || seconds > to) return [];
    return Object.entries(row).flatMap(([column, text]): Row[] => {
      const value = Number(text);
      if (['Time', 'TimeStamp', 'PodName'].includes(column) || text === '' || !Number.isFinite(value)) return [];
      const { name, unit, factor } = known[column] ?? nameOf(column);
      return [
        {
          pod: row['PodName'] ?? basename(file).replace('_metric.csv.gz', ''),
          node: '',
          build: (shift) => ({
            name,
            unit,
            gauge: {
              dataPoints: [{ timeUnixNano: String(seconds * 1_000_000_000n + shift), asDouble: value * factor }],
            },
          }),
        },
      ];
    });
  });
}

/** `PodServerLatencyP95(s)` → `pod.pod_server_latency_p95` in `s`. */
function nameOf(column: string): { readonly name: string; readonly unit: string; readonly factor: number } {
  const [, words = column, unit = ''] = /^([^(]+)(?:\((.+)\))?$/.exec(column) ?? [];
  const snake = words.replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase();
  return { name: `pod.${snake}`, unit, factor: 1 };
}

function slowestOf(traces: readonly Readonly<Record<string, string>>[]): Minute['slowest'] {
  const roots = traces.filter((row) => row['ParentID'] === 'root');
  const slowest = roots.reduce((most, row) => (Number(row['Duration']) > Number(most['Duration']) ? row : most));
  return {
    traceId: slowest['TraceID'] ?? '',
    operation: slowest['OperationName'] ?? '',
    durationMs: Number(slowest['Duration']) / 1000,
  };
}

export function attributesOf(values: Readonly<Record<string, string>>): readonly object[] {
  return Object.entries(values)
    .filter(([, value]) => value !== '')
    .map(([key, stringValue]) => ({ key, value: { stringValue } }));
}
