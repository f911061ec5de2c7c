import http from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * What stands between obs and its ClickHouse:
 * - `pass`: nothing happens;
 * - `down`: connections end at once, open ones too;
 * - `slow`: each request waits before it is passed on;
 * - `lost-answers`: the server does what it is asked to, and the connection breaks before it says so;
 * - `refuse-table`: inserts into one table are answered with an error that may pass (TOO_MANY_PARTS, 252).
 */
export type ProxyMode = 'pass' | 'down' | 'slow' | 'lost-answers' | 'refuse-table';

export interface ClickHouseProxy {
  readonly url: string;
  mode: ProxyMode;
  /** Requests that met something other than `pass`. */
  readonly troubled: number;
  close(): Promise<void>;
}

export async function startClickHouseProxy(
  target: string,
  options: { readonly slowMs: number; readonly refusedTable: string },
): Promise<ClickHouseProxy> {
  let mode: ProxyMode = 'pass';
  let troubled = 0;
  const sockets = new Set<Socket>();
  const server = http.createServer((request, response) => {
    if (mode !== 'pass') troubled += 1;
    const statement = new URL(request.url ?? '/', target).searchParams.get('query') ?? '';
    if (mode === 'refuse-table' && statement.startsWith(`INSERT INTO \`${options.refusedTable}\``)) {
      request.resume();
      response.writeHead(500, { 'x-clickhouse-exception-code': '252' });
      response.end('Code: 252. DB::Exception: Too many parts (as the proxy says). (TOO_MANY_PARTS)');
      return;
    }
    void forward(request, response);
  });
  const forward = async (request: http.IncomingMessage, response: http.ServerResponse): Promise<void> => {
    const met = mode;
    if (met === 'slow') await sleep(options.slowMs);
    const url = new URL(request.url ?? '/', target);
    const onward = http.request(url, {
      method: request.method ?? 'GET',
      headers: { ...request.headers, host: url.host },
    });
    onward.on('error', () => response.destroy());
    onward.on('response', (answer) => {
      if (met === 'lost-answers') {
        answer.resume();
        answer.on('end', () => response.destroy());
        return;
      }
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
    });
    response.on('close', () => void (response.writableFinished || onward.destroy()));
    request.pipe(onward);
  };
  server.on('connection', (socket) => {
    if (mode === 'down') socket.destroy();
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get mode() {
      return mode;
    },
    set mode(next) {
      mode = next;
      if (next === 'down') for (const socket of sockets) socket.destroy();
    },
    get troubled() {
      return troubled;
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
