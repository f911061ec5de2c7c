import { connect as connectHttp2 } from 'node:http2';
import { connect } from 'node:net';
import { signals } from '../../../src/engine/domain/signals.ts';
import { type Random, seededRandom } from '../../../test/support/random.ts';
import { grpcPaths } from '../wire/raw-calls.ts';
import type { Corpus } from './corpus.ts';
import { mutate } from './mutate.ts';

export interface Endpoints {
  readonly otlpHttp: string;
  readonly otlpGrpc: string;
  readonly query: string;
}

/** Answers by their status; `closed` where the connection ended without one. */
export type Counts = Map<string, number>;
type Round = (random: Random, count: (status: string, input: Buffer) => void) => Promise<number>;

export const ways = [
  'HTTP bodies',
  'HTTP heads',
  'gRPC messages',
  'HTTP/2 frames',
  'query endpoint',
  'tasks, status',
] as const;
export type Way = (typeof ways)[number];
/** Inputs of one connection; a connection that breaks takes the rest of its inputs with it, and they are not counted. */
const perConnection = 50;
const patienceMs = 3000;

/** @param key the run file's, which opens what commands alone may ask for */
export function makeRounds(
  { otlpHttp, otlpGrpc, query }: Endpoints,
  corpus: Corpus,
  key: string,
): Readonly<Record<Way, Round>> {
  const any = (random: Random): { path: string; type: string; body: Buffer } => {
    const signal = random.pick(signals);
    const json = random.int(4) === 0;
    const from = corpus[json ? 'json' : 'protobuf'][signal];
    const body = mutate(random.pick(from), from, random);
    return { path: `/v1/${signal}`, type: json ? 'application/json' : 'application/x-protobuf', body };
  };
  const head = (path: string, type: string, body: Buffer): Buffer =>
    Buffer.from(
      `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: ${type}\r\nContent-Length: ${body.length}\r\n\r\n`,
    );
  return {
    'HTTP bodies': (random, count) =>
      pipelined(
        otlpHttp,
        Array.from({ length: perConnection }, () => {
          const { path, type, body } = any(random);
          return Buffer.concat([head(path, type, body), body]);
        }),
        count,
      ),
    'HTTP heads': (random, count) => {
      const { path, type, body } = any(random);
      const from = [
        head(path, type, body),
        Buffer.from('Content-Encoding: gzip\r\nExpect: 100-continue\r\nOrigin: x\r\n'),
      ];
      return pipelined(otlpHttp, [Buffer.concat([mutate(from[0] as Buffer, from, random), body])], count);
    },
    'query endpoint': (random, count) =>
      pipelined(
        query,
        Array.from({ length: 10 }, () => {
          const sql = mutate(random.pick(corpus.statements), corpus.statements, random);
          if (random.int(4) > 0) return Buffer.concat([head('/?max_threads=1', 'text/plain', sql), sql]);
          const path = `/?query=${encodeURIComponent(sql.toString('latin1'))}&default_format=JSON&param_x=1`;
          return Buffer.concat([Buffer.from(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`)]);
        }),
        count,
      ),
    'tasks, status': (random, count) =>
      pipelined(
        otlpHttp,
        Array.from({ length: 10 }, () => {
          const task = mutate(random.pick(corpus.tasks), corpus.tasks, random).toString('latin1');
          const text = random.int(4) > 0 ? encodeURIComponent(task) : task.replaceAll(/[^!-~]/g, '%');
          const line = random.int(4) > 0 ? `POST /storage?task=${text}` : `GET /status?${text}`;
          return Buffer.from(`${line} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${key}\r\n\r\n`);
        }),
        count,
      ),
    'gRPC messages': (random, count) => grpcMessages(otlpGrpc, corpus, random, count),
    'HTTP/2 frames': (random, count) => {
      const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
      const frames = Array.from({ length: 1 + random.int(5) }, () => http2Frame(random));
      return pipelined(otlpGrpc, [Buffer.concat([preface, http2Settings, ...frames])], (_, input) =>
        count('closed', input),
      );
    },
  };
}

const http2Settings = Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]);

/** A frame of any type with a length that fits, nearly fits, or does not. */
function http2Frame(random: Random): Buffer {
  const payload = Buffer.from(Array.from({ length: random.int(60) }, () => random.int(256)));
  const frame = Buffer.concat([Buffer.alloc(9), payload]);
  frame.writeUIntBE(random.int(8) === 0 ? random.int(2 ** 24) : payload.length, 0, 3);
  frame[3] = random.int(12);
  frame[4] = random.int(256);
  frame.writeUInt32BE(random.int(6), 5);
  return frame;
}

/** Writes all requests at once and reads as many answers, until the server closes or nothing more comes. */
function pipelined(
  url: string,
  requests: readonly Buffer[],
  count: (status: string, input: Buffer) => void,
): Promise<number> {
  return new Promise((resolve) => {
    const socket = connect({ port: Number(new URL(url).port), host: '127.0.0.1' });
    let text = '';
    let answered = 0;
    const seen = (): void => {
      // A status line begins the text or follows a body, which holds no such line.
      for (const [, status = ''] of text.matchAll(/HTTP\/1\.1 (\d{3}) [^\r\n]*\r\n/g)) {
        if (status === '100') continue;
        count(status, requests[answered] ?? Buffer.alloc(0));
        answered++;
      }
      const from = text.lastIndexOf('HTTP/1.1 ');
      text =
        from >= 0 && !text.slice(from).includes('\r\n')
          ? text.slice(from)
          : text.slice(-8).includes('HTTP/1.1 ')
            ? ''
            : text.slice(-8);
      if (answered >= requests.length) socket.destroy();
    };
    socket.setEncoding('latin1');
    socket.on('data', (chunk: string) => {
      text += chunk;
      seen();
    });
    socket.setTimeout(patienceMs, () => socket.destroy());
    socket.on('error', () => undefined);
    socket.on('close', () => {
      if (answered === 0) count('closed', requests[0] ?? Buffer.alloc(0));
      resolve(Math.max(1, answered));
    });
    socket.write(Buffer.concat(requests));
    // What waits for more than will come is cut here, not after the server's patience.
    if (requests.length === 1) socket.end();
  });
}

function grpcMessages(
  url: string,
  corpus: Corpus,
  random: Random,
  count: (status: string, input: Buffer) => void,
): Promise<number> {
  return new Promise((resolve) => {
    const session = connectHttp2(url);
    session.on('error', () => undefined);
    let open = perConnection;
    for (let i = 0; i < perConnection; i++) {
      const signal = random.pick(signals);
      const from = corpus.protobuf[signal];
      const message = mutate(random.pick(from), from, random);
      const head = Buffer.alloc(5);
      head[0] = random.int(20) === 0 ? random.int(256) : 0;
      head.writeUInt32BE(random.int(10) === 0 ? random.int(2 ** 24) : message.length, 1);
      const path = random.int(20) === 0 ? `/${message.toString('base64url').slice(0, 40)}` : grpcPaths[signal];
      const stream = session.request({
        ':method': 'POST',
        ':path': path,
        'content-type': 'application/grpc',
        te: 'trailers',
      });
      let status = 'closed';
      const read = (headers: Readonly<Record<string, unknown>>): void => {
        if (headers['grpc-status'] !== undefined) status = `grpc ${String(headers['grpc-status'])}`;
        else if (Number(headers[':status']) >= 400) status = String(headers[':status']);
      };
      stream.on('response', read);
      stream.on('trailers', read);
      stream.on('data', () => undefined);
      stream.on('error', () => undefined);
      stream.setTimeout(patienceMs, () => stream.close());
      stream.on('close', () => {
        count(status, message);
        if (--open > 0) return;
        session.destroy();
        resolve(perConnection);
      });
      stream.end(Buffer.concat([head, message]));
    }
  });
}

export const seedOf = (base: number, round: number): Random => seededRandom(base * 7919 + round);
