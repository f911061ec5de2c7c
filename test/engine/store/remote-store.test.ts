import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Effect, Layer, type Scope } from 'effect';
import { expect, test } from 'vitest';
import type { ObsError } from '../../../src/engine/domain/errors.ts';
import { embeddedStore } from '../../../src/engine/store/embedded-store.ts';
import { startQueryEndpoint } from '../../../src/engine/store/endpoint/query-endpoint.ts';
import { migrate } from '../../../src/engine/store/migrate.ts';
import { migrations } from '../../../src/engine/store/migrations.ts';
import { remoteStore } from '../../../src/engine/store/remote-store.ts';
import { Store } from '../../../src/engine/store/store.ts';
import { describeStore } from './store-suite.ts';

/**
 * There is no ClickHouse server to be had here, so its place is taken by the embedded engine (the same code base)
 * behind our own endpoint in its writable test mode: the wire and the client are real, the server is not.
 */
function serverOn(folder: string): Layer.Layer<Store, unknown> {
  const server = Effect.gen(function* () {
    const endpoint = yield* startQueryEndpoint({ host: '127.0.0.1', port: 0, writable: true });
    return remoteStore({ urls: [endpoint.url], username: 'default', password: '', database: 'default' });
  });
  return Layer.unwrap(server).pipe(Layer.provide(embeddedStore({ path: join(folder, 'store') })));
}

describeStore('remote', (folder) => ({ layer: serverOn(folder), spanRows: 100_000 }));

/** A server, and as many gateways' own connections to it as asked for. */
const withServer = <A>(use: (url: string) => Effect.Effect<A, ObsError, Scope.Scope>): Promise<A> => {
  const folder = mkdtempSync(join(tmpdir(), 'obs-remote-'));
  const run = Effect.gen(function* () {
    const endpoint = yield* startQueryEndpoint({ host: '127.0.0.1', port: 0, writable: true });
    return yield* use(endpoint.url);
  });
  return Effect.runPromise(
    Effect.scoped(run.pipe(Effect.provide(embeddedStore({ path: join(folder, 'store') })))),
  ).finally(() => rmSync(folder, { recursive: true, force: true }));
};

test('gateways that start at once migrate one after the other: each step runs once', async () => {
  const reports = await withServer((url) =>
    Effect.all(
      Array.from({ length: 4 }, () => migrate.pipe(Effect.provide(remoteStore({ urls: [url] })))),
      { concurrency: 'unbounded' },
    ),
  );
  expect(reports.map(({ applied }) => applied.length).sort()).toEqual([0, 0, 0, migrations.length]);
});

test('a gateway that died while it migrated is not waited for for ever', async () => {
  const applied = await withServer((url) =>
    Effect.gen(function* () {
      const store = yield* Store;
      yield* store.command("CREATE TABLE obs_migration_lock (Holder String) ENGINE = Memory COMMENT 'dead 1700000000'");
      return yield* migrate;
    }).pipe(Effect.provide(remoteStore({ urls: [url] }))),
  );
  expect(applied.applied).toHaveLength(migrations.length);
});

test('with several servers, the next one is asked when one does not answer', async () => {
  const count = await withServer((url) =>
    Effect.gen(function* () {
      const store = yield* Store;
      const { body } = yield* store.run({ sql: 'SELECT 1', format: 'TSV' });
      return new TextDecoder().decode(body);
    }).pipe(Effect.provide(remoteStore({ urls: ['http://127.0.0.1:9', url, 'http://127.0.0.1:10'] }))),
  );
  expect(count).toBe('1\n');
});

test('a server that does not answer is unavailable, with its address and the reason', async () => {
  const open = Effect.flatMap(Store, (store) => Effect.succeed(store.kind)).pipe(
    Effect.provide(remoteStore({ urls: ['http://127.0.0.1:9'] })),
    Effect.flip,
  );
  const error = await Effect.runPromise(open);
  expect(error).toMatchObject({ _tag: 'EngineUnavailable', endpoint: 'http://127.0.0.1:9' });
  expect(error.reason).toContain('ECONNREFUSED');
});

test('an address that is none is refused', async () => {
  const error = await Effect.runPromise(
    Effect.void.pipe(Effect.provide(remoteStore({ urls: ['no url'] })), Effect.flip),
  );
  expect(error).toMatchObject({ _tag: 'EngineUnavailable', endpoint: 'no url' });
});
