import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { context, metrics, trace } from '@opentelemetry/api';
import { getRPCMetadata } from '@opentelemetry/core';
import { PeerFailed } from './http-client.ts';
import type { ControlRequest } from './service-protocol.ts';
import { controlPrefix } from './telemetry/start-telemetry.ts';
import type { WaitingLine } from './waiting-line.ts';
import { log } from './telemetry/log.ts';

export interface Call {
  /** Values of the route's `{names}`. */
  readonly parameters: Readonly<Record<string, string>>;
  /** What stands behind the path's `?`. */
  readonly query: URLSearchParams;
  readonly body: unknown;
}

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

export interface Route {
  readonly method: 'GET' | 'POST';
  /** `/carts/{customer}/items` */
  readonly path: string;
  readonly handle: (call: Call) => Promise<Answer> | Answer;
}

/** Behaviours that a control call changes, by name; the value's meaning is the behaviour's. */
export type Switches = Readonly<Record<string, (value: number) => void>>;

/** Serves the routes as JSON over HTTP. What a handler throws is logged with its trace and answered with 500 or 502. */
export function serveRoutes(routes: readonly Route[], switches: Switches, places?: WaitingLine): Server {
  const table = routes.map((route) => ({ route, pattern: patternOf(route.path) }));
  const active = metrics.getMeter('shop.http').createUpDownCounter('http.server.active_requests', {
    unit: '{request}',
    description: 'Number of active HTTP server requests.',
  });
  const server = createServer((request, response) => {
    if (request.url?.startsWith(controlPrefix) !== true) {
      const attributes = { 'http.request.method': request.method ?? 'GET', 'url.scheme': 'http' };
      active.add(1, attributes);
      response.once('close', () => active.add(-1, attributes));
    }
    void answer(request).then(
      ({ status, body }) => send(response, status, body),
      (error: unknown) => send(response, statusOf(error), { error: messageOf(error) }),
    );
  });

  async function answer(request: IncomingMessage): Promise<Answer> {
    const [path = '/', query = ''] = request.url?.split('?', 2) ?? [];
    if (path === `${controlPrefix}control`) return control((await bodyOf(request)) as ControlRequest);
    for (const { route, pattern } of table) {
      const match = route.method === request.method ? pattern.exec(path) : null;
      if (match === null) continue;
      nameSpan(route);
      try {
        const call = {
          parameters: match.groups ?? {},
          query: new URLSearchParams(query),
          body: await bodyOf(request),
        };
        return await (places === undefined ? route.handle(call) : places.inside(() => route.handle(call)));
      } catch (error) {
        log.error(`${route.method} ${route.path} failed: ${messageOf(error)}`, error);
        throw error;
      }
    }
    return { status: 404, body: { error: `no such page: ${path}` } };
  }

  function control({ name, value }: ControlRequest): Answer {
    const change = switches[name];
    if (change === undefined) return { status: 404, body: { error: `no such switch: ${name}` } };
    change(value);
    return { status: 200, body: { name, value } };
  }

  return server;
}

/** The instrumentation learns the route from here, for the span's name and the metrics' `http.route`. */
function nameSpan({ method, path }: Route): void {
  const metadata = getRPCMetadata(context.active());
  if (metadata !== undefined) metadata.route = path;
  trace.getActiveSpan()?.updateName(`${method} ${path}`);
}

function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replaceAll(/\{(\w+)\}/g, '(?<$1>[^/]+)')}$`);
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString('utf8');
  return text === '' ? undefined : JSON.parse(text);
}

function send(response: ServerResponse, status: number, body: unknown): void {
  const bytes = Buffer.from(JSON.stringify(body));
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': bytes.length });
  trace.getActiveSpan()?.setAttribute('http.response.body.size', bytes.length);
  response.end(bytes);
}

const statusOf = (error: unknown): number => (error instanceof PeerFailed ? 502 : 500);

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
