import { randomBytes } from 'node:crypto';
import { brotliCompressSync, constants, createZstdCompress, gzipSync, zstdCompressSync } from 'node:zlib';
import { Effect } from 'effect';
import { afterEach, describe, expect, test } from 'vitest';
import { MalformedPayload } from '../../../src/engine/domain/errors.ts';
import { seededRandom } from '../../support/random.ts';
import { tracesRequest } from '../../support/otlp-payloads.ts';
import {
  exportTraces,
  grpcCall,
  grpcClient,
  jsonType,
  oneGrpcCall,
  post,
  protobufType,
  RawClient,
} from './support/clients.ts';
import { type Receivers, startReceivers, type StartOptions } from './support/receivers.ts';

let receivers: Receivers;
const start = async (options?: StartOptions): Promise<Receivers> => (receivers = await startReceivers(options));
afterEach(() => receivers.stop());

const spans = tracesRequest({ spans: 20 });
const mega = 1024 * 1024;

/** After anything bad: nothing is held, and both ports still take a good request. */
async function expectAlive({ http, grpc, intake }: Receivers): Promise<void> {
  expect((await post(`${http.url}/v1/traces`, spans, protobufType)).status).toBe(200);
  expect((await oneGrpcCall(grpc.url, exportTraces, spans)).code).toBe(0);
  expect(intake.budget.used).toBe(0);
}

/** gzip of a gibibyte of zeros in about a mebibyte, made of members so that it is quick to make. */
function gzipBomb(): Buffer {
  const member = gzipSync(Buffer.alloc(16 * mega), { level: 9 });
  return Buffer.concat(Array.from({ length: 64 }, () => member));
}

describe('decompression', () => {
  test('a 1000:1 gzip bomb of a gibibyte is cut off at the limit, many times over, in bounded memory', async () => {
    const all = await start({ collect: false });
    const bomb = gzipBomb();
    expect(bomb.length).toBeLessThan(1.2 * mega);
    const headers = { ...protobufType, 'content-encoding': 'gzip' };
    const before = process.memoryUsage.rss();
    let highest = 0;
    const watch = setInterval(() => (highest = Math.max(highest, process.memoryUsage.rss())), 5);
    for (let i = 0; i < 3; i++) {
      const response = await post(`${all.http.url}/v1/traces`, bomb, headers);
      expect(response.status).toBe(413);
    }
    clearInterval(watch);
    // A bomb is known for one at 16 MiB (one alone, in a fresh daemon: npm run fault:bombs).
    expect(highest - before).toBeLessThan(100 * mega);
    expect(all.intake.counters.snapshot().http.refused).toEqual({ 'compression-bomb': 3 });
    await expectAlive(all);
  });

  test('several bombs at once stay within the memory for all bodies', async () => {
    const limits = { bodyBytes: 8 * mega, inFlightBytes: 16 * mega, inFlightWaitMs: 100 };
    const all = await start({ collect: false, limits });
    const bombs = [
      gzipBomb(),
      zstdCompressSync(Buffer.alloc(64 * mega)),
      brotliCompressSync(Buffer.alloc(64 * mega), quick),
    ];
    let most = 0;
    const watch = setInterval(() => (most = Math.max(most, all.intake.budget.used)), 1);
    const answers = await Promise.all(
      [...bombs, ...bombs].map((bomb, i) => {
        const encoding = ['gzip', 'zstd', 'br'][i % 3]!;
        return post(`${all.http.url}/v1/traces`, bomb, { ...protobufType, 'content-encoding': encoding });
      }),
    );
    clearInterval(watch);
    // Too large, or no memory while the others hold it: never taken, never stuck.
    expect(answers.every(({ status }) => status === 413 || status === 503)).toBe(true);
    expect(answers.some(({ status }) => status === 413)).toBe(true);
    expect(most).toBeLessThanOrEqual(16 * mega);
    await expectAlive(all);
  });

  const quick = { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } };

  test.each([
    ['gzip', gzipSync(spans)],
    ['br', brotliCompressSync(spans)],
    ['zstd', zstdCompressSync(spans, { params: { [constants.ZSTD_c_checksumFlag]: 1 } })],
  ])('corrupt and truncated %s is a 400, and the next body is read well', async (encoding, whole) => {
    const all = await start();
    const headers = { ...jsonType, 'content-encoding': encoding };
    const broken = Buffer.from(whole);
    broken.fill(0xa5, 100, 200);
    for (const bad of [broken, whole.subarray(0, whole.length - 20), whole.subarray(0, 5), Buffer.from('hello')]) {
      const response = await post(`${all.http.url}/v1/traces`, bad, headers);
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({
        code: 3,
        message: expect.stringContaining(`not readable ${encoding}`),
      });
    }
    expect((await post(`${all.http.url}/v1/traces`, whole, headers)).status).toBe(200);
    expect(Buffer.from(all.received[0]!.payload).equals(spans)).toBe(true);
    await expectAlive(all);
  });

  test('a zstd frame that asks for a window of 128 MiB is refused', async () => {
    const all = await start();
    const params = { [constants.ZSTD_c_windowLog]: 27, [constants.ZSTD_c_enableLongDistanceMatching]: 1 };
    // The window is written to the frame when the content's size is not known: many small writes.
    const compressor = createZstdCompress({ params });
    for (let i = 0; i < 10; i++) compressor.write(spans);
    compressor.end();
    const frame = Buffer.concat(await compressor.toArray());
    const response = await post(`${all.http.url}/v1/traces`, frame, { ...jsonType, 'content-encoding': 'zstd' });
    expect([response.status, await response.text()]).toEqual([400, expect.stringContaining('not readable zstd')]);
    await expectAlive(all);
  });
});

