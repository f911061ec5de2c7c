import { hostname } from 'node:os';
import { selfServiceName } from '../domain/self-service.ts';
import { signals } from '../domain/signals.ts';
import type { StatusReport } from './status.ts';

type AttributeValue = { stringValue: string };
const attribute = (key: string, value: string): { key: string; value: AttributeValue } => ({
  key,
  value: { stringValue: value },
});

const resource = (report: StatusReport): object => ({
  attributes: [
    attribute('service.name', selfServiceName),
    attribute('service.version', report.version),
    attribute('service.instance.id', `${hostname()}:${report.pid}`),
    attribute('host.name', hostname()),
    attribute('process.pid', String(report.pid)),
  ],
});

const scope = { name: 'obs/daemon' };

/**
 * The daemon's own metrics as an OTLP/JSON request. It goes into the spool directly, past the receivers and their
 * counters: what obs says of itself never counts as something received, so it cannot feed on itself.
 */
export function selfMetrics(report: StatusReport, cpuSeconds: number, nowUnixMs: number): Uint8Array {
  const timeUnixNano = nanos(nowUnixMs);
  const startTimeUnixNano = nanos(Date.parse(report.startedAt));
  const counter = (
    name: string,
    unit: string,
    points: readonly (readonly [number, Record<string, string>])[],
  ): object => ({
    name,
    unit,
    sum: {
      aggregationTemporality: 2,
      isMonotonic: true,
      dataPoints: points.map(([asDouble, labels]) => ({
        startTimeUnixNano,
        timeUnixNano,
        asDouble,
        attributes: Object.entries(labels).map(([key, value]) => attribute(key, value)),
      })),
    },
  });
  const gauge = (
    name: string,
    unit: string,
    points: readonly (readonly [number, Record<string, string>])[],
  ): object => ({
    name,
    unit,
    gauge: {
      dataPoints: points.map(([asDouble, labels]) => ({
        timeUnixNano,
        asDouble,
        attributes: Object.entries(labels).map(([key, value]) => attribute(key, value)),
      })),
    },
  });
  const memory: [number, Record<string, string>][] = [[report.memoryBytes.daemon, { 'obs.process': 'daemon' }]];
  if (report.memoryBytes.engine !== null) memory.push([report.memoryBytes.engine, { 'obs.process': 'engine' }]);
  const metrics = [
    counter(
      'obs.receiver.items',
      '{item}',
      signals.flatMap((signal): [number, Record<string, string>][] => [
        [report.received[signal], { 'obs.signal': signal, 'obs.outcome': 'accepted' }],
        [report.rejected[signal], { 'obs.signal': signal, 'obs.outcome': 'rejected' }],
      ]),
    ),
    counter(
      'obs.receiver.refused',
      '{request}',
      Object.entries(report.refusedRequests).map(([reason, count]) => [count, { 'obs.reason': reason }]),
    ),
    counter('obs.store.evicted', '{row}', [[report.engine.evicted.rows, {}]]),
    gauge('obs.store.damaged', '{part}', [[report.engine.status?.damage.parts.length ?? 0, {}]]),
    counter('obs.engine.restarts', '{restart}', [[report.engine.restarts, {}]]),
    counter('process.cpu.time', 's', [[cpuSeconds, { 'obs.process': 'daemon' }]]),
    gauge('process.memory.usage', 'By', memory),
    gauge('obs.spool.size', 'By', [[report.spool.bytes, {}]]),
    gauge('obs.spool.segments', '{segment}', [[report.spool.segments, {}]]),
  ];
  return encode({ resourceMetrics: [{ resource: resource(report), scopeMetrics: [{ scope, metrics }] }] });
}

/** One event in the daemon's life (an engine restart, a full disk …) as an OTLP/JSON log request. */
export function selfLog(report: StatusReport, body: string, nowUnixMs: number): Uint8Array {
  const record = {
    timeUnixNano: nanos(nowUnixMs),
    severityNumber: 13,
    severityText: 'WARN',
    body: { stringValue: body },
  };
  return encode({ resourceLogs: [{ resource: resource(report), scopeLogs: [{ scope, logRecords: [record] }] }] });
}

function nanos(unixMs: number): string {
  return `${BigInt(Math.round(unixMs)) * 1_000_000n}`;
}

function encode(request: object): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(request));
}
