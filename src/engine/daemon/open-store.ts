import { existsSync, globSync } from 'node:fs';
import { type Context, Effect, Layer, type Scope } from 'effect';
import type { Paths } from '../config/paths.ts';
import type { Settings } from '../config/settings.ts';
import { NotRunning, type ObsError } from '../domain/errors.ts';
import { startLoader } from '../spool/loader.ts';
import { embeddedStore } from '../store/embedded-store.ts';
import { startQueryEndpoint } from '../store/endpoint/query-endpoint.ts';
import { migrate } from '../store/migrate.ts';
import type { Store } from '../store/store.ts';
import { remoteLayer } from './remote-layer.ts';

/** A store that this process holds, and where it answers. */
export interface OpenedStore {
  readonly url: string;
  readonly store: Context.Context<Store>;
}

const anyLoopbackPort = { host: '127.0.0.1', port: 0 } as const;

/**
 * Opens the store in this process, behind an endpoint on a free loopback port; both close with the scope.
 * @param settings which server to read from, as configured; none for the embedded engine
 */
export const openStore = Effect.fnUntraced(function* (
  paths: Paths,
  settings: Pick<Settings, 'clickhouse' | 'remote'>,
): Effect.fn.Return<OpenedStore, ObsError, Scope.Scope> {
  const { clickhouse, remote } = settings;
  if (clickhouse !== null) {
    const servers = yield* Layer.build(remoteLayer(clickhouse, remote));
    const { url } = yield* startQueryEndpoint(anyLoopbackPort).pipe(Effect.provideContext(servers));
    return { url, store: servers };
  }
  if (!existsSync(paths.store)) return yield* new NotRunning({ home: paths.home });
  const store = yield* Layer.build(embeddedStore({ path: paths.store }));
  yield* migrate.pipe(Effect.provideContext(store));
  yield* loadWhatWaits(paths.spool).pipe(Effect.provideContext(store));
  const { url } = yield* startQueryEndpoint(anyLoopbackPort).pipe(Effect.provideContext(store));
  return { url, store };
});

/** What was acknowledged and waits in the spool belongs to the answer; what cannot be had yet is said. */
const loadWhatWaits = Effect.fnUntraced(function* (directory: string) {
  if (globSync(`${directory}/*/*.native`).length > 0) {
    const loader = yield* startLoader({ directory });
    yield* loader.drain.pipe(Effect.timeoutOption('10 seconds'));
  }
  const waiting = globSync(`${directory}/*/*.{native,open}`).length;
  if (waiting > 0) {
    process.stderr.write(
      `${waiting} segments with acknowledged rows wait in the spool: they come in with \`obs up\`.\n`,
    );
  }
});