describe('size and memory', () => {
  test('an announced Content-Length over the limit is refused before it is read', async () => {
    const all = await start({ limits: { bodyBytes: 1000 } });
    const client = new RawClient(all.http.port);
    client.send(
      'POST /v1/traces HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1001\r\n\r\n',
    );
    expect(await client.received('"code"')).toMatch(/^HTTP\/1.1 413 .*larger than 1000 bytes/s);
    client.socket.destroy();
  });

  test('a chunked body is cut off when it passes the limit, its sender reads the answer, and the connection goes on', async () => {
    const all = await start({ limits: { bodyBytes: 100_000 } });
    const client = new RawClient(all.http.port);
    const head = 'POST /v1/traces HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n';
    client.send(`${head}Transfer-Encoding: chunked\r\n\r\n`);
    for (let i = 0; i < 50; i++) client.send('10000\r\n', Buffer.alloc(0x10000, 0x20), '\r\n');
    client.send(`0\r\n\r\n${head}Content-Length: 2\r\n\r\n{}`);
    const answers = await client.received('HTTP/1.1', 2);
    expect(answers.match(/HTTP\/1.1 \d+/g)).toEqual(['HTTP/1.1 413', 'HTTP/1.1 200']);
    client.socket.destroy();
  });

  test('a refused body that never ends is not read for ever', async () => {
    const all = await start({ limits: { bodyBytes: 1000, discardedBodyBytes: 200_000 } });
    const client = new RawClient(all.http.port);
    client.send('POST /v1/x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9999999999\r\n\r\n');
    const pump = (): void => {
      if (!client.socket.destroyed && client.socket.write(Buffer.alloc(65_536))) setImmediate(pump);
    };
    client.socket.on('drain', pump);
    pump();
    expect(await client.closed).toMatch(/^HTTP\/1.1 404/);
  });

  test('bodies wait for memory, go on when there is some, and are told to come again when there is none', async () => {
    const limits = { inFlightBytes: 64 * 1024, inFlightWaitMs: 150 };
    const all = await start({ limits });
    const head =
      'POST /v1/traces HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 40000\r\n\r\n';
    const holder = new RawClient(all.http.port).send(head, Buffer.alloc(30_000, 0x20));
    await expect.poll(() => all.intake.budget.used).toBe(64 * 1024);

    const refused = await post(`${all.http.url}/v1/traces`, Buffer.alloc(20_000, 0x20), jsonType);
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1']);
    const { code, metadata } = await oneGrpcCall(all.grpc.url, exportTraces, spans);
    expect([code, metadata.get('grpc-status-details-bin').length]).toEqual([14, 1]);

    const waiting = post(`${all.http.url}/v1/traces`, Buffer.alloc(20_000, 0x20), jsonType);
    holder.send(Buffer.alloc(10_000, 0x20));
    expect((await waiting).status).toBe(200);
    await holder.received('HTTP/1.1 200');
    holder.socket.destroy();
    expect(all.received.map(({ payload }) => payload.length)).toEqual([40_000, 20_000]);
    await expectAlive(all);
  });

  test('a sender that disappears in mid-body leaves nothing behind', async () => {
    const all = await start();
    const head = 'POST /v1/traces HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-protobuf\r\n';
    const client = new RawClient(all.http.port).send(`${head}Content-Length: 90000\r\n\r\n`, spans);
    await expect.poll(() => all.intake.budget.used).toBeGreaterThan(0);
    client.socket.destroy();
    await expect.poll(() => all.intake.counters.snapshot().http.refused).toEqual({ aborted: 1 });
    expect(all.received).toHaveLength(0);
    await expectAlive(all);
  });
});

