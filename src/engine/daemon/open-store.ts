import { Effect, Layer, type Scope } from 'effect';
import type { Paths } from '../config/paths.ts';
import type { ObsError } from '../domain/errors.ts';
import { embeddedStore } from '../store/embedded-store.ts';
import { startQueryEndpoint } from '../store/endpoint/query-endpoint.ts';
import { migrate } from '../store/migrate.ts';

/** Opens the embedded store in this process, behind an endpoint on a free loopback port; both close with the scope. */
export const openStore = Effect.fnUntraced(function* (paths: Paths): Effect.fn.Return<string, ObsError, Scope.Scope> {
  const store = yield* Layer.build(embeddedStore({ path: paths.store }));
  yield* migrate.pipe(Effect.provideContext(store));
  const endpoint = yield* startQueryEndpoint({ host: '127.0.0.1', port: 0 }).pipe(Effect.provideContext(store));
  return endpoint.url;
});
