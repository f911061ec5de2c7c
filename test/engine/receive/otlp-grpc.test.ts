import { connect, constants, type OutgoingHttpHeaders } from 'node:http2';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import * as grpc from '@grpc/grpc-js';
import { Deferred, Effect } from 'effect';
import { afterEach, describe, expect, test } from 'vitest';
import { MalformedPayload, Overloaded, StorageFailed } from '../../../src/engine/domain/errors.ts';
import { logsRequest, metricsRequest, tracesRequest } from '../../support/otlp-payloads.ts';
import { partialSuccessOf, statusOf } from './support/answers-proto.ts';
import {
  exportLogs,
  exportMetrics,
  exportTraces,
  grpcCall,
  grpcClient,
  healthCheck,
  oneGrpcCall,
  post,
  protobufType,
} from './support/clients.ts';
import { allAccepted, type Receivers, startReceivers, type StartOptions } from './support/receivers.ts';

let receivers: Receivers;
const start = async (options?: StartOptions): Promise<Receivers> => (receivers = await startReceivers(options));
afterEach(() => receivers.stop());

const spans = tracesRequest({ spans: 20 });

/** A message with its five bytes in front. */
function framed(message: Uint8Array, flag = 0, length = message.length): Buffer {
  const prefix = Buffer.from([flag, 0, 0, 0, 0]);
  prefix.writeUInt32BE(length, 1);
  return Buffer.concat([prefix, message]);
}

interface RawAnswer {
  readonly headers: Record<string, unknown>;
  readonly status: string | undefined;
  readonly message: string;
}

/** A call made by hand over HTTP/2; `write` sends the DATA and may leave the stream open. */
async function rawCall(
  url: string,
  headers: OutgoingHttpHeaders,
  write: (stream: import('node:http2').ClientHttp2Stream) => void,
): Promise<RawAnswer> {
  const session = connect(url);
  const stream = session.request({
    ':method': 'POST',
    ':path': exportTraces,
    'content-type': 'application/grpc',
    te: 'trailers',
    ...headers,
  });
  let got: Record<string, unknown> = {};
  stream.on('response', (response) => (got = { ...got, ...response }));
  stream.on('trailers', (trailers) => (got = { ...got, ...trailers }));
  stream.on('error', () => undefined);
  stream.resume();
  write(stream);
  await new Promise((resolve) => stream.once('close', resolve));
  session.close();
  const text = (name: string): string | undefined => got[name] as string | undefined;
  return { headers: got, status: text('grpc-status'), message: decodeURIComponent(text('grpc-message') ?? '') };
}

describe('a call that is taken', () => {
  test('each signal reaches the spool byte for byte', async () => {
    const { grpc, received, intake } = await start();
    const calls = [
      ['traces', exportTraces, spans],
      ['logs', exportLogs, logsRequest({ records: 20 })],
      ['metrics', exportMetrics, metricsRequest({ points: 20 })],
    ] as const;
    for (const [, method, body] of calls) {
      expect(await oneGrpcCall(grpc.url, method, body)).toMatchObject({ code: 0, body: Buffer.alloc(0) });
    }
    expect(received.map(({ signal, payload }) => [signal, Buffer.from(payload)])).toEqual(
      calls.map(([signal, , body]) => [signal, Buffer.from(body)]),
    );
    expect(intake.counters.snapshot().grpc.signals.metrics).toMatchObject({ requests: 1, accepted: 1 });
    expect(intake.budget.used).toBe(0);
  });

  test('large messages on one connection, compressed by the client, many at once', async () => {
    const { grpc: receiver, received, intake } = await start();
    const client = grpcClient(receiver.url, {
      'grpc.default_compression_algorithm': grpc.compressionAlgorithms.gzip,
    });
    const bodies = Array.from({ length: 40 }, (_, seed) => tracesRequest({ spans: 300, seed }));
    const answers = await Promise.all(bodies.map((body) => grpcCall(client, exportTraces, body)));
    client.close();
    expect(answers.every(({ code }) => code === 0)).toBe(true);
    const sent = new Set(bodies.map((body) => Buffer.from(body).toString('base64')));
    expect(received.every(({ payload }) => sent.delete(Buffer.from(payload).toString('base64')))).toBe(true);
    expect(sent.size).toBe(0);
    const { bytes, wireBytes } = intake.counters.snapshot().grpc.signals.traces;
    expect(wireBytes).toBeLessThan(bytes / 3);
  });

  test('DATA in pieces that cut through the prefix', async () => {
    const { grpc, received } = await start();
    const message = framed(spans);
    const { status } = await rawCall(grpc.url, {}, (stream) => {
      for (const [from, to] of [
        [0, 1],
        [1, 3],
        [3, 5],
        [5, 6],
        [6, 4000],
        [4000, message.length],
      ]) {
        stream.write(message.subarray(from, to));
      }
      stream.end();
    });
    expect(status).toBe('0');
    expect(Buffer.from(received[0]!.payload).equals(spans)).toBe(true);
  });

  test('zstd, and a plain message although a grpc-encoding was announced', async () => {
    const { grpc, received } = await start();
    const zipped = await rawCall(grpc.url, { 'grpc-encoding': 'zstd' }, (s) =>
      s.end(framed(zstdCompressSync(spans), 1)),
    );
    const plain = await rawCall(grpc.url, { 'grpc-encoding': 'gzip' }, (s) => s.end(framed(spans)));
    expect([zipped.status, plain.status]).toEqual(['0', '0']);
    expect(received.map(({ payload }) => Buffer.from(payload).equals(spans))).toEqual([true, true]);
  });

  test('an empty message is a request without spans', async () => {
    const { grpc, received } = await start();
    expect((await oneGrpcCall(grpc.url, exportTraces, Buffer.alloc(0))).code).toBe(0);
    expect(received).toHaveLength(0);
  });

  test('rejected items come back as partial success', async () => {
    const { grpc } = await start({
      append: () => Effect.succeed({ accepted: 1, rejected: 2, reasons: new Map([['bad id', 2]]), cut: 0 }),
    });
    const { code, body } = await oneGrpcCall(grpc.url, exportLogs, spans);
    expect(code).toBe(0);
    expect(partialSuccessOf('logs', body)).toEqual({ rejectedLogRecords: 2, errorMessage: '2 × bad id' });
  });
});

