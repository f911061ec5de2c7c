import { Effect } from 'effect';
import { resolvePaths } from '../config/paths.ts';
import { EngineUnavailable, NotRunning, type StorageFailed } from '../domain/errors.ts';
import { accessTo } from './daemon-access.ts';
import { findDaemon } from './find-daemon.ts';
import type { StatusReport } from './status.ts';

const patience = 10_000;

/** Asks the running daemon how it is. */
export const fetchStatus = Effect.fnUntraced(function* (
  env: Readonly<Record<string, string | undefined>>,
): Effect.fn.Return<StatusReport, NotRunning | EngineUnavailable | StorageFailed> {
  const paths = resolvePaths(env);
  const running = yield* findDaemon(paths);
  if (running === null) return yield* new NotRunning({ home: paths.home });
  const endpoint = `${running.endpoints.otlpHttp}/status`;
  return yield* Effect.tryPromise({
    try: async () => {
      const { ask } = accessTo(running, env);
      const answer = await ask(endpoint, { signal: AbortSignal.timeout(patience) });
      return JSON.parse(answer.text) as StatusReport;
    },
    catch: (error) =>
      new EngineUnavailable({
        endpoint,
        reason: `process ${running.pid} is there and does not answer (${error instanceof Error ? error.message : String(error)})`,
      }),
  });
});
