import { fork } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { Effect } from 'effect';
import { type Paths, resolvePaths } from '../config/paths.ts';
import { loadSettings, type Settings, type SettingFlags } from '../config/settings.ts';
import { EngineUnavailable, type ObsError, StorageFailed, unpackError } from '../domain/errors.ts';
import { entryPoint } from './entry-points.ts';
import { awaitDaemon, readyMs } from './find-daemon.ts';
import { daemonSettingsVariable, type DaemonSettings, type FromDaemon } from './launch-protocol.ts';
import { makeFolder } from './make-folder.ts';
import type { RunState } from './run-state.ts';

export { stopDaemon } from './stop-daemon.ts';

export interface Launched extends RunState {
  /** False when one was running already. */
  readonly startedByUs: boolean;
  /** Why no ClickHouse server answers the one that was just started; `null` where one does, or is not waited for. */
  readonly away: string | null;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** The running daemon, one that starts just now, or a new one in the background; completes when its receivers and query endpoint answer. */
export const ensureDaemon = Effect.fnUntraced(function* (
  env: Environment,
  flags: SettingFlags = {},
): Effect.fn.Return<Launched, ObsError> {
  const paths = resolvePaths(env);
  const running = yield* awaitDaemon(paths);
  if (running !== null) return { ...running, startedByUs: false, away: null };
  const settings = yield* loadSettings(flags, env, paths, process.cwd());
  const started = startInBackground(settings, paths).pipe(Effect.map((state) => ({ ...state, startedByUs: true })));
  return yield* started.pipe(
    // Another one was quicker: it is the one that was asked for.
    Effect.catchTag('StoreLocked', (locked) =>
      awaitDaemon(paths).pipe(
        Effect.flatMap((other) =>
          other === null ? Effect.fail(locked) : Effect.succeed({ ...other, startedByUs: false, away: null }),
        ),
      ),
    ),
  );
});

type Started = Omit<Launched, 'startedByUs'>;

function startInBackground(settings: Settings, paths: Paths): Effect.Effect<Started, ObsError> {
  return Effect.callback<Started, ObsError>((resume) => {
    let log: number;
    try {
      makeFolder(paths.run);
      log = openSync(paths.daemonLog, 'a', 0o600);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? String(error);
      resume(Effect.fail(new StorageFailed({ operation: 'write', path: paths.daemonLog, code })));
      return;
    }
    const handed: DaemonSettings = { settings, paths };
    const child = fork(entryPoint('daemon-main'), [], {
      detached: true,
      env: { ...process.env, [daemonSettingsVariable]: JSON.stringify(handed) },
      execArgv: [],
      stdio: ['ignore', log, log, 'ipc'],
    });
    closeSync(log);
    const gaveUp = setTimeout(() => {
      finish(Effect.fail(unavailable(paths, `it did not get ready within ${readyMs / 1000} s`)));
      child.kill('SIGTERM');
    }, readyMs);
    const finish = (result: Effect.Effect<Started, ObsError>): void => {
      clearTimeout(gaveUp);
      child.removeAllListeners();
      if (child.connected) child.disconnect();
      child.unref();
      resume(result);
    };
    child.on('message', (message: FromDaemon) => {
      if (message.type === 'ready') return finish(Effect.succeed({ ...message.state, away: message.away }));
      return finish(
        Effect.fail(unpackError(message.error) ?? unavailable(paths, String(message.error['reason'] ?? 'unknown'))),
      );
    });
    child.on('exit', (code, signal) => finish(Effect.fail(unavailable(paths, `it ended (${signal ?? code})`))));
    child.on('error', (error) => finish(Effect.fail(unavailable(paths, error.message))));
    // Ctrl-C while it starts: what was asked for is no longer wanted.
    return Effect.sync(() => {
      clearTimeout(gaveUp);
      child.kill('SIGTERM');
      child.unref();
    });
  });
}

function unavailable(paths: Paths, reason: string): EngineUnavailable {
  return new EngineUnavailable({
    endpoint: paths.home,
    reason: `${reason}. Its log, ${paths.daemonLog}, ends:\n${tail(paths)}`,
  });
}

function tail(paths: Paths): string {
  try {
    return readFileSync(paths.daemonLog, 'utf8')
      .trimEnd()
      .split('\n')
      .slice(-5)
      .map((line) => `        ${line}`)
      .join('\n');
  } catch {
    return '        (nothing)';
  }
}
