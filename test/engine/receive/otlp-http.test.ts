import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { Effect } from 'effect';
import { afterEach, describe, expect, test } from 'vitest';
import { MalformedPayload, Overloaded, StorageFailed } from '../../../src/engine/domain/errors.ts';
import { logsRequest, metricsRequest, tracesRequest, tracesRequestJson } from '../../support/otlp-payloads.ts';
import { partialSuccessOf, statusOf } from './support/answers-proto.ts';
import { exportTraces, jsonType, oneGrpcCall, post, protobufType, RawClient } from './support/clients.ts';
import { type Receivers, startReceivers, type StartOptions } from './support/receivers.ts';

let receivers: Receivers;
const start = async (options?: StartOptions): Promise<Receivers> => (receivers = await startReceivers(options));
afterEach(() => receivers.stop());

const bytesOf = async (response: Response): Promise<Uint8Array> => new Uint8Array(await response.arrayBuffer());
const spans = tracesRequest({ spans: 20 });

describe('a request that is taken', () => {
  test('each signal reaches the spool byte for byte and is answered with an empty message', async () => {
    const { http, received, intake } = await start();
    const bodies = { traces: spans, logs: logsRequest({ records: 20 }), metrics: metricsRequest({ points: 20 }) };
    for (const [signal, body] of Object.entries(bodies)) {
      const response = await post(`${http.url}/v1/${signal}`, body, protobufType);
      expect(response.status).toBe(200);
      expect(response.headers.get('content-type')).toBe('application/x-protobuf');
      expect(await bytesOf(response)).toHaveLength(0);
    }
    expect(received.map(({ signal, encoding }) => [signal, encoding])).toEqual([
      ['traces', 'protobuf'],
      ['logs', 'protobuf'],
      ['metrics', 'protobuf'],
    ]);
    expect(received.map(({ payload }) => Buffer.from(payload))).toEqual(
      Object.values(bodies).map((b) => Buffer.from(b)),
    );
    const { traces } = intake.counters.snapshot().http.signals;
    expect(traces).toMatchObject({ requests: 1, items: 1, accepted: 1, wireBytes: spans.length, bytes: spans.length });
  });

  test('JSON is answered with JSON, and Content-Type may have parameters', async () => {
    const { http, received } = await start();
    const body = JSON.stringify(tracesRequestJson({ spans: 2 }));
    const response = await post(`${http.url}/v1/traces`, body, { 'content-type': 'Application/JSON; charset=utf-8' });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(await response.json()).toEqual({});
    expect(received[0]).toMatchObject({ signal: 'traces', encoding: 'json' });
    expect(Buffer.from(received[0]!.payload).toString()).toBe(body);
  });

  test.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
    ['zstd', zstdCompressSync],
    ['identity', (bytes: Uint8Array) => Buffer.from(bytes)],
    ['GZIP', gzipSync],
  ])('Content-Encoding %s, again and again on one decompressor', async (encoding, compress) => {
    const { http, received, intake } = await start();
    const bodies = [1, 300, 1, 700].map((count) => tracesRequest({ spans: count, seed: count }));
    for (const body of bodies) {
      const headers = { ...protobufType, 'content-encoding': encoding };
      expect((await post(`${http.url}/v1/traces`, compress(body), headers)).status).toBe(200);
    }
    expect(received.map(({ payload }) => Buffer.from(payload).equals(bodies.shift()!))).toEqual([
      true,
      true,
      true,
      true,
    ]);
    const { bytes, wireBytes } = intake.counters.snapshot().http.signals.traces;
    if (encoding !== 'identity') expect(wireBytes).toBeLessThan(bytes);
    expect(intake.budget.used).toBe(0);
  });

  test('the members of a gzip file one after the other are one body', async () => {
    const { http, received } = await start();
    const parts = [spans.subarray(0, 1000), spans.subarray(1000)].map((part) => gzipSync(part));
    const headers = { ...protobufType, 'content-encoding': 'gzip' };
    expect((await post(`${http.url}/v1/traces`, Buffer.concat(parts), headers)).status).toBe(200);
    expect(Buffer.from(received[0]!.payload).equals(spans)).toBe(true);
  });

  test('an empty protobuf body is a request without spans: 200, and nothing is written', async () => {
    const { http, received } = await start();
    const response = await post(`${http.url}/v1/traces`, '', protobufType);
    expect([response.status, (await bytesOf(response)).length, received.length]).toEqual([200, 0, 0]);
  });

  test('a chunked body, in chunks of any size', async () => {
    const { http, received } = await start();
    const client = new RawClient(http.port);
    client.send('POST /v1/logs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-protobuf\r\n');
    client.send('Transfer-Encoding: chunked\r\n\r\n');
    for (let from = 0; from < spans.length; from += 997) {
      const piece = spans.subarray(from, from + 997);
      client.send(`${piece.length.toString(16)}\r\n`, piece, '\r\n');
    }
    client.send('0\r\n\r\n');
    await client.received('HTTP/1.1 200 OK');
    expect(Buffer.from(received[0]!.payload).equals(spans)).toBe(true);
    client.socket.destroy();
  });

  test('Expect: 100-continue gets its go-ahead, and a refusal instead when the head alone is wrong', async () => {
    const { http, received } = await start();
    const head = `POST /v1/traces HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${spans.length}\r\nExpect: 100-continue\r\n`;
    const good = new RawClient(http.port).send(`${head}Content-Type: application/x-protobuf\r\n\r\n`);
    await good.received('HTTP/1.1 100 Continue');
    await good.send(spans).received('HTTP/1.1 200 OK');
    expect(received).toHaveLength(1);
    good.socket.destroy();

    const bad = new RawClient(http.port).send(`${head}Content-Type: text/plain\r\n\r\n`);
    expect(await bad.closed).toMatch(/^HTTP\/1.1 415 .*connection: close/is);
  });

  test('pipelined requests are answered in order, HTTP/1.0 without Host too, and a half-closed socket gets its answer', async () => {
    const { http, received } = await start();
    const request = (version: string, path: string, headers = ''): Buffer =>
      Buffer.concat([
        Buffer.from(`POST ${path} HTTP/${version}\r\nContent-Type: application/x-protobuf\r\n${headers}`),
        Buffer.from(`Content-Length: ${spans.length}\r\n\r\n`),
        spans,
      ]);
    const host = 'Host: 127.0.0.1\r\n';
    const pipelined = new RawClient(http.port);
    pipelined.send(Buffer.concat([request('1.1', '/v1/traces', host), request('1.1', '/v1/trace', host)]));
    pipelined.send(request('1.1', '/v1/logs', host));
    const answers = await pipelined.received('HTTP/1.1', 3);
    expect(answers.match(/HTTP\/1.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 404', 'HTTP/1.1 200']);
    pipelined.socket.destroy();

    expect(await new RawClient(http.port).send(request('1.0', '/v1/traces')).closed).toMatch(/^HTTP\/1.1 200/);
    const half = new RawClient(http.port).send(request('1.1', '/v1/traces', host)).halfClose();
    expect(await half.closed).toMatch(/^HTTP\/1.1 200/);
    expect(received.every(({ payload }) => Buffer.from(payload).equals(spans))).toBe(true);
    expect(received).toHaveLength(4);
  });
});

