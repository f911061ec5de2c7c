import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Effect, Exit, Layer, Scope } from 'effect';
import { expect, test } from 'vitest';
import { embeddedStore } from '../../../src/engine/store/embedded-store.ts';
import { startQueryEndpoint } from '../../../src/engine/store/endpoint/query-endpoint.ts';
import { startTestDaemon } from '../../support/daemon-fixture.ts';
import { logsRequest, tracesRequest } from '../../support/otlp-payloads.ts';

/**
 * No ClickHouse server can be had on every machine: what stands in for one is our own endpoint in its writable test
 * mode, which is the same ClickHouse behind the same HTTP interface.
 */
async function startClickHouse(): Promise<AsyncDisposable & { readonly url: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'obs-clickhouse-'));
  const scope = Scope.makeUnsafe();
  const endpoint = await Effect.runPromise(
    Effect.gen(function* () {
      const store = yield* Layer.build(embeddedStore({ path: join(folder, 'store') }));
      return yield* startQueryEndpoint({ host: '127.0.0.1', port: 0, writable: true }).pipe(
        Effect.provideContext(store),
      );
    }).pipe(Scope.provide(scope)),
  );
  return {
    url: endpoint.url,
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

test('a server that does not answer is named at the start', async () => {
  await expect(startTestDaemon(undefined, { clickhouse: 'http://127.0.0.1:9' })).rejects.toMatchObject({
    _tag: 'EngineUnavailable',
    endpoint: expect.stringContaining('127.0.0.1:9'),
  });
});
