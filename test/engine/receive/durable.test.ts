import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import * as grpc from '@grpc/grpc-js';
import { Effect, Layer, ManagedRuntime } from 'effect';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeSignalEncoder } from '../../../src/engine/otlp/signal-encoder.ts';
import { diskSpool } from '../../../src/engine/spool/disk-spool.ts';
import { startLoader } from '../../../src/engine/spool/loader.ts';
import { embeddedStore } from '../../../src/engine/store/embedded-store.ts';
import { migrate } from '../../../src/engine/store/migrate.ts';
import { Store } from '../../../src/engine/store/store.ts';
import { logsRequest, metricsRequest, tracesRequest, tracesRequestJson } from '../../support/otlp-payloads.ts';
import { requestTypes } from '../../support/otlp-proto.ts';
import { partialSuccessOf } from './support/answers-proto.ts';
import {
  exportLogs,
  exportTraces,
  grpcCall,
  grpcClient,
  jsonType,
  oneGrpcCall,
  post,
  protobufType,
} from './support/clients.ts';
import { type Receivers, startReceivers } from './support/receivers.ts';

/** The receivers over the real spool, encoder and engine: what was acknowledged is what is stored. */
const folder = mkdtempSync(join(tmpdir(), 'obs-receive-'));
const spoolFolder = join(folder, 'spool');
const store = ManagedRuntime.make(
  Layer.effectDiscard(migrate).pipe(Layer.provideMerge(embeddedStore({ path: join(folder, 'store') })), Layer.orDie),
);
let receivers: Receivers;

beforeAll(async () => {
  await store.runPromise(Effect.void);
  receivers = await startReceivers({
    spool: diskSpool({ directory: spoolFolder, makeEncoder: makeSignalEncoder }).pipe(Layer.orDie),
  });
});
afterAll(async () => {
  await store.dispose();
  rmSync(folder, { recursive: true });
});

interface DecodedSpan {
  readonly spanId: Uint8Array;
  readonly name: string;
  readonly attributes: readonly { readonly key: string; readonly value: { readonly stringValue?: string } }[];
}

/** Every span of a request by its id, with its name and one attribute, as a protobuf library reads it. */
function spansOf(body: Uint8Array): string[] {
  const { resourceSpans } = requestTypes.traces.toObject(requestTypes.traces.decode(body)) as {
    resourceSpans: { scopeSpans: { spans: DecodedSpan[] }[] }[];
  };
  return resourceSpans
    .flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans))
    .map(({ spanId, name, attributes }) => {
      const path = attributes.find(({ key }) => key === 'url.path')?.value.stringValue ?? '';
      return `${Buffer.from(spanId).toString('hex')} ${name} ${path}`;
    });
}

test('requests over both transports, compressed and not, at once: every span is stored as it was sent', async () => {
  const { http, grpc: overGrpc, intake } = receivers;
  const startUnixMs = Date.now() - 60_000;
  const bodies = Array.from({ length: 24 }, (_, seed) => tracesRequest({ spans: 40 + seed * 10, seed, startUnixMs }));
  const client = grpcClient(overGrpc.url);
  const zipping = grpcClient(overGrpc.url, {
    'grpc.default_compression_algorithm': grpc.compressionAlgorithms.gzip,
  });
  const gzip = { ...protobufType, 'content-encoding': 'gzip' };
  const codes = await Promise.all(
    bodies.map(async (body, i) => {
      if (i % 4 === 0) return (await post(`${http.url}/v1/traces`, body, protobufType)).status;
      if (i % 4 === 1) return (await post(`${http.url}/v1/traces`, gzipSync(body), gzip)).status;
      return (await grpcCall(i % 4 === 2 ? client : zipping, exportTraces, body)).code;
    }),
  );
  expect(codes).toEqual(bodies.map((_, i) => (i % 4 < 2 ? 200 : 0)));
  const asJson = JSON.stringify(tracesRequestJson({ spans: 30, seed: 99, startUnixMs }));
  expect((await post(`${http.url}/v1/traces`, asJson, jsonType)).status).toBe(200);
  expect((await oneGrpcCall(overGrpc.url, exportLogs, logsRequest({ records: 50, startUnixMs }))).code).toBe(0);
  expect((await post(`${http.url}/v1/metrics`, metricsRequest({ points: 60, startUnixMs }), protobufType)).status).toBe(
    200,
  );
  client.close();
  zipping.close();

  // Bad ones between the good ones: refused with the decoder's reason, or taken in part.
  const truncated = bodies[0]!.subarray(0, bodies[0]!.length - 100);
  expect((await post(`${http.url}/v1/traces`, truncated, protobufType)).status).toBe(400);
  expect((await oneGrpcCall(overGrpc.url, exportTraces, truncated)).code).toBe(3);
  const shortId = {
    resourceSpans: [{ scopeSpans: [{ spans: [{ traceId: 'abcd', spanId: '0123456789abcdef', name: 'x' }] }] }],
  };
  const part = await post(`${http.url}/v1/traces`, JSON.stringify(shortId), jsonType);
  expect([part.status, await part.json()]).toMatchObject([200, { partialSuccess: { rejectedSpans: '1' } }]);
  const empty = await oneGrpcCall(overGrpc.url, exportTraces, Buffer.alloc(0));
  expect(partialSuccessOf('traces', empty.body)).toBeUndefined();
  const deep = `${'{"arrayValue":{"values":['.repeat(10_000)}{"intValue":"1"}${']}}'.repeat(10_000)}`;
  const nested = `{"resourceSpans":[{"resource":{"attributes":[{"key":"a","value":${deep}}]},"scopeSpans":[]}]}`;
  expect([200, 400]).toContain((await post(`${http.url}/v1/traces`, nested, jsonType)).status);
  expect((await post(`${http.url}/v1/traces`, `{"a":${'['.repeat(1_000_000)}`, jsonType)).status).toBe(400);

  const { signals } = intake.counters.snapshot().http;
  expect(signals.traces.rejected).toBe(1);
  await receivers.stop();
  await store.runPromise(Effect.scoped(Effect.flatMap(startLoader({ directory: spoolFolder }), ({ drain }) => drain)));

  const sent = [...bodies.flatMap(spansOf), ...spansOf(tracesRequest({ spans: 30, seed: 99, startUnixMs }))].toSorted();
  const rows = await store.runPromise(
    Effect.flatMap(Store, (engine) =>
      engine.run({
        sql: "SELECT SpanId || ' ' || SpanName || ' ' || SpanAttributes['url.path'] AS s FROM otel_traces ORDER BY s",
        format: 'JSONColumns',
      }),
    ),
  );
  const stored = (JSON.parse(Buffer.from(rows.body).toString()) as { s: string[] }).s;
  expect(stored.length).toBe(sent.length);
  expect(stored.toSorted()).toEqual(sent);
});
