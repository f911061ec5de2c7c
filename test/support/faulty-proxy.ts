import { once } from 'node:events';
import { createServer, connect, type Socket } from 'node:net';

/** What a proxy does with the connections that come next; those that are open keep what they had. */
export type Fault =
  | { readonly kind: 'none' }
  /** Sends on at most so many bytes in a second, in both directions together. */
  | { readonly kind: 'slow'; readonly bytesPerSecond: number }
  /** Answers every request itself. */
  | { readonly kind: 'answer'; readonly status: number; readonly body: string }
  /** Lets so many bytes of a request pass and cuts the connection. */
  | { readonly kind: 'cut'; readonly afterBytes: number };

export interface FaultyProxy extends AsyncDisposable {
  readonly endpoint: string;
  fault: Fault;
  readonly connections: number;
}

/** A TCP proxy in front of a port, with faults that can be switched while it runs. */
export async function startFaultyProxy(port: number): Promise<FaultyProxy> {
  let fault: Fault = { kind: 'none' };
  let connections = 0;
  const open = new Set<Socket>();
  const server = createServer((client) => {
    connections += 1;
    open.add(client);
    client.on('close', () => open.delete(client)).on('error', () => client.destroy());
    if (fault.kind === 'answer') return answerAll(client, fault.status, fault.body);
    const target = connect(port, '127.0.0.1');
    open.add(target);
    target.on('close', () => (open.delete(target), client.destroy())).on('error', () => client.destroy());
    client.on('close', () => target.destroy());
    target.pipe(client);
    if (fault.kind === 'slow') {
      // A connection that ends early ends its reader with an error.
      throttle(client, target, fault.bytesPerSecond).catch(() => target.destroy());
      return;
    }
    if (fault.kind === 'cut') return cutAfter(client, target, fault.afterBytes);
    client.pipe(target);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const own = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    endpoint: `http://127.0.0.1:${own}`,
    get fault() {
      return fault;
    },
    set fault(next) {
      fault = next;
    },
    get connections() {
      return connections;
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of open) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

function answerAll(client: Socket, status: number, body: string): void {
  const text = `HTTP/1.1 ${status} Refused\r\ncontent-type: application/xml\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`;
  client.once('data', () => client.end(text));
  client.resume();
}

async function throttle(client: Socket, target: Socket, bytesPerSecond: number): Promise<void> {
  for await (const chunk of client as AsyncIterable<Buffer>) {
    for (let at = 0; at < chunk.length; at += 16_384) {
      const part = chunk.subarray(at, at + 16_384);
      if (target.destroyed) return;
      target.write(part);
      await new Promise((resolve) => setTimeout(resolve, (part.length / bytesPerSecond) * 1000));
    }
  }
  target.end();
}

function cutAfter(client: Socket, target: Socket, bytes: number): void {
  let seen = 0;
  client.on('data', (chunk: Buffer) => {
    seen += chunk.length;
    target.write(chunk);
    if (seen >= bytes) client.destroy();
  });
}
