import { connect } from 'node:http2';

export interface Outcome {
  /** HTTP status, or `grpc-status` with its name's number; `closed` where the connection went before an answer. */
  readonly status: string;
  readonly text: string;
  readonly ms: number;
}

/** One OTLP/HTTP request with the bytes as they are. */
export async function httpCall(
  endpoint: string,
  path: string,
  body: Uint8Array,
  headers: Readonly<Record<string, string>>,
): Promise<Outcome> {
  const startedAt = performance.now();
  try {
    const response = await fetch(`${endpoint}${path}`, { method: 'POST', body: new Uint8Array(body), headers });
    const text = Buffer.from(await response.arrayBuffer()).toString('latin1');
    return { status: String(response.status), text, ms: performance.now() - startedAt };
  } catch (error) {
    return { status: 'closed', text: String(error), ms: performance.now() - startedAt };
  }
}

/** One gRPC call over a connection of its own, with the message's bytes as they are. */
export function grpcCall(
  endpoint: string,
  path: string,
  message: Uint8Array,
  encoding: string | null = null,
): Promise<Outcome> {
  const startedAt = performance.now();
  const head = Buffer.alloc(5);
  head[0] = encoding === null ? 0 : 1;
  head.writeUInt32BE(message.length, 1);
  return new Promise((resolve) => {
    const session = connect(endpoint);
    let status = 'closed';
    let text = '';
    const stream = session.request({
      ':method': 'POST',
      ':path': path,
      'content-type': 'application/grpc',
      te: 'trailers',
      ...(encoding === null ? {} : { 'grpc-encoding': encoding }),
    });
    const read = (headers: Readonly<Record<string, unknown>>): void => {
      if (headers['grpc-status'] === undefined) return;
      status = `grpc ${String(headers['grpc-status'])}`;
      text = String(headers['grpc-message'] ?? '');
    };
    stream.on('response', read);
    stream.on('trailers', read);
    stream.on('data', () => undefined);
    stream.on('error', () => undefined);
    session.on('error', () => undefined);
    stream.on('close', () => {
      session.destroy();
      resolve({ status, text, ms: performance.now() - startedAt });
    });
    stream.end(Buffer.concat([head, message]));
  });
}

export const grpcPaths = {
  traces: '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
  logs: '/opentelemetry.proto.collector.logs.v1.LogsService/Export',
  metrics: '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export',
} as const;