describe('a request that is taken in part', () => {
  const append = () =>
    Effect.succeed({
      accepted: 7,
      rejected: 3,
      reasons: new Map([
        ['trace id of 3 bytes', 1],
        ['time of 0', 2],
      ]),
      cut: 0,
    });

  test('says how many items were rejected and why, in protobuf', async () => {
    const { http, intake } = await start({ append });
    const names = { traces: 'rejectedSpans', logs: 'rejectedLogRecords', metrics: 'rejectedDataPoints' } as const;
    for (const signal of ['traces', 'logs', 'metrics'] as const) {
      const response = await post(`${http.url}/v1/${signal}`, spans, protobufType);
      expect(response.status).toBe(200);
      const errorMessage = '2 × time of 0; 1 × trace id of 3 bytes';
      expect(partialSuccessOf(signal, await bytesOf(response))).toEqual({ [names[signal]]: 3, errorMessage });
    }
    expect(intake.counters.snapshot().http.signals.logs).toMatchObject({
      items: 10,
      accepted: 7,
      rejected: 3,
      rejectedBy: { 'trace id of 3 bytes': 1, 'time of 0': 2 },
    });
  });

  test('and in JSON, where a 64-bit integer is a string', async () => {
    const { http } = await start({ append });
    const response = await post(`${http.url}/v1/metrics`, '{}', jsonType);
    expect(await response.json()).toEqual({
      partialSuccess: { rejectedDataPoints: '3', errorMessage: '2 × time of 0; 1 × trace id of 3 bytes' },
    });
  });

  test('with a text that is cut to its limit, never inside a character', async () => {
    const reasons = new Map(Array.from({ length: 500 }, (_, i) => [`é reason ${i}`, 1]));
    const { http } = await start({ append: () => Effect.succeed({ accepted: 0, rejected: 500, reasons, cut: 0 }) });
    const answer = partialSuccessOf('traces', await bytesOf(await post(`${http.url}/v1/traces`, spans, protobufType)));
    expect(Buffer.byteLength(answer!.errorMessage)).toBeLessThanOrEqual(1024);
    expect(answer!.errorMessage).toMatch(/^1 × é reason 0; .*…$/);
    expect(answer!.errorMessage).not.toContain('\ufffd');
  });
});

