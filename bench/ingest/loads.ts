import { gzipSync } from 'node:zlib';
import type { Signal } from '../../src/engine/domain/signals.ts';
import * as payloads from '../../test/support/otlp-payloads.ts';

/** How a request travels; the first one is what the others are compared with. */
export const transports = ['http-protobuf', 'http-protobuf gzip', 'grpc', 'grpc gzip', 'http-json'] as const;
export type Transport = (typeof transports)[number];

interface Load {
  readonly items: number;
  readonly protobuf: (seed: number, startUnixMs: number) => Uint8Array;
  readonly json: (seed: number, startUnixMs: number) => object;
}

/**
 * Spans: 500 a request with 15 attributes and 5 of the resource, of four services. Logs: 1,000 of 300 B with 8.
 * Points: 1,000, a quarter of them histograms of 10 buckets.
 */
export const loads: Readonly<Record<Signal, Load>> = {
  traces: {
    items: 500,
    protobuf: (seed, startUnixMs) => payloads.tracesRequest({ seed, startUnixMs, services: 4 }),
    json: (seed, startUnixMs) => payloads.tracesRequestJson({ seed, startUnixMs, services: 4 }),
  },
  logs: {
    items: 1000,
    protobuf: (seed, startUnixMs) => payloads.logsRequest({ seed, startUnixMs }),
    json: (seed, startUnixMs) => payloads.logsRequestJson({ seed, startUnixMs }),
  },
  metrics: {
    items: 1000,
    protobuf: (seed, startUnixMs) => payloads.metricsRequest({ seed, startUnixMs }),
    json: (seed, startUnixMs) => payloads.metricsRequestJson({ seed, startUnixMs }),
  },
};

export const itemNames: Readonly<Record<Signal, string>> = { traces: 'spans', logs: 'logs', metrics: 'points' };

/** Different requests that are sent in turn, as they go onto the wire. */
export function bodiesOf(signal: Signal, transport: Transport, distinct = 32): readonly Buffer[] {
  const { protobuf, json } = loads[signal];
  const start = Date.now();
  return Array.from({ length: distinct }, (_, seed) => {
    const plain = transport === 'http-json' ? JSON.stringify(json(seed, start)) : protobuf(seed, start);
    return transport.endsWith('gzip') ? gzipSync(plain) : Buffer.from(plain);
  });
}
