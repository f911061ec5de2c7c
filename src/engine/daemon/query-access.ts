import { existsSync } from 'node:fs';
import { Effect, Layer } from 'effect';
import { resolvePaths } from '../config/paths.ts';
import { EngineUnavailable, NotRunning, type ObsError } from '../domain/errors.ts';
import { httpQueryClient } from '../store/http-query-client.ts';
import type { QueryClient } from '../store/query-client.ts';
import { readRunState } from './run-state.ts';

/**
 * Data for a command: the running daemon's query endpoint; with no daemon, the embedded store opened by this very
 * process behind an endpoint of its own, so that commands have one way to data.
 */
export function queryAccess(env: Readonly<Record<string, string | undefined>>): Layer.Layer<QueryClient, ObsError> {
  return Layer.unwrap(
    Effect.gen(function* () {
      const paths = resolvePaths(env);
      const running = readRunState(paths);
      if (running !== null) return httpQueryClient({ endpoint: running.endpoints.query });
      if (!existsSync(paths.store)) return yield* new NotRunning({ home: paths.home });
      const { openStore } = yield* Effect.tryPromise({
        try: () => import('./open-store.ts'),
        catch: (error) => new EngineUnavailable({ endpoint: paths.store, reason: String(error) }),
      });
      const endpoint = yield* openStore(paths);
      return httpQueryClient({ endpoint });
    }),
  );
}