describe('a call that is not taken', () => {
  test.each([
    ['malformed', new MalformedPayload({ signal: 'traces', reason: 'größer als 100 %' }), 3, undefined],
    ['overloaded', new Overloaded({ reason: 'spool-full', retryAfterMs: 2_500 }), 14, { seconds: 2, nanos: 5e8 }],
    ['storage', new StorageFailed({ operation: 'sync', path: '/x', code: 'EIO' }), 14, { seconds: 5 }],
  ])('%s: status, message, and RetryInfo when it should come again', async (_, error, expected, retryDelay) => {
    const { grpc } = await start({ append: () => Effect.fail(error) });
    const { code, details, metadata } = await oneGrpcCall(grpc.url, exportTraces, spans);
    expect(code).toBe(expected);
    if (error._tag === 'MalformedPayload') expect(details).toContain('größer als 100 %');
    const [bin] = metadata.get('grpc-status-details-bin');
    if (retryDelay === undefined) expect(bin).toBeUndefined();
    else expect(statusOf(bin as Buffer)).toEqual({ code, message: details, retryDelay });
  });

  test('an unknown method, and a service of another kind', async () => {
    const { grpc } = await start();
    for (const method of ['/x.Y/Z', '/opentelemetry.proto.collector.profiles.v1development.ProfilesService/Export']) {
      const { code, details } = await oneGrpcCall(grpc.url, method, spans);
      expect([code, details.includes(method)]).toEqual([12, true]);
    }
  });

  test('an unknown compression lists the known ones', async () => {
    const { grpc } = await start();
    const { status, headers } = await rawCall(grpc.url, { 'grpc-encoding': 'snappy' }, (s) => s.end(framed(spans, 1)));
    expect(status).toBe('12');
    expect(headers['grpc-accept-encoding']).toBe('gzip, deflate, br, zstd, identity');
  });

  test('a message over the limit, announced or inflated, is RESOURCE_EXHAUSTED while it is still being sent', async () => {
    const { grpc, intake } = await start({ limits: { bodyBytes: 100_000 } });
    expect((await oneGrpcCall(grpc.url, exportTraces, Buffer.alloc(3_000_000))).code).toBe(8);
    const bomb = framed(gzipSync(Buffer.alloc(10_000_000)), 1);
    expect((await rawCall(grpc.url, { 'grpc-encoding': 'gzip' }, (s) => s.end(bomb))).status).toBe('8');
    const lying = await rawCall(grpc.url, {}, (s) => s.write(framed(spans, 0, 0xffff_ffff)));
    expect(lying.status).toBe('8');
    expect(intake.counters.snapshot().grpc.refused).toEqual({ 'too-large': 3 });
    expect(intake.budget.used).toBe(0);
  });

  test.each<[string, Buffer, string, OutgoingHttpHeaders]>([
    ['no message', Buffer.alloc(0), 'has no message', {}],
    ['half a prefix', Buffer.from([0, 0]), 'has no message', {}],
    ['a truncated message', framed(spans, 0, spans.length + 10), 'ends 10 bytes early', {}],
    ['two messages', Buffer.concat([framed(spans), framed(spans)]), 'follow the one message', {}],
    ['a flag of 7', framed(spans, 7), 'compression flag is 7', {}],
    ['compressed without grpc-encoding', framed(gzipSync(spans), 1), 'there is no grpc-encoding', {}],
    ['corrupt gzip', framed(Buffer.from('not gzip at all'), 1), 'not readable gzip', { 'grpc-encoding': 'gzip' }],
    ['truncated gzip', framed(gzipSync(spans).subarray(0, 500), 1), 'not readable gzip', { 'grpc-encoding': 'gzip' }],
    ['a bad timeout', framed(spans), 'is not a grpc-timeout', { 'grpc-timeout': 'soon' }],
  ])('%s is INVALID_ARGUMENT', async (_, data, says, headers) => {
    const { grpc, received } = await start();
    const { status, message } = await rawCall(grpc.url, headers, (stream) => stream.end(data));
    expect([status, message]).toEqual(['3', expect.stringContaining(says)]);
    expect(received).toHaveLength(0);
  });

  test('a foreign :authority is refused, and what is HTTP/2 but not gRPC is told so', async () => {
    const { grpc } = await start();
    const evil = await rawCall(grpc.url, { ':authority': 'evil.example:4317' }, (s) => s.end(framed(spans)));
    expect([evil.status, evil.message]).toEqual(['7', expect.stringContaining('evil.example')]);
    const plain = await rawCall(grpc.url, { ':path': '/v1/traces', 'content-type': 'application/json' }, (s) =>
      s.end('{}'),
    );
    expect(plain.headers[':status']).toBe(415);
  });

  test('an HTTP/1 client on this port is told where to go', async () => {
    const { grpc, intake } = await start();
    const response = await post(`${grpc.url}/v1/traces`, Buffer.alloc(500_000), protobufType);
    expect(response.status).toBe(400);
    expect(await response.text()).toContain('Send OTLP/HTTP to the HTTP port');
    expect(intake.counters.snapshot().grpc.refused).toEqual({ 'wrong-protocol': 1 });
  });
});