describe('a request that is not taken', () => {
  const failing: [string, MalformedPayload | Overloaded | StorageFailed, number, number, string | null][] = [
    ['malformed', new MalformedPayload({ signal: 'traces', reason: 'byte 17: wire type 7' }), 400, 3, null],
    ['spool full', new Overloaded({ reason: 'spool-full', retryAfterMs: 2_500 }), 503, 14, '3'],
    ['memory', new Overloaded({ reason: 'memory', retryAfterMs: 200 }), 503, 14, '1'],
    ['disk error', new StorageFailed({ operation: 'sync', path: '/spool/x', code: 'EIO' }), 503, 14, '5'],
  ];

  test.each(failing)(
    '%s: the status in the encoding of the request',
    async (_, error, httpStatus, code, retryAfter) => {
      const { http, intake } = await start({ append: () => Effect.fail(error) });
      const inProtobuf = await post(`${http.url}/v1/traces`, spans, protobufType);
      const inJson = await post(`${http.url}/v1/traces`, '{', jsonType);
      for (const response of [inProtobuf, inJson]) {
        expect(response.status).toBe(httpStatus);
        expect(response.headers.get('retry-after')).toBe(retryAfter);
      }
      const status = statusOf(await bytesOf(inProtobuf));
      expect(status.code).toBe(code);
      expect(status.retryDelay !== undefined).toBe(retryAfter !== null);
      expect(await inJson.json()).toMatchObject({ code, message: status.message });
      expect(Object.values(intake.counters.snapshot().http.refused)).toEqual([2]);
    },
  );

  test('a defect in what is behind is a 500 that tells no secrets, and the receiver lives on', async () => {
    let calls = 0;
    const { http } = await start({
      append: () => (calls++ === 0 ? Effect.die(new Error('secret')) : Effect.succeed(allTaken)),
    });
    const response = await post(`${http.url}/v1/traces`, '{}', jsonType);
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain('secret');
    expect((await post(`${http.url}/v1/traces`, '{}', jsonType)).status).toBe(200);
  });

  const allTaken = { accepted: 1, rejected: 0, reasons: new Map<string, number>(), cut: 0 };

  test.each([
    ['text/plain', 'Content-Type "text/plain" is not OTLP\'s'],
    ['application/grpc', "is not OTLP's"],
    ['', 'no Content-Type'],
  ])('Content-Type %j is a 415 that names the right ones', async (contentType, says) => {
    const { http } = await start();
    const client = new RawClient(http.port);
    const header = contentType === '' ? '' : `Content-Type: ${contentType}\r\n`;
    client.send(
      `POST /v1/traces HTTP/1.1\r\nHost: localhost\r\n${header}Connection: close\r\nContent-Length: 2\r\n\r\n{}`,
    );
    const answer = await client.closed;
    expect(answer).toMatch(/^HTTP\/1.1 415/);
    expect(answer.replaceAll('\\"', '"')).toContain(says);
    expect(answer).toContain('application/x-protobuf or application/json');
  });

  test.each(['snappy', 'gzip, gzip', 'x'])(
    'Content-Encoding %s is a 415 that lists the known ones',
    async (encoding) => {
      const { http } = await start();
      const response = await post(`${http.url}/v1/traces`, spans, { ...jsonType, 'content-encoding': encoding });
      expect(response.status).toBe(415);
      expect(response.headers.get('accept-encoding')).toBe('gzip, deflate, br, zstd, identity');
      expect(await response.json()).toMatchObject({ code: 12, message: expect.stringContaining(`"${encoding}"`) });
    },
  );

  test.each([
    ['/', 'OTLP/HTTP is POSTed to /v1/traces, /v1/logs, /v1/metrics'],
    ['/v1/trace', 'Did you mean /v1/traces?'],
    ['/v1/traces/', 'Did you mean /v1/traces?'],
    ['/api/v2/otlp/v1/logs?x=1', 'Did you mean /v1/logs?'],
    ['/metric', 'Did you mean /v1/metrics?'],
    ['/spans', 'Did you mean /v1/traces?'],
    ['/v1/traces/v1/traces', 'set the endpoint without it'],
    ['/v1development/profiles', 'Profiles are not stored'],
    ['/api/v2/spans', 'Zipkin'],
    ['/api/traces', 'Jaeger'],
    ['/loki/api/v1/push', 'Only OTLP'],
    ['/opentelemetry.proto.collector.trace.v1.TraceService/Export', 'OTLP/gRPC'],
  ])('POST to %s is a 404 that helps: %s', async (path, says) => {
    const { http } = await start();
    const response = await post(`${http.url}${path}`, '{}', jsonType);
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ code: 5, message: expect.stringContaining(says) });
  });

  test('GET of a signal path is a 405', async () => {
    const { http } = await start();
    const response = await fetch(`${http.url}/v1/traces`);
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST']);
  });
});

