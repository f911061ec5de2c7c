import { setTimeout as sleep } from 'node:timers/promises';
import { signals, type Signal } from '../../../src/engine/domain/signals.ts';
import type { Route } from './routes.ts';

/** Requests that the Collector has taken, by route and signal. */
export type Sent = ReadonlyMap<string, number>;

export const streamName = (route: string, signal: Signal): string => `${route} ${signal}`;

export interface LoadOptions {
  readonly routes: readonly Route[];
  /** Rows of every request. */
  readonly rows: number;
  /** Pause after each request of a stream. */
  readonly pauseMs: number;
  readonly over: () => boolean;
}

/** Sends all signals over all routes until it is over; what the Collector does not take is sent again. */
export async function sendLoad({ routes, rows, pauseMs, over }: LoadOptions): Promise<Sent> {
  const sent = new Map<string, number>();
  const stream = async (route: Route, signal: Signal): Promise<void> => {
    for (let request = 0; !over(); request++) {
      const body = JSON.stringify(requestOf(signal, route.name, request, rows));
      while (!(await isTaken(route, signal, body))) await sleep(pauseMs);
      sent.set(streamName(route.name, signal), request + 1);
      await sleep(pauseMs);
    }
  };
  await Promise.all(routes.flatMap((route) => signals.map((signal) => stream(route, signal))));
  return sent;
}

async function isTaken({ port }: Route, signal: Signal, body: string): Promise<boolean> {
  const answer = await fetch(`http://127.0.0.1:${port}/v1/${signal}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  });
  await answer.arrayBuffer();
  return answer.ok;
}

/** Every row says which request (trace id, or attribute `request`) and which row of it (span id, or value) it is. */
function requestOf(signal: Signal, service: string, request: number, rows: number): object {
  const time = String(BigInt(Date.now()) * 1_000_000n);
  const resource = { attributes: [{ key: 'service.name', value: { stringValue: service } }] };
  const traceId = (request + 1).toString(16).padStart(32, '0');
  const spanId = (row: number): string => (row + 1).toString(16).padStart(16, '0');
  const attributes = [{ key: 'request', value: { stringValue: traceId } }];
  const each = <T>(make: (row: number) => T): T[] => Array.from({ length: rows }, (_, row) => make(row));
  switch (signal) {
    case 'traces': {
      const spans = each((row) => ({
        traceId,
        spanId: spanId(row),
        name: 'fault collector',
        kind: 2,
        startTimeUnixNano: time,
        endTimeUnixNano: time,
        attributes,
      }));
      return { resourceSpans: [{ resource, scopeSpans: [{ spans }] }] };
    }
    case 'logs': {
      const logRecords = each((row) => ({
        timeUnixNano: time,
        traceId,
        spanId: spanId(row),
        body: { stringValue: `row ${row}` },
      }));
      return { resourceLogs: [{ resource, scopeLogs: [{ logRecords }] }] };
    }
    case 'metrics': {
      const dataPoints = each((row) => ({ timeUnixNano: time, attributes, asDouble: row }));
      return {
        resourceMetrics: [{ resource, scopeMetrics: [{ metrics: [{ name: 'fault.row', gauge: { dataPoints } }] }] }],
      };
    }
  }
}
