/** The daemon as a process of its own, started by `obs up`. It tells its starter over IPC that it is ready, or why not. */
import { Cause, Effect, Exit } from 'effect';
import { packError, type ObsError } from '../domain/errors.ts';
import { runDaemon } from './daemon.ts';
import { daemonSettingsVariable, type DaemonSettings, type FromDaemon } from './launch-protocol.ts';

process.umask(0o077);

const { settings, paths } = JSON.parse(process.env[daemonSettingsVariable] ?? '{}') as DaemonSettings;

const tell = (message: FromDaemon): void => {
  if (process.connected) process.send?.(message, undefined, undefined, () => process.connected && process.disconnect());
};

const interrupt = new AbortController();
process.on('SIGTERM', () => interrupt.abort());
process.on('SIGINT', () => interrupt.abort());
process.on('SIGHUP', () => {});

const program = runDaemon(settings, paths, (state, away) => Effect.sync(() => tell({ type: 'ready', state, away })));
const exit = await Effect.runPromiseExit(program, { signal: interrupt.signal });

if (Exit.isFailure(exit) && !Cause.hasInterruptsOnly(exit.cause)) {
  const error = Cause.squash(exit.cause);
  const tagged = typeof error === 'object' && error !== null && '_tag' in error;
  tell({ type: 'failed', error: tagged ? packError(error as ObsError) : { reason: Cause.pretty(exit.cause) } });
  process.stderr.write(`daemon: ${Cause.pretty(exit.cause)}\n`);
  process.exitCode = 2;
}
