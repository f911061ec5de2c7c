import http from 'node:http';
import type { Peers, ServiceName } from './service-protocol.ts';
import { peerHeader } from './telemetry/start-telemetry.ts';

/** A peer could not be reached, took too long, or answered with 5xx. */
export class PeerFailed extends Error {
  override readonly name = 'PeerFailed';
  readonly status: number | null;

  constructor(message: string, status: number | null) {
    super(message);
    this.status = status;
  }
}

export interface PeerCall {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: unknown;
  readonly timeoutMs?: number;
}

const defaultTimeoutMs = 10_000;

/**
 * Calls other services by name, over kept-alive connections, their instances in turn; addresses may change while it is
 * in use.
 */
export class PeerClient {
  readonly #agent = new http.Agent({ keepAlive: true, maxSockets: 64 });
  #peers: Peers = {};
  readonly #turns = new Map<ServiceName, number>();

  /** Whether this shop has such a service. */
  knows(peer: ServiceName): boolean {
    return (this.#peers[peer] ?? []).length > 0;
  }

  setPeers(peers: Peers): void {
    this.#peers = peers;
  }

  /** The JSON body of an answer below 500. */
  call<Body>(peer: ServiceName, { method, path, body, timeoutMs = defaultTimeoutMs }: PeerCall): Promise<Body> {
    const base = this.#next(peer);
    if (base === undefined) return Promise.reject(new PeerFailed(`no address of ${peer} is known`, null));
    return new Promise((resolve, reject) => {
      const failed = (why: string, status: number | null): void =>
        reject(new PeerFailed(`${peer} ${method} ${path}: ${why}`, status));
      // `http.request` is looked up at each call: the instrumentation replaces it when telemetry starts.
      const request = http.request(new URL(path, base), {
        method,
        agent: this.#agent,
        headers: { 'content-type': 'application/json', [peerHeader]: peer },
        timeout: timeoutMs,
      });
      request.on('timeout', () => request.destroy(new Error(`no answer within ${timeoutMs} ms`)));
      request.on('error', (error) => failed(error.message, null));
      request.on('response', (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', (error) => failed(error.message, null));
        response.on('end', () => {
          const status = response.statusCode ?? 0;
          const text = Buffer.concat(chunks).toString('utf8');
          if (status >= 500) failed(`answered ${status} ${text}`, status);
          else resolve(JSON.parse(text) as Body);
        });
      });
      request.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }

  /** Round robin. */
  #next(peer: ServiceName): string | undefined {
    const instances = this.#peers[peer] ?? [];
    const turn = this.#turns.get(peer) ?? 0;
    this.#turns.set(peer, turn + 1);
    return instances[turn % Math.max(1, instances.length)];
  }

  close(): void {
    this.#agent.destroy();
  }
}
