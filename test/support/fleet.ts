import { seededRandom, type Random } from './random.ts';

/**
 * Seeded telemetry of a fleet of services in normal operation, by the second: server spans, calls to the next service,
 * log records and gauges. Latencies are log-normal, arrivals Poisson, load follows the hour of the day.
 */
export interface FleetOptions {
  readonly services: number;
  /** Operations of a service. */
  readonly operations: number;
  /** Calls of a service in a second, on average at noon. */
  readonly callsPerSecond: number;
  readonly seed: number;
  /** Gauges of a service, a point every 10 s. */
  readonly gauges: number;
}

/** What is wrong with one service. */
export interface FleetFault {
  readonly service: number;
  readonly latencyTimes?: number;
  readonly errorShare?: number;
  /** Extra log lines of ERROR a second. */
  readonly errorLogs?: number;
}

export interface FleetSecond {
  readonly traces: object;
  readonly logs: object;
  /** `null` in seconds without points. */
  readonly metrics: object | null;
  readonly spans: number;
}

const text = (key: string, stringValue: string) => ({ key, value: { stringValue } });
export const fleetService = (index: number): string => `svc-${String(index).padStart(3, '0')}`;
const nanos = (unixMs: number): string => String(BigInt(Math.round(unixMs * 1000)) * 1000n);

interface ServiceSecond {
  readonly spans: object[];
  readonly records: object[];
}

/** The telemetry of the second that begins at `unixMs`; the same options and time give the same. */
export function fleetSecond(options: FleetOptions, unixMs: number, fault: FleetFault | null = null): FleetSecond {
  const random = seededRandom(options.seed * 7919 + Math.floor(unixMs / 1000) * 31);
  const hour = (unixMs / 3_600_000) % 24;
  const season = 1 + 0.4 * Math.cos(((hour - 12) / 24) * 2 * Math.PI);
  const of: ServiceSecond[] = Array.from({ length: options.services }, () => ({ spans: [], records: [] }));
  for (const service of of.keys()) {
    serveSecond(options, random, of, service, unixMs, season, fault?.service === service ? fault : null);
  }
  const scope = { name: 'fleet' };
  const isMetricSecond = Math.floor(unixMs / 1000) % 10 === 0;
  return {
    traces: {
      resourceSpans: of.map(({ spans }, service) => ({
        resource: resourceOf(service),
        scopeSpans: [{ scope, spans }],
      })),
    },
    logs: {
      resourceLogs: of.map(({ records }, service) => ({
        resource: resourceOf(service),
        scopeLogs: [{ scope, logRecords: records }],
      })),
    },
    metrics: isMetricSecond
      ? { resourceMetrics: of.map((_, service) => gaugesOf(options, random, service, unixMs, season)) }
      : null,
    spans: of.reduce((sum, { spans }) => sum + spans.length, 0),
  };
}

const resourceOf = (service: number) => ({
  attributes: [
    text('service.name', fleetService(service)),
    text('service.version', '1.0.0'),
    text('service.instance.id', `${fleetService(service)}-0`),
    text('host.name', `node-${service % 10}`),
  ],
});

function serveSecond(
  { services, operations, callsPerSecond }: FleetOptions,
  random: Random,
  of: readonly ServiceSecond[],
  service: number,
  unixMs: number,
  season: number,
  fault: FleetFault | null,
): void {
  const { spans, records } = of[service]!;
  const calls = poisson(random, callsPerSecond * season);
  for (let call = 0; call < calls; call++) {
    const operation = random.int(operations);
    const startMs = unixMs + random.unit() * 1000;
    const usualMs = 20 * (operation + 1) * Math.exp(0.4 * normal(random));
    const lengthMs = usualMs * (fault?.latencyTimes ?? 1);
    const failed = random.unit() < (fault?.errorShare ?? 0.002);
    const traceId = random.hex(32);
    const spanId = random.hex(16);
    spans.push(spanOf(traceId, spanId, '', `GET /op-${operation}`, 2, startMs, lengthMs, failed));
    if (services > 1 && random.unit() < 0.3) {
      const callId = random.hex(16);
      const callee = (service + 1) % services;
      spans.push(spanOf(traceId, callId, spanId, 'GET', 3, startMs + 1, usualMs * 0.5, false));
      of[callee]!.spans.push(
        spanOf(traceId, random.hex(16), callId, 'GET /inner', 2, startMs + 2, usualMs * 0.4, false),
      );
    }
    if (random.unit() < 0.2) {
      records.push(recordOf(startMs, 9, `order ${random.int(1e6)} accepted in ${random.int(90)} ms`));
    }
    if (failed) {
      records.push(recordOf(startMs, 17, `request failed: upstream answered 503 for order ${random.int(1e6)}`));
    }
  }
  for (let line = 0; line < (fault?.errorLogs ?? 0); line++) {
    records.push(recordOf(unixMs + random.unit() * 1000, 17, `pool exhausted: waited ${random.int(5000)} ms`));
  }
}

function gaugesOf({ gauges }: FleetOptions, random: Random, service: number, unixMs: number, season: number) {
  const names = ['process.cpu.utilization', 'process.memory.usage', 'db.client.connection.count'];
  const metrics = Array.from({ length: gauges }, (_, index) => {
    const level = [0.3 * season, 2e8, 5][index] ?? 10 * (index + 1);
    const point = { timeUnixNano: nanos(unixMs), asDouble: level * (1 + 0.05 * normal(random)) };
    return { name: names[index] ?? `app.gauge.${index}`, unit: '1', gauge: { dataPoints: [point] } };
  });
  return { resource: resourceOf(service), scopeMetrics: [{ scope: { name: 'fleet' }, metrics }] };
}

function spanOf(
  traceId: string,
  spanId: string,
  parentSpanId: string,
  name: string,
  kind: number,
  startMs: number,
  lengthMs: number,
  failed: boolean,
) {
  return {
    traceId,
    spanId,
    parentSpanId,
    name,
    kind,
    startTimeUnixNano: nanos(startMs),
    endTimeUnixNano: nanos(startMs + lengthMs),
    attributes: [text('http.request.method', 'GET')],
    status: failed ? { code: 2, message: 'failed' } : {},
  };
}

const recordOf = (atMs: number, severityNumber: number, body: string) => ({
  timeUnixNano: nanos(atMs),
  severityNumber,
  severityText: severityNumber >= 17 ? 'ERROR' : 'INFO',
  body: { stringValue: body },
});

/** Knuth's method; for means up to a few hundred. */
function poisson(random: Random, mean: number): number {
  const limit = Math.exp(-mean);
  let count = 0;
  for (let product = random.unit(); product > limit; product *= random.unit()) count++;
  return count;
}

/** Box and Muller's method. */
function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random.unit())) * Math.cos(2 * Math.PI * random.unit());
}