describe('time', () => {
  test('a body that does not come before grpc-timeout ends in DEADLINE_EXCEEDED and holds no memory', async () => {
    const { grpc, intake } = await start();
    const { status } = await rawCall(grpc.url, { 'grpc-timeout': '50m' }, (s) => s.write(framed(spans, 0, 50_000)));
    expect(status).toBe('4');
    expect(intake.budget.used).toBe(0);
  });

  test('a client that cancels while its rows are made durable changes nothing: they are counted as taken', async () => {
    const arrived = Promise.withResolvers<void>();
    const gate = Deferred.makeUnsafe<void>();
    const { grpc, intake } = await start({
      append: () => {
        arrived.resolve();
        return Deferred.await(gate).pipe(Effect.as(allAccepted));
      },
    });
    const session = connect(grpc.url);
    const stream = session.request({ ':method': 'POST', ':path': exportTraces, 'content-type': 'application/grpc' });
    stream.on('error', () => undefined).end(framed(spans));
    await arrived.promise;
    stream.close(constants.NGHTTP2_CANCEL);
    await new Promise((resolve) => session.ping(() => resolve(undefined)));
    await Effect.runPromise(Deferred.succeed(gate, undefined));
    session.close();
    expect(intake.counters.snapshot().grpc).toMatchObject({ signals: { traces: { requests: 1 } }, refused: {} });
    expect(intake.budget.used).toBe(0);
  });

  test('a client that disappears in mid-body is counted, and its memory is given back', async () => {
    const { grpc, intake } = await start();
    const session = connect(grpc.url);
    const stream = session.request({ ':method': 'POST', ':path': exportTraces, 'content-type': 'application/grpc' });
    stream.on('error', () => undefined).write(framed(spans, 0, 200_000));
    await expect.poll(() => intake.budget.used).toBeGreaterThan(0);
    session.destroy();
    await expect.poll(() => intake.counters.snapshot().grpc.refused).toEqual({ aborted: 1 });
    expect(intake.budget.used).toBe(0);
  });
});

test('grpc.health.v1.Health/Check serves the server and its three services, and knows no others', async () => {
  const { grpc } = await start();
  const asks = (service: string): Promise<{ code: number; body: Buffer }> =>
    oneGrpcCall(grpc.url, healthCheck, Buffer.concat([Buffer.from([0x0a, service.length]), Buffer.from(service)]));
  expect((await oneGrpcCall(grpc.url, healthCheck, Buffer.alloc(0))).body).toEqual(Buffer.from([0x08, 1]));
  expect((await asks('opentelemetry.proto.collector.logs.v1.LogsService')).body).toEqual(Buffer.from([0x08, 1]));
  expect((await asks('shop.Cart')).code).toBe(5);
  expect((await oneGrpcCall(grpc.url, healthCheck, Buffer.from([9, 9, 9]))).code).toBe(5);
});
