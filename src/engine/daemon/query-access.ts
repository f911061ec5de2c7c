import { Effect, Layer } from 'effect';
import { resolvePaths } from '../config/paths.ts';
import { loadSettings } from '../config/settings.ts';
import { EngineUnavailable, type ObsError } from '../domain/errors.ts';
import { httpQueryClient } from '../store/http-query-client.ts';
import type { QueryClient } from '../store/query-client.ts';
import { accessTo } from './daemon-access.ts';
import { awaitDaemon } from './find-daemon.ts';

/**
 * Data for a command: the running daemon's query endpoint; with no daemon, the store opened by this very process
 * behind an endpoint of its own, so that commands have one way to data.
 */
export function queryAccess(env: Readonly<Record<string, string | undefined>>): Layer.Layer<QueryClient, ObsError> {
  return Layer.unwrap(
    Effect.gen(function* () {
      const paths = resolvePaths(env);
      const running = yield* awaitDaemon(paths);
      if (running !== null) return httpQueryClient(accessTo(running, env).query);
      const settings = yield* loadSettings({}, env, paths, process.cwd());
      const { openStore } = yield* Effect.tryPromise({
        try: () => import('./open-store.ts'),
        catch: (error) => new EngineUnavailable({ endpoint: paths.store, reason: String(error) }),
      });
      const { url } = yield* openStore(paths, settings);
      return httpQueryClient({ endpoint: url });
    }),
  );
}
