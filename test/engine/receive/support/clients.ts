import { connect, type Socket } from 'node:net';
import * as grpc from '@grpc/grpc-js';

export const exportTraces = '/opentelemetry.proto.collector.trace.v1.TraceService/Export';
export const exportLogs = '/opentelemetry.proto.collector.logs.v1.LogsService/Export';
export const exportMetrics = '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export';
export const healthCheck = '/grpc.health.v1.Health/Check';

export const protobufType = { 'content-type': 'application/x-protobuf' } as const;
export const jsonType = { 'content-type': 'application/json' } as const;

export interface GrpcAnswer {
  readonly code: number;
  readonly details: string;
  readonly metadata: grpc.Metadata;
  readonly body: Buffer;
}

const asIs = (bytes: Buffer): Buffer => bytes;

export function grpcClient(url: string, options: grpc.ClientOptions = {}): grpc.Client {
  return new grpc.Client(url.replace('http://', ''), grpc.credentials.createInsecure(), {
    'grpc.enable_retries': 0,
    'grpc.max_send_message_length': -1,
    ...options,
  });
}

/** One unary call with raw bytes; never rejects. */
export function grpcCall(
  client: grpc.Client,
  method: string,
  message: Uint8Array,
  options: grpc.CallOptions & { readonly metadata?: grpc.Metadata } = {},
): Promise<GrpcAnswer> {
  return new Promise((resolve) => {
    client.makeUnaryRequest(
      method,
      asIs,
      asIs,
      Buffer.from(message),
      options.metadata ?? new grpc.Metadata(),
      options,
      (error, body) =>
        resolve({
          code: error?.code ?? 0,
          details: error?.details ?? '',
          metadata: error?.metadata ?? new grpc.Metadata(),
          body: body ?? Buffer.alloc(0),
        }),
    );
  });
}

export async function oneGrpcCall(url: string, method: string, message: Uint8Array): Promise<GrpcAnswer> {
  const client = grpcClient(url);
  const answer = await grpcCall(client, method, message);
  client.close();
  return answer;
}

export function post(url: string, body: Uint8Array | string, headers: Record<string, string>): Promise<Response> {
  return fetch(url, { method: 'POST', body: typeof body === 'string' ? body : Buffer.from(body), headers });
}

/** A socket whose received bytes can be looked at and waited for. */
export class RawClient {
  readonly socket: Socket;
  readonly closed: Promise<string>;
  #text = '';

  constructor(port: number) {
    this.socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    this.socket.setEncoding('latin1');
    this.socket.on('data', (text: string) => (this.#text += text));
    this.socket.on('error', () => undefined);
    this.socket.on('end', () => this.socket.end());
    this.closed = new Promise((resolve) => this.socket.once('close', () => resolve(this.#text)));
  }

  send(...parts: (string | Uint8Array)[]): this {
    for (const part of parts) this.socket.write(part);
    return this;
  }

  /** Ends the sending direction only. */
  halfClose(): this {
    this.socket.end();
    return this;
  }

  /** What has come once it holds `text` as often as asked. */
  async received(text: string, times = 1): Promise<string> {
    while (this.#text.split(text).length <= times) {
      await new Promise<void>((resolve, reject) => {
        this.socket.once('data', () => resolve());
        this.socket.once('close', () => reject(new Error(`closed after: ${this.#text}`)));
      });
    }
    return this.#text;
  }
}
