import type { Server, Socket } from 'node:net';

/** What a client speaks, told by the first bytes it sends. */
export type Protocol = 'http1' | 'http2' | 'tls' | 'unknown';

const http2Magic = 'PRI * HTTP/2.0';
const tlsHandshake = 0x16;

/** undefined while there are too few bytes to tell. */
export function protocolOf(bytes: Buffer): Protocol | undefined {
  const first = bytes[0];
  if (first === undefined) return undefined;
  if (first === tlsHandshake) return 'tls';
  const start = bytes.toString('latin1', 0, http2Magic.length);
  if (start === http2Magic) return 'http2';
  if (http2Magic.startsWith(start)) return undefined;
  return /^[A-Za-z\r\n]/.test(start) ? 'http1' : 'unknown';
}

/**
 * Puts a look at the first bytes before a server's own connection handling, so that whoever speaks HTTP/1.1 to the gRPC
 * port, or gRPC to the HTTP port, is told so and does not get a parse error. `route` gets the socket with all its bytes
 * still unread, and `serve`, which hands it to the server. Sockets that say nothing are cut after `silenceMs`.
 * @returns a function that cuts the sockets which have not been routed yet.
 */
export function routeByFirstBytes(
  server: Server,
  silenceMs: number,
  route: (socket: Socket, protocol: Protocol, serve: () => void) => void,
): () => void {
  const listeners = server.listeners('connection') as ((socket: Socket) => void)[];
  server.removeAllListeners('connection');
  const undecided = new Set<Socket>();

  server.on('connection', (socket: Socket) => {
    undecided.add(socket);
    const silence = setTimeout(() => socket.destroy(), silenceMs);
    let seen = Buffer.alloc(0);

    const leave = (): void => {
      clearTimeout(silence);
      undecided.delete(socket);
      socket.off('readable', look).off('close', leave).off('error', ignore).off('end', cut);
    };
    const cut = (): void => void socket.destroy();
    const look = (): void => {
      for (let chunk: Buffer | null; (chunk = socket.read() as Buffer | null) !== null;) {
        seen = Buffer.concat([seen, chunk]);
      }
      const protocol = protocolOf(seen);
      if (protocol === undefined) return;
      leave();
      socket.unshift(seen);
      route(socket, protocol, () => {
        for (const listener of listeners) listener.call(server, socket);
      });
    };
    socket.on('readable', look).on('close', leave).on('error', ignore).on('end', cut);
  });

  return () => {
    for (const socket of undecided) socket.destroy();
  };
}

/** A socket that breaks before it said anything concerns nobody; 'close' follows. */
function ignore(): void {}
