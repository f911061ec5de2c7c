import { Client, credentials } from '@grpc/grpc-js';
import type { Signal } from '../../../src/engine/domain/signals.ts';
import { protobufOfJson } from '../../../test/support/otlp-proto.ts';

export const routes = ['HTTP protobuf', 'HTTP JSON', 'gRPC'] as const;
export type Route = (typeof routes)[number];

export interface Sender {
  /** Sends one OTLP/JSON request by that route; throws unless it was taken whole. */
  send(route: Route, signal: Signal, request: object): Promise<void>;
  close(): void;
}

const services = {
  traces: '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
  logs: '/opentelemetry.proto.collector.logs.v1.LogsService/Export',
  metrics: '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export',
} as const;

export function makeSender(endpoints: { readonly otlpHttp: string; readonly otlpGrpc: string }): Sender {
  const grpc = new Client(endpoints.otlpGrpc.replace(/^https?:\/\//, ''), credentials.createInsecure());
  const asIs = (bytes: Buffer): Buffer => bytes;
  return {
    async send(route, signal, request) {
      const answer =
        route === 'gRPC'
          ? await new Promise<Buffer>((resolve, reject) =>
              grpc.makeUnaryRequest(
                services[signal],
                asIs,
                asIs,
                Buffer.from(protobufOfJson(signal, request)),
                (error, answer) => (error === null ? resolve(answer ?? Buffer.alloc(0)) : reject(error)),
              ),
            )
          : await post(`${endpoints.otlpHttp}/v1/${signal}`, route, signal, request);
      if (answer.length > 2) throw new Error(`${route} ${signal}: ${answer.toString()} for ${JSON.stringify(request)}`);
    },
    close: () => grpc.close(),
  };
}

async function post(url: string, route: Route, signal: Signal, request: object): Promise<Buffer> {
  const json = route === 'HTTP JSON';
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': json ? 'application/json' : 'application/x-protobuf' },
    body: json ? JSON.stringify(request) : new Uint8Array(protobufOfJson(signal, request)),
  });
  const answer = Buffer.from(await response.arrayBuffer());
  if (response.status !== 200) throw new Error(`${route} ${signal}: ${response.status} ${answer.toString()}`);
  return answer;
}
