import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { credentials, Metadata } from '@grpc/grpc-js';
import { ExportResultCode } from '@opentelemetry/core';
import { OTLPTraceExporter as TracesOverGrpc } from '@opentelemetry/exporter-trace-otlp-grpc';
import { OTLPTraceExporter as TracesOverProto } from '@opentelemetry/exporter-trace-otlp-proto';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider, type SpanExporter } from '@opentelemetry/sdk-trace';
import { Effect } from 'effect';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { listenCombinations } from '../../../bench/fault/access/combinations.ts';
import { knock, knockStorage, listenerNames } from '../../../bench/fault/access/listeners.ts';
import { shownBy } from '../../../bench/fault/access/reload.ts';
import { type SecuredDaemon, serverName, startSecuredDaemon } from '../../../bench/fault/access/secured-daemon.ts';
import { examine } from '../../../src/engine/daemon/doctor/doctor.ts';
import { fetchStatus } from '../../../src/engine/daemon/fetch-status.ts';
import { importFiles } from '../../../src/engine/daemon/import-files.ts';
import { queryAccess } from '../../../src/engine/daemon/query-access.ts';
import { QueryClient } from '../../../src/engine/store/query-client.ts';
import { issue, makeAuthority, writePair } from '../../support/certificates.ts';

/** Every span of a shop on another machine comes this way: TLS, a client certificate and a token. */
let daemon: SecuredDaemon;
beforeAll(async () => {
  daemon = await startSecuredDaemon({ clientCertificates: true });
});
afterAll(() => daemon[Symbol.asyncDispose]());

const status = () => Effect.runPromise(fetchStatus(daemon.env));
const rows = <Row>(sql: string): Promise<readonly Row[]> =>
  Effect.runPromise(
    Effect.flatMap(QueryClient, (client) => client.rows<Row>(sql)).pipe(
      Effect.provide(queryAccess(daemon.env)),
      Effect.scoped,
    ),
  );

/** Sends one span and gives the exporter's error, if there is one. */
async function send(exporter: SpanExporter, name: string): Promise<string> {
  const memory = new InMemorySpanExporter();
  const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter: memory })] });
  provider.getTracer('t').startSpan(name).end();
  await provider.forceFlush();
  const spans = memory.getFinishedSpans();
  const result = await new Promise<{ code: ExportResultCode; error?: Error }>((resolve) => {
    exporter.export(spans, resolve);
  });
  await exporter.shutdown();
  return result.code === ExportResultCode.SUCCESS ? 'sent' : String(result.error?.message);
}

function overGrpc(token: string, certificate = daemon.client): SpanExporter {
  const metadata = new Metadata();
  metadata.set('authorization', `Bearer ${token}`);
  return new TracesOverGrpc({
    url: daemon.state.endpoints.otlpGrpc,
    metadata,
    credentials: credentials.createSsl(
      Buffer.from(daemon.authority.cert),
      Buffer.from(certificate.key),
      Buffer.from(certificate.cert),
    ),
  });
}

function overHttp(token: string, certificate = daemon.client): SpanExporter {
  return new TracesOverProto({
    url: `${daemon.state.endpoints.otlpHttp}/v1/traces`,
    headers: { authorization: `Bearer ${token}` },
    httpAgentOptions: { ca: daemon.authority.cert, cert: certificate.cert, key: certificate.key },
  });
}

describe('an SDK elsewhere', () => {
  test('sends over gRPC and HTTP with its certificate and the token', async () => {
    expect(await send(overGrpc(daemon.token), 'over gRPC')).toBe('sent');
    expect(await send(overHttp(daemon.token), 'over HTTP')).toBe('sent');
    await expect
      .poll(() => rows('SELECT SpanName AS name FROM otel_traces ORDER BY name'), { timeout: 10_000 })
      .toEqual([{ name: 'over HTTP' }, { name: 'over gRPC' }]);
  });

  test('is told what is missing without the token, and cannot come with a certificate of others; both are counted', async () => {
    const stranger = await issue(await makeAuthority('authority of the test'), 'a sender');
    expect(await send(overGrpc('another-token-of-this-length-here'), 'x')).toMatch(/UNAUTHENTICATED.*Bearer <token>/);
    expect(await send(overHttp('another-token-of-this-length-here'), 'x')).toMatch(/Unauthorized/);
    expect(await send(overHttp(daemon.token, stranger), 'x')).not.toBe('sent');
    expect((await status()).refusedRequests).toMatchObject({ unauthenticated: 3 });
  });
});

