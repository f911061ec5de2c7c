import { join } from 'node:path';
import { Effect, Layer } from 'effect';
import { expect, test } from 'vitest';
import { embeddedStore } from '../../../src/engine/store/embedded-store.ts';
import { startQueryEndpoint } from '../../../src/engine/store/endpoint/query-endpoint.ts';
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
  const error = await Effect.runPromise(Effect.void.pipe(Effect.provide(remoteStore({ urls: ['no url'] })), Effect.flip));
  expect(error).toMatchObject({ _tag: 'EngineUnavailable', endpoint: 'no url' });
});
