import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Context, Effect, Exit, Layer, Scope } from 'effect';
import { describe, expect, test } from 'vitest';
import { resolvePaths } from '../../../src/engine/config/paths.ts';
import { loadSettings } from '../../../src/engine/config/settings.ts';
import { openSecurity } from '../../../src/engine/net/security.ts';
import { embeddedStore } from '../../../src/engine/store/embedded-store.ts';
import { startQueryEndpoint } from '../../../src/engine/store/endpoint/query-endpoint.ts';
import { migrate } from '../../../src/engine/store/migrate.ts';
import { Store } from '../../../src/engine/store/store.ts';
import { startTestDaemon } from '../../support/daemon-fixture.ts';
import { logsRequest, tracesRequest } from '../../support/otlp-payloads.ts';

/**
 * No ClickHouse server can be had on every machine: what stands in for one is our own endpoint in its writable test
 * mode, which is the same ClickHouse behind the same HTTP interface.
 */
async function startClickHouse(
  options: { readonly port?: number; readonly token?: string } = {},
): Promise<AsyncDisposable & { readonly url: string; readonly store: Store['Service'] }> {
  const { port = 0, token } = options;
  const folder = mkdtempSync(join(tmpdir(), 'obs-clickhouse-'));
  const scope = Scope.makeUnsafe();
  const endpoint = await Effect.runPromise(
    Effect.gen(function* () {
      const store = yield* Layer.build(embeddedStore({ path: join(folder, 'store') }));
      const tokenFile = join(folder, 'token');
      if (token !== undefined) writeFileSync(tokenFile, token, { mode: 0o600 });
      const asking = { address: '127.0.0.1', hosts: [], tls: null, tokenFile, localKey: null };
      const security = token === undefined ? {} : { security: yield* openSecurity(asking, () => {}) };
      const { url } = yield* startQueryEndpoint({ host: '127.0.0.1', port, writable: true, ...security }).pipe(
        Effect.provideContext(store),
      );
      return { url, store: Context.get(store, Store) };
    }).pipe(Scope.provide(scope)),
  );
  return {
    ...endpoint,
    [Symbol.asyncDispose]: async () => {
      await Effect.runPromise(Scope.close(scope, Exit.void));
      rmSync(folder, { recursive: true });
    },
  };
}

test('with --clickhouse the same daemon stores in a ClickHouse server, and reads through its own guarded endpoint', async () => {
  await using server = await startClickHouse();
  await using daemon = await startTestDaemon(undefined, { clickhouse: server.url });
  const startUnixMs = Date.now();
  expect(await daemon.send('traces', tracesRequest({ spans: 60, startUnixMs }))).toBe(200);
  expect(await daemon.send('logs', logsRequest({ records: 10, startUnixMs }))).toBe(200);
  await daemon.eventually(async () => {
    const { stored } = await daemon.status();
    return stored?.traces === 60 && stored.logs === 10;
  });
  expect((await daemon.status()).engine).toMatchObject({ kind: 'remote', state: 'ready' });
  await daemon.eventually(
    async () => JSON.stringify(await daemon.rows('SELECT sum(Calls) AS n FROM obs_red_1m')) === '[{"n":"60"}]',
  );
  await expect(daemon.rows('DROP TABLE otel_traces')).rejects.toMatchObject({ _tag: expect.stringMatching(/Query/) });
  const direct = await fetch(
    `${server.url}/?query=${encodeURIComponent('SELECT count() FROM otel_traces FORMAT TSV')}`,
  );
  expect(await direct.text()).toBe('60\n');
});

