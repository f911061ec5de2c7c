/**
 * A crowd of slow clients, in a process of its own: `node slow-crowd.ts <httpPort> <grpcPort> <clients>
 * <arrivalMs>`, the last being how long it takes until all are there. A quarter each
 * sends its HTTP headers, its HTTP body, its HTTP/2 preface and settings, its gRPC message a few bytes a second. Who is
 * cut off comes again. Standing by until told `start` or `stop` on stdin; a line of counts for each word.
 */
import { connect, type Socket } from 'node:net';
import { createInterface } from 'node:readline';

const [httpPort = 0, grpcPort = 0, clients = 0, arrivalMs = 0] = process.argv.slice(2).map(Number);
const byteEveryMs = 1000;

const http2Frame = (type: number, flags: number, stream: number, payload: Buffer): Buffer => {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
};
const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
/** HPACK: literal fields without indexing, names and values of less than 127 bytes. */
const hpack = (fields: readonly (readonly [string, string])[]): Buffer =>
  Buffer.concat(
    fields.flatMap(([name, value]) => [
      Buffer.from([0x00, name.length]),
      Buffer.from(name),
      Buffer.from([value.length]),
      Buffer.from(value),
    ]),
  );
const exportPath = '/opentelemetry.proto.collector.trace.v1.TraceService/Export';
const grpcHead = Buffer.concat([
  preface,
  http2Frame(4, 0, 0, Buffer.alloc(0)),
  http2Frame(
    1,
    4,
    1,
    hpack([
      [':method', 'POST'],
      [':scheme', 'http'],
      [':path', exportPath],
      [':authority', '127.0.0.1'],
      ['content-type', 'application/grpc'],
      ['te', 'trailers'],
    ]),
  ),
]);
const grpcMessage = http2Frame(0, 0, 1, Buffer.from([0, 0, 0, 0x40, 0]));
const httpHead =
  'POST /v1/traces HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-protobuf\r\nContent-Length: 100000\r\n\r\n';

interface Kind {
  readonly port: number;
  readonly atOnce: Buffer;
  /** What comes at the nth tick. */
  readonly piece: (tick: number) => Buffer;
}
const header = Buffer.from('X-A: b\r\n');
const kinds: readonly Kind[] = [
  {
    port: httpPort,
    atOnce: Buffer.from('POST /v1/traces HTTP/1.1\r\n'),
    piece: (tick) => header.subarray(tick % header.length, (tick % header.length) + 1),
  },
  { port: httpPort, atOnce: Buffer.from(httpHead), piece: () => Buffer.from([0x0a]) },
  { port: grpcPort, atOnce: preface.subarray(0, 10), piece: (tick) => preface.subarray(10 + tick, 11 + tick) },
  {
    port: grpcPort,
    atOnce: Buffer.concat([grpcHead, grpcMessage]),
    piece: () => http2Frame(0, 0, 1, Buffer.from([0x0a])),
  },
];

let running = false;
let connected = 0;
let cutOff = 0;
const sockets = new Set<Socket>();

function slowClient(kind: Kind): void {
  const socket = connect({ port: kind.port, host: '127.0.0.1' });
  let tick = 0;
  const drip = setInterval(() => socket.write(kind.piece(tick++)), byteEveryMs);
  sockets.add(socket);
  socket.on('connect', () => {
    connected++;
    socket.write(kind.atOnce);
  });
  socket.resume();
  socket.on('error', () => undefined);
  socket.on('close', () => {
    clearInterval(drip);
    sockets.delete(socket);
    if (!running) return;
    cutOff++;
    setTimeout(() => {
      if (running) slowClient(kind);
    }, 500);
  });
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 20));
}

for await (const word of createInterface({ input: process.stdin })) {
  running = word === 'start';
  if (running) {
    const before = connected;
    // Not all in one moment: they are slow, they do not march in step.
    for (let i = 0; i < clients; i++) {
      slowClient(kinds[i % kinds.length] as Kind);
      if (i % 10 === 9) await new Promise((resolve) => setTimeout(resolve, (10 * arrivalMs) / clients));
    }
    await until(() => connected - before >= clients);
  } else {
    for (const socket of sockets) socket.destroy();
    await until(() => sockets.size === 0);
  }
  console.log(JSON.stringify({ connected, cutOff }));
}
