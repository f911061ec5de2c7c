import { existsSync } from 'node:fs';
import { Effect, Layer } from 'effect';
import { resolvePaths } from '../config/paths.ts';
import { loadSettings } from '../config/settings.ts';
import type { AnalyzeResult, AnalyzeTask } from '../domain/analyze-task.ts';
import { EngineUnavailable, NotRunning, type ObsError } from '../domain/errors.ts';
import { analyzePath } from './analyze-route.ts';
import { askRunning } from './ask-running.ts';
import { findDaemon } from './find-daemon.ts';

/** Has the task done by the running daemon's analyzer; with no daemon, or one whose analyzer is off, on the store opened by this process. */
export const askAnalyzer = Effect.fnUntraced(function* (
  task: AnalyzeTask,
  env: Readonly<Record<string, string | undefined>>,
): Effect.fn.Return<AnalyzeResult, ObsError> {
  const paths = resolvePaths(env);
  const running = yield* findDaemon(paths);
  if (running !== null) return yield* askRunning<AnalyzeResult>(running, env, analyzePath, task);
  const settings = yield* loadSettings({}, env, paths, process.cwd());
  if (settings.clickhouse === null && !existsSync(paths.store)) return yield* new NotRunning({ home: paths.home });
  const { openOwnStore } = yield* Effect.tryPromise({
    try: () => import('./open-own-store.ts'),
    catch: (error) => new EngineUnavailable({ endpoint: paths.store, reason: String(error) }),
  });
  const { doAnalyzeTask } = yield* Effect.promise(() => import('../analyze/loop/analyze-work.ts'));
  return yield* Effect.scoped(
    Effect.flatMap(Layer.build(openOwnStore(paths, settings)), (context) =>
      Effect.provideContext(doAnalyzeTask(task), context),
    ),
  );
});