/** A port that was free a moment ago: nobody answers there until the test has somebody do. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

test('a gateway starts with no server there, takes telemetry, and the server that comes gets all of it once', async () => {
  const port = await freePort();
  await using daemon = await startTestDaemon(undefined, { clickhouse: `http://127.0.0.1:${port}` });
  const startUnixMs = Date.now();
  for (let seed = 0; seed < 5; seed++) {
    expect(await daemon.send('traces', tracesRequest({ seed, spans: 20, startUnixMs }))).toBe(200);
  }
  expect(await daemon.send('logs', logsRequest({ records: 10, startUnixMs }))).toBe(200);

  expect(daemon.away).toContain('ECONNREFUSED');
  expect(await daemon.status()).toMatchObject({
    ready: false,
    parts: { receivers: true, query: true, store: false },
    engine: { kind: 'remote', state: 'waiting', restarts: 0 },
    received: { traces: 100, logs: 10 },
    stored: null,
    warnings: [expect.stringMatching(/wait in the spool.*ECONNREFUSED/)],
  });
  expect((await fetch(`${daemon.state.endpoints.otlpHttp}/health`)).status).toBe(200);
  const question = await fetch(`${daemon.state.endpoints.query}/?query=SELECT+1`);
  expect([question.status, await question.text()]).toEqual([503, expect.stringContaining('ECONNREFUSED')]);

  await using server = await startClickHouse({ port });
  await daemon.eventually(async () => (await daemon.status()).stored?.traces === 100);
  await daemon.eventually(async () => (await daemon.status()).spool.segments === 0);
  const status = await daemon.status();
  expect(status).toMatchObject({ ready: true, parts: { store: true }, engine: { state: 'ready', restarts: 0 } });
  expect(status.warnings).toEqual([]);
  expect(await daemon.rows('SELECT count() AS n, uniqExact(TraceId, SpanId) AS u FROM otel_traces')).toEqual([
    { n: '100', u: '100' },
  ]);
  expect(await daemon.rows('SELECT sum(Calls) AS n FROM obs_red_1m')).toEqual([{ n: '100' }]);
  expect(server.url).toContain(String(port));
});

test('a gateway that is killed while no server is there has lost nothing when both are back', async () => {
  const port = await freePort();
  const settings = { clickhouse: `http://127.0.0.1:${port}` };
  const first = await startTestDaemon(undefined, settings);
  expect(await first.send('traces', tracesRequest({ spans: 30, startUnixMs: Date.now() }))).toBe(200);
  process.kill((await first.status()).engine.pid ?? 0, 'SIGKILL');
  await first.eventually(async () => {
    const { engine } = await first.status();
    return engine.restarts === 1 && engine.state === 'waiting';
  });
  await first.stop();
  await using second = await startTestDaemon(first.home, settings);
  await using server = await startClickHouse({ port });
  await second.eventually(async () => (await second.status()).stored?.traces === 30);
  expect(server.url).toContain(String(port));
});

describe('what only somebody can mend is an error at the start:', () => {
  test('an address that is none', async () => {
    const env = { OBS_CLICKHOUSE: 'ftp://there' };
    const settings = loadSettings({}, env, resolvePaths(env), tmpdir());
    expect(await Effect.runPromise(Effect.flip(settings))).toMatchObject({ _tag: 'ConfigInvalid' });
  });

  test('a wrong password', async () => {
    const token = 'correct-horse-battery';
    await using server = await startClickHouse({ token });
    const { host } = new URL(server.url);
    const open = startTestDaemon(undefined, { clickhouse: `http://default:wrong-horse-battery@${host}` });
    await expect(open).rejects.toMatchObject({ _tag: 'QueryFailed', code: 516 });
    // Making the tables may take a busy machine longer than a start waits for a server.
    await Effect.runPromise(migrate.pipe(Effect.provideService(Store, server.store)));
    await using daemon = await startTestDaemon(undefined, { clickhouse: `http://default:${token}@${host}` });
    expect(daemon.away).toBeNull();
  });

  test('tables of a newer obs', async () => {
    await using server = await startClickHouse();
    await Effect.runPromise(migrate.pipe(Effect.provideService(Store, server.store)));
    await Effect.runPromise(
      server.store.command("INSERT INTO obs_migrations (Version, Name) SELECT 9999, 'of tomorrow'"),
    );
    await expect(startTestDaemon(undefined, { clickhouse: server.url })).rejects.toMatchObject({
      _tag: 'ConfigInvalid',
      problem: expect.stringContaining('newer obs'),
    });
  });
});