describe("obs's own commands", () => {
  test('need neither the token nor a certificate: the run file, for this user alone, has what they need', async () => {
    const { security, ready } = await status();
    expect([ready, security]).toMatchObject([true, { address: '0.0.0.0', clientCertificates: true, token: true }]);
    expect(statSync(daemon.paths.runFile).mode & 0o777).toBe(0o600);
    const file = join(daemon.paths.home, 'spans.json');
    const span = {
      traceId: 'a'.repeat(32),
      spanId: 'b'.repeat(16),
      name: 'imported',
      startTimeUnixNano: `${Date.now()}000000`,
    };
    writeFileSync(file, JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] }));
    expect(await Effect.runPromise(importFiles([file], daemon.env, undefined))).toMatchObject([{ requests: 1 }]);
    const findings = await Effect.runPromise(examine(daemon.env, daemon.paths.home));
    expect(
      findings.filter(({ check }) => ['engine', 'test span'].includes(check)).map(({ verdict }) => verdict),
    ).toEqual(['ok', 'ok']);
  });

  test('hold the daemon to its certificate: another one at its address gets neither key nor statement', async () => {
    const original = readFileSync(daemon.paths.runFile, 'utf8');
    const other = await issue(daemon.authority, serverName);
    const state = JSON.parse(original) as SecuredDaemon['state'];
    writeFileSync(
      daemon.paths.runFile,
      JSON.stringify({ ...state, access: { ...state.access, certificate: other.cert } }),
    );
    await expect(rows('SELECT 1')).rejects.toThrow();
    await expect(status()).rejects.toThrow();
    writeFileSync(daemon.paths.runFile, original);
    expect((await status()).ready).toBe(true);
  });
});

describe('who may reach it', () => {
  const from = (host: string, more: Record<string, string> = {}) => ({
    headers: { host, authorization: `Bearer ${daemon.token}`, ...more },
    tls: { ca: daemon.authority.cert, servername: '', ...daemon.client },
  });

  test.each(listenerNames)('%s: by a name of its own, and from no web page', async (listener) => {
    expect(await knock(listener, daemon.state, from('localhost.evil.example'))).toMatch(/^(?:403|grpc 7)$/);
    expect(await knock(listener, daemon.state, from('obs.example:4318'))).toBe('answered');
    expect(await knock(listener, daemon.state, from('localhost', { origin: 'https://evil.example' }))).toMatch(
      /^(?:403|grpc 7)$/,
    );
  });

  test("tasks of the store take the run file's key, and not the token of those who send and query", async () => {
    const { headers, tls } = from('localhost');
    expect(await knockStorage(daemon.state, { headers, tls })).toBe('403');
    expect(await knockStorage(daemon.state, { headers: {}, tls })).toBe('401');
    const key = { authorization: `Bearer ${daemon.state.access?.localKey ?? ''}` };
    expect(await knockStorage(daemon.state, { headers: key, tls })).toBe('answered');
  });

  test('whether it is ready may be asked by those who carry no token, as probes do', async () => {
    const { tls } = from('localhost');
    const ask = (path: string) =>
      import('node:https').then(
        ({ get }) =>
          new Promise<number | undefined>((resolve, reject) => {
            get(`${daemon.state.endpoints.otlpHttp}${path}`, { ...tls, agent: false }, (response) => {
              response.resume();
              resolve(response.statusCode);
            }).once('error', reject);
          }),
      );
    expect([await ask('/health'), await ask('/status')]).toEqual([200, 401]);
  });
});

describe('a certificate that is replaced', () => {
  test('is in force everywhere without a restart, and one that cannot be used is not', async () => {
    const next = await issue(daemon.authority, serverName, { dnsNames: [serverName] });
    const before = await shownBy(daemon, 'query');
    writeFileSync(daemon.certFile, next.cert);
    await expect
      .poll(async () => (await status()).warnings, { timeout: 10_000 })
      .toEqual([expect.stringMatching(/does not belong to the certificate .* the former certificate stays in force/)]);
    expect(await shownBy(daemon, 'query')).toBe(before);

    writePair(next, daemon.certFile, daemon.keyFile);
    const shown = () => Promise.all(listenerNames.map((listener) => shownBy(daemon, listener)));
    await expect
      .poll(async () => new Set(await shown()).size === 1 && (await shown())[0] !== before, { timeout: 10_000 })
      .toBe(true);
    // The analyzer's own warning goes once it has read again.
    await expect.poll(async () => (await status()).warnings, { timeout: 60_000 }).toEqual([]);
  }, 120_000);
});

describe('beyond loopback', () => {
  test('there is no listening without a certificate, its key and a token together', async () => {
    expect(await listenCombinations()).toMatchObject({ tried: 336, wrong: [] });
  });
});