describe('protocol', () => {
  test('random bytes on both ports', async () => {
    const all = await start();
    const random = seededRandom(7);
    for (let i = 0; i < 60; i++) {
      const bytes = Buffer.from(Array.from({ length: 1 + random.int(300) }, () => random.int(256)));
      for (const port of [all.http.port, all.grpc.port]) await new RawClient(port).send(bytes).halfClose().closed;
    }
    // The preface of HTTP/2, and then nonsense.
    for (let i = 0; i < 20; i++) {
      const nonsense = Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), randomBytes(200)]);
      await new RawClient(all.grpc.port).send(nonsense).halfClose().closed;
    }
    await expectAlive(all);
  });

  test('TLS on both ports is cut and counted', async () => {
    const all = await start();
    const hello = Buffer.from('16030100c8010000c40303', 'hex');
    for (const port of [all.http.port, all.grpc.port]) expect(await new RawClient(port).send(hello).closed).toBe('');
    const { http, grpc } = all.intake.counters.snapshot();
    expect([http.refused, grpc.refused]).toEqual([{ 'wrong-protocol': 1 }, { 'wrong-protocol': 1 }]);
    await expectAlive(all);
  });

  test('headers of many kilobytes', async () => {
    const all = await start();
    const client = new RawClient(all.http.port).send(
      `GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'a'.repeat(40_000)}\r\n\r\n`,
    );
    expect(await client.closed).toMatch(/^HTTP\/1.1 431/);
    await expectAlive(all);
  });

  test('slow headers, a silent connection and a slow body are cut in time (slowloris)', async () => {
    const all = await start({ limits: { headerMs: 150, requestMs: 400 } });
    const silent = [all.http.port, all.grpc.port].map((port) => new RawClient(port).closed);
    const slowHeader = new RawClient(all.http.port).send('POST /v1/traces HTTP/1.1\r\nHost: loc').closed;
    const slowPreface = new RawClient(all.grpc.port).send('PRI * HTTP/2.0\r\n\r\nSM').closed;
    const slowBody = new RawClient(all.http.port).send(
      'POST /v1/traces HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n{',
    ).closed;
    expect(await Promise.all(silent)).toEqual(['', '']);
    // Cut as well, after the server's own SETTINGS.
    expect(await slowPreface).not.toBe('');
    expect(await slowHeader).toMatch(/^HTTP\/1.1 408/);
    expect(await slowBody).toMatch(/^HTTP\/1.1 408/);
    await expectAlive(all);
  });

  test('more connections than the limit are dropped and counted, the others go on', async () => {
    const all = await start({ limits: { connections: 3 } });
    const first = Array.from({ length: 3 }, () => new RawClient(all.http.port));
    await Promise.all(first.map(({ socket }) => new Promise((resolve) => socket.once('connect', resolve))));
    expect(await new RawClient(all.http.port).closed).toBe('');
    expect(all.intake.counters.snapshot().http.refused).toEqual({ 'too-many-connections': 1 });
    for (const client of first) client.socket.destroy();
    await Promise.all(first.map(({ closed }) => closed));
    await expectAlive(all);
  });

  test('200 connections at once on each port are all served', async () => {
    const all = await start();
    const overHttp = Array.from({ length: 200 }, () => {
      const head = `POST /v1/traces HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n`;
      const client = new RawClient(all.http.port);
      return client.send(
        `${head}Content-Type: application/x-protobuf\r\nContent-Length: ${spans.length}\r\n\r\n`,
        spans,
      ).closed;
    });
    const overGrpc = Array.from({ length: 200 }, async () => {
      const client = grpcClient(all.grpc.url, { 'grpc.use_local_subchannel_pool': 1 });
      const { code } = await grpcCall(client, exportTraces, spans);
      client.close();
      return code;
    });
    expect((await Promise.all(overHttp)).every((answer) => answer.startsWith('HTTP/1.1 200'))).toBe(true);
    expect(new Set(await Promise.all(overGrpc))).toEqual(new Set([0]));
    expect(all.received.every(({ payload }) => Buffer.from(payload).equals(spans))).toBe(true);
    expect(all.received).toHaveLength(400);
  });
});

test('what the decoder refuses is a 400 on both ports with its reason, whatever it is', async () => {
  const all = await start({
    append: ({ signal }) => Effect.fail(new MalformedPayload({ signal, reason: 'offset 3: length 200 of 100' })),
  });
  const response = await post(`${all.http.url}/v1/traces`, randomBytes(500), jsonType);
  expect([response.status, await response.text()]).toEqual([
    400,
    expect.stringContaining('offset 3: length 200 of 100'),
  ]);
  const { code, details } = await oneGrpcCall(all.grpc.url, exportTraces, randomBytes(500));
  expect([code, details]).toEqual([3, expect.stringContaining('offset 3: length 200 of 100')]);
});
