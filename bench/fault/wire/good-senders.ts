import { Agent, request } from 'node:http';
import { connect } from 'node:http2';
import { grpcPaths } from './raw-calls.ts';

export const transports = ['HTTP', 'gRPC'] as const;
export type Transport = (typeof transports)[number];

/** A sender each way over connections that stay open; what is not taken throws. */
export interface GoodSenders {
  send(transport: Transport): Promise<void>;
  close(): void;
}

export function makeGoodSenders(
  endpoints: { readonly otlpHttp: string; readonly otlpGrpc: string },
  traces: Uint8Array,
): GoodSenders {
  const agent = new Agent({ keepAlive: true, maxSockets: 8 });
  const session = connect(endpoints.otlpGrpc);
  const head = Buffer.alloc(5);
  head.writeUInt32BE(traces.length, 1);
  const message = Buffer.concat([head, traces]);

  const byHttp = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const headers = { 'content-type': 'application/x-protobuf', 'content-length': traces.length };
      const call = request(`${endpoints.otlpHttp}/v1/traces`, { method: 'POST', agent, headers }, (response) => {
        response.resume();
        response.on('end', () =>
          response.statusCode === 200 ? resolve() : reject(new Error(`HTTP ${response.statusCode}`)),
        );
      });
      call.on('error', reject);
      call.end(traces);
    });

  const byGrpc = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const headers = {
        ':method': 'POST',
        ':path': grpcPaths.traces,
        'content-type': 'application/grpc',
        te: 'trailers',
      };
      const stream = session.request(headers);
      let status: unknown;
      stream.on('response', (answer) => (status ??= answer['grpc-status']));
      stream.on('trailers', (answer) => (status = answer['grpc-status']));
      stream.on('data', () => undefined);
      stream.on('error', reject);
      stream.on('close', () => (String(status) === '0' ? resolve() : reject(new Error(`grpc ${String(status)}`))));
      stream.end(message);
    });

  return {
    send: (transport) => (transport === 'HTTP' ? byHttp() : byGrpc()),
    close: () => {
      agent.destroy();
      session.destroy();
    },
  };
}
