import { Agent, request } from 'node:http';
import { connect } from 'node:http2';
import type { Signal } from '../../src/engine/domain/signals.ts';
import type { Transport } from './loads.ts';

/** One connection. `send` says whether the request was taken. */
export interface Sender {
  send(body: Buffer): Promise<boolean>;
  close(): void;
}

export interface Endpoints {
  readonly otlpHttp: string;
  readonly otlpGrpc: string;
}

export function makeSender(endpoints: Endpoints, signal: Signal, transport: Transport): Sender {
  const isGzip = transport.endsWith('gzip');
  return transport.startsWith('grpc')
    ? grpcSender(endpoints.otlpGrpc, signal, isGzip)
    : httpSender(endpoints.otlpHttp, signal, transport === 'http-json' ? 'json' : 'x-protobuf', isGzip);
}

/** Sends one body after the other on each connection for some seconds; says how many were taken and refused. */
export async function sendFor(
  seconds: number,
  senders: readonly Sender[],
  bodies: readonly Buffer[],
): Promise<{ readonly taken: number; readonly refused: number }> {
  const end = performance.now() + seconds * 1000;
  let next = 0;
  let taken = 0;
  let refused = 0;
  const loop = async (sender: Sender): Promise<void> => {
    while (performance.now() < end) {
      if (await sender.send(bodies[next++ % bodies.length] as Buffer)) taken += 1;
      else refused += 1;
    }
  };
  await Promise.all(senders.map(loop));
  return { taken, refused };
}

function httpSender(endpoint: string, signal: Signal, type: string, isGzip: boolean): Sender {
  const url = new URL(`/v1/${signal}`, endpoint);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const encoding = isGzip ? { 'content-encoding': 'gzip' } : {};
  return {
    send: (body) =>
      new Promise((resolve, reject) => {
        const headers = { 'content-type': `application/${type}`, 'content-length': body.length, ...encoding };
        const call = request(url, { agent, method: 'POST', headers });
        call.on('response', (response) => {
          response.on('end', () => resolve(response.statusCode === 200)).resume();
        });
        call.on('error', reject);
        call.end(body);
      }),
    close: () => agent.destroy(),
  };
}

const services = { traces: 'trace.v1.TraceService', logs: 'logs.v1.LogsService', metrics: 'metrics.v1.MetricsService' };

function grpcSender(endpoint: string, signal: Signal, isGzip: boolean): Sender {
  const session = connect(endpoint.replace(/^grpc:/, 'http:'));
  const headers = {
    ':method': 'POST',
    ':path': `/opentelemetry.proto.collector.${services[signal]}/Export`,
    'content-type': 'application/grpc',
    te: 'trailers',
    ...(isGzip ? { 'grpc-encoding': 'gzip' } : {}),
  };
  return {
    send: (body) =>
      new Promise((resolve, reject) => {
        const frame = Buffer.alloc(5);
        frame.writeUInt8(isGzip ? 1 : 0);
        frame.writeUInt32BE(body.length, 1);
        const stream = session.request(headers);
        let status: unknown;
        stream.on('response', (head) => (status = head['grpc-status'] ?? status));
        stream.on('trailers', (trailers) => (status = trailers['grpc-status'] ?? status));
        stream.on('close', () => resolve(status === '0')).on('error', reject);
        stream.resume();
        stream.write(frame);
        stream.end(body);
      }),
    close: () => session.close(),
  };
}