describe('who may talk to it', () => {
  const ask = async (port: number, headers: string): Promise<string> => {
    const request = `POST /v1/traces HTTP/1.1\r\nContent-Type: application/json\r\nConnection: close\r\n${headers}`;
    return new RawClient(port).send(`${request}Content-Length: 2\r\n\r\n{}`).closed;
  };

  test('a Host that is not loopback or allowed is refused (DNS rebinding)', async () => {
    const { http, received, intake } = await start({ http: { allowedHosts: ['collector.test'] } });
    expect(await ask(http.port, 'Host: evil.example:4318\r\n')).toMatch(/^HTTP\/1.1 403 .*evil\.example:4318/s);
    expect(received).toHaveLength(0);
    for (const host of ['localhost:4318', '127.0.0.1', '[::1]:4318', 'Collector.test:1']) {
      expect(await ask(http.port, `Host: ${host}\r\n`)).toMatch(/^HTTP\/1.1 200/);
    }
    expect(intake.counters.snapshot().http.refused).toEqual({ 'forbidden-host': 1 });
  });

  test('web pages of others are refused, preflights too, and no CORS header is ever sent', async () => {
    const { http, received } = await start();
    expect(await ask(http.port, 'Host: localhost\r\nOrigin: https://evil.example\r\n')).toMatch(/^HTTP\/1.1 403/);
    expect(await ask(http.port, 'Host: localhost\r\nOrigin: null\r\n')).toMatch(/^HTTP\/1.1 403/);
    expect(received).toHaveLength(0);
    const preflight = await fetch(`${http.url}/v1/traces`, {
      method: 'OPTIONS',
      headers: { 'access-control-request-method': 'POST' },
    });
    expect(preflight.status).toBe(403);
    expect([...preflight.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
    expect(await ask(http.port, `Host: localhost\r\nOrigin: ${http.url}\r\n`)).toMatch(/^HTTP\/1.1 200/);
  });
});

test('further routes answer GET and HEAD, and one that fails is a 500', async () => {
  const { http } = await start({
    http: {
      routes: new Map([
        ['/health', () => Promise.resolve({ status: 200, contentType: 'application/json', body: '{"ready":true}' })],
        ['/broken', () => Promise.reject(new Error('x'))],
      ]),
    },
  });
  const health = await fetch(`${http.url}/health?verbose`);
  expect([health.status, health.headers.get('content-type'), await health.json()]).toEqual([
    200,
    'application/json',
    { ready: true },
  ]);
  expect(await (await fetch(`${http.url}/health`, { method: 'HEAD' })).text()).toBe('');
  expect((await post(`${http.url}/health`, '{}', jsonType)).headers.get('allow')).toBe('GET, HEAD');
  expect((await fetch(`${http.url}/broken`)).status).toBe(500);
});

test('a gRPC client on this port is told where to go', async () => {
  const { http } = await start();
  const { code, details } = await oneGrpcCall(http.url, exportTraces, spans);
  expect(code).toBe(12);
  expect(details).toContain('Send OTLP/gRPC to the gRPC port');
});
