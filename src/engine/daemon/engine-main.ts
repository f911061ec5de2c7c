/**
 * The engine process: chDB (or a client of a remote ClickHouse), the loader and the query endpoint, apart from the
 * receivers, so that a crash or a runaway query in here takes nothing acknowledged and no sender with it.
 */
import { setPriority } from 'node:os';
import { Cause, Deferred, Effect, Exit } from 'effect';
import { packError, type ObsError } from '../domain/errors.ts';
import { runEngine } from './engine.ts';
import { logToStderr } from './log-to-stderr.ts';
import { outcomeOf } from './task-route.ts';
import {
  type EngineSettings,
  engineSettingsVariable,
  evictedOf,
  type FromEngine,
  type ToEngine,
} from './engine-protocol.ts';

/** Behind the receivers: an answer to a sender is not to wait for an insert or a merge. Threads inherit it. */
const enginePriority = 5;

const settings = JSON.parse(process.env[engineSettingsVariable] ?? 'null') as EngineSettings | null;
if (settings === null || process.send === undefined) {
  process.stderr.write('The engine process is started by the daemon: use `obs up`.\n');
  process.exit(2);
}

setPriority(enginePriority);
// What the engine writes is this user's, as all of obs's files.
process.umask(0o077);

const send = (message: FromEngine): void => {
  if (process.connected) process.send?.(message, undefined, undefined, () => {});
};

/**
 * The daemon starts the next engine at once; what was acknowledged is in the spool or in the store. Killed, since an
 * orderly exit would wait for the very thread that does not end.
 */
const endAtOnce = (why: string): void => {
  const message: FromEngine = { type: 'event', event: `engine ends: ${why}` };
  const end = (): void => void process.kill(process.pid, 'SIGKILL');
  if (process.connected && process.send !== undefined) process.send(message, undefined, undefined, end);
  else end();
};

const stop = Deferred.makeUnsafe<void>();
const requestStop = (): void => {
  Effect.runSync(Deferred.succeed(stop, undefined));
};
// The terminal sends SIGINT to the whole group; the daemon decides when the engine goes.
process.on('SIGINT', () => {});
process.on('SIGTERM', requestStop);
// The daemon is gone, however it ended.
process.on('disconnect', requestStop);

const exit = await Effect.runPromiseExit(
  Effect.scoped(
    Effect.gen(function* () {
      const engine = yield* runEngine(settings, {
        onEvent: (event) => send({ type: 'event', event }),
        onEvicted: (dropped) => send({ type: 'evicted', ...evictedOf(dropped) }),
        onStuck: (sql) => endAtOnce(`a statement did not end when it was killed: ${sql.slice(0, 200)}`),
      });
      process.on('message', (message: ToEngine) => {
        switch (message.type) {
          case 'wake':
            engine.wake();
            break;
          case 'status':
            void Effect.runPromise(engine.status).then((status) => send({ type: 'status', id: message.id, status }));
            break;
          case 'task':
            void Effect.runPromise(outcomeOf(message.task.kind, engine.work(message.task))).then((outcome) =>
              send({ type: 'done', id: message.id, outcome }),
            );
            break;
          case 'own':
            void Effect.runPromise(outcomeOf('a statement of the analyzer', engine.own(message.sql))).then((outcome) =>
              send({ type: 'owned', id: message.id, outcome }),
            );
            break;
          case 'stop':
            requestStop();
            break;
        }
      });
      send({ type: 'ready', url: engine.url, port: engine.port });
      yield* Deferred.await(stop);
    }),
  ).pipe(Effect.provide(logToStderr)),
);

if (Exit.isFailure(exit)) {
  const error = Cause.squash(exit.cause);
  const tagged = typeof error === 'object' && error !== null && '_tag' in error;
  if (tagged) send({ type: 'failed', error: packError(error as ObsError) });
  process.stderr.write(`engine: ${Cause.pretty(exit.cause)}\n`);
  process.exitCode = 2;
}
if (process.connected) process.disconnect();
