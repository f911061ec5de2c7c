import * as http2 from 'node:http2';
import * as https from 'node:https';
import type { ConnectionOptions } from 'node:tls';
import type { RunState } from '../../../src/engine/daemon/run-state.ts';

export const listenerNames = ['OTLP/HTTP', 'OTLP/gRPC', 'query'] as const;
export type ListenerName = (typeof listenerNames)[number];

export interface Knock {
  readonly headers?: Readonly<Record<string, string>>;
  readonly tls: ConnectionOptions;
}

/** `answered`: let in; a refusal by its status (`403`, `401`, gRPC's `grpc 7`, `grpc 16`); or why there was no answer. */
export type Outcome = string;

/** Knocks at a listener as its clients do, with one connection of its own, and says what came of it. */
export async function knock(listener: ListenerName, { endpoints }: RunState, how: Knock): Promise<Outcome> {
  try {
    switch (listener) {
      case 'OTLP/HTTP':
        return await overHttp(`${endpoints.otlpHttp}/v1/logs`, how, { 'content-type': 'application/json' }, '{}');
      case 'query':
        return await overHttp(`${endpoints.query}/`, how, {}, 'SELECT 1');
      case 'OTLP/gRPC':
        return await overGrpc(endpoints.otlpGrpc, how);
    }
  } catch (error) {
    return `no answer (${(error as NodeJS.ErrnoException).code ?? String(error)})`;
  }
}

/** As `knock`, at what only the commands of this user may do to the store; the task lets go of nothing. */
export async function knockStorage({ endpoints }: RunState, how: Knock): Promise<Outcome> {
  const task = { kind: 'prune', rule: { before: '2000-01-01' }, signals: ['logs'], dryRun: true };
  const url = `${endpoints.otlpHttp}/storage?task=${encodeURIComponent(JSON.stringify(task))}`;
  return overHttp(url, how, {}, '').catch((error: unknown) => `no answer (${String(error)})`);
}

function overHttp(
  url: string,
  { headers, tls }: Knock,
  own: Readonly<Record<string, string>>,
  body: string,
): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const request = https.request(url, { method: 'POST', ...tls, agent: false, headers: { ...own, ...headers } });
    request.once('error', reject);
    request.once('response', (response) => {
      response.resume();
      response.once('error', reject);
      response.once('end', () => resolve(response.statusCode === 200 ? 'answered' : String(response.statusCode)));
    });
    request.end(body);
  });
}

function overGrpc(url: string, { headers = {}, tls }: Knock): Promise<Outcome> {
  const { host = new URL(url).host, ...others } = headers;
  return new Promise((resolve, reject) => {
    const session = http2.connect(url, tls as http2.SecureClientSessionOptions);
    const end = (outcome: Outcome): void => {
      session.destroy();
      resolve(outcome);
    };
    session.once('error', reject);
    session.once('close', () => reject(new Error('closed')));
    const stream = session.request({
      ':method': 'POST',
      ':authority': host,
      ':path': '/opentelemetry.proto.collector.logs.v1.LogsService/Export',
      'content-type': 'application/grpc',
      te: 'trailers',
      ...others,
    });
    const judge = (received: http2.IncomingHttpHeaders): void => {
      const status = received['grpc-status'];
      if (status !== undefined) end(status === '0' ? 'answered' : `grpc ${String(status)}`);
    };
    stream.on('response', judge).on('trailers', judge).on('error', reject);
    stream.resume();
    // An empty message of an export is an export of nothing.
    stream.end(Buffer.alloc(5));
  });
}
