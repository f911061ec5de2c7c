import { Effect } from 'effect';
import { resolvePaths } from '../config/paths.ts';
import { type BadInput, type EngineUnavailable, NotRunning, type StorageFailed } from '../domain/errors.ts';
import type { Signal } from '../domain/signals.ts';
import { importFile, type ImportCounts } from '../transfer/import.ts';
import { accessTo } from './daemon-access.ts';
import { findDaemon } from './find-daemon.ts';

export interface ImportedFile extends ImportCounts {
  readonly file: string;
}

/** Sends each file to the running daemon's receiver, one after the other. */
export const importFiles = Effect.fnUntraced(function* (
  files: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  signal: Signal | undefined,
): Effect.fn.Return<readonly ImportedFile[], NotRunning | BadInput | EngineUnavailable | StorageFailed> {
  const paths = resolvePaths(env);
  const running = yield* findDaemon(paths);
  if (running === null) return yield* new NotRunning({ home: paths.home });
  const { ask } = accessTo(running, env);
  return yield* Effect.forEach(files, (file) =>
    importFile(file, running.endpoints.otlpHttp, signal, ask).pipe(
      Effect.map((counts) => Object.assign({ file }, counts)),
    ),
  );
});
