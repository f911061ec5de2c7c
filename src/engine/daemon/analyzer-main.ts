/**
 * The analyzer process: features, detection, incidents, predictions, patterns and the schedule of training, apart from
 * receivers and engine: docs/decisions/0007-analyzer-in-its-own-process.md.
 */
import { setPriority } from 'node:os';
import { Cause, Deferred, Effect, Exit, Layer } from 'effect';
import { startAnalyzer } from '../analyze/loop/analyzer.ts';
import { EngineUnavailable, unpackError } from '../domain/errors.ts';
import { httpQueryClient } from '../store/http-query-client.ts';
import { OwnTables, ownTablesOver } from '../store/own-tables.ts';
import {
  type AnalyzerProcessSettings,
  analyzerSettingsVariable,
  type FromAnalyzer,
  type ToAnalyzer,
} from './analyzer-protocol.ts';
import { accessIn } from './daemon-access.ts';
import type { OwnOutcome } from './engine-protocol.ts';
import { logToStderr } from './log-to-stderr.ts';
import { readRunState } from './run-state.ts';
import { outcomeOf } from './task-route.ts';
import { trainInChild } from './train-process.ts';

/** Behind receivers and engine: what is learned a moment later is learned as well. */
const analyzerPriority = 10;

const settings = JSON.parse(process.env[analyzerSettingsVariable] ?? 'null') as AnalyzerProcessSettings | null;
const running = settings === null ? null : readRunState(settings.paths);
if (settings === null || running === null || process.send === undefined) {
  process.stderr.write('The analyzer process is started by the daemon: use `obs up`.\n');
  process.exit(2);
}

setPriority(analyzerPriority);
process.umask(0o077);

const send = (message: FromAnalyzer): void => {
  if (process.connected) process.send?.(message, undefined, undefined, () => {});
};

const stop = Deferred.makeUnsafe<void>();
const requestStop = (): void => {
  Effect.runSync(Deferred.succeed(stop, undefined));
};
// The terminal sends SIGINT to the whole group; the daemon decides when the analyzer goes.
process.on('SIGINT', () => {});
process.on('SIGTERM', requestStop);
// The daemon is gone, however it ended.
process.on('disconnect', requestStop);

const engineGone = new EngineUnavailable({ endpoint: 'the engine', reason: 'it is starting again' });
const sent = new Map<number, (outcome: OwnOutcome | null) => void>();
let lastId = 0;
const command = (sql: string) =>
  Effect.callback<void, EngineUnavailable>((resume) => {
    const id = ++lastId;
    sent.set(id, (outcome) => {
      if (outcome === null) return resume(Effect.fail(engineGone));
      if (!('error' in outcome)) return resume(Effect.void);
      // The engine's own failures are values of the same kind; what else there is would be a defect.
      return resume(Effect.fail((unpackError(outcome.error) ?? engineGone) as EngineUnavailable));
    });
    send({ type: 'own', id, sql });
    return Effect.sync(() => void sent.delete(id));
  });

const asked = new Map<number, (oldestMs: number | null) => void>();
const oldestWaiting = Effect.callback<number | null>((resume) => {
  const id = ++lastId;
  asked.set(id, (oldestMs) => resume(Effect.succeed(oldestMs)));
  send({ type: 'waiting', id });
  return Effect.sync(() => void asked.delete(id));
}).pipe(
  Effect.timeoutOption('2 seconds'),
  Effect.map((answer) => (answer._tag === 'Some' ? answer.value : null)),
);

const parts = Layer.mergeAll(
  httpQueryClient(accessIn(settings.paths, running).query),
  Layer.succeed(OwnTables, ownTablesOver(command)),
  trainInChild,
);

const exit = await Effect.runPromiseExit(
  Effect.scoped(
    Effect.gen(function* () {
      const analyzer = yield* startAnalyzer(settings.analyze, (event) => send({ type: 'event', event }), oldestWaiting);
      process.on('message', (message: ToAnalyzer) => {
        switch (message.type) {
          case 'owned':
            sent.get(message.id)?.(message.outcome);
            sent.delete(message.id);
            break;
          case 'waiting':
            asked.get(message.id)?.(message.oldestMs);
            asked.delete(message.id);
            break;
          case 'status':
            void Effect.runPromise(analyzer.status).then((status) => send({ type: 'status', id: message.id, status }));
            break;
          case 'task':
            void Effect.runPromise(outcomeOf(`analyzer: ${message.task.kind}`, analyzer.work(message.task))).then(
              (outcome) => send({ type: 'done', id: message.id, outcome }),
            );
            break;
          case 'stop':
            requestStop();
            break;
        }
      });
      send({ type: 'ready' });
      yield* Deferred.await(stop);
    }),
  ).pipe(Effect.provide(parts), Effect.provide(logToStderr)),
);

if (Exit.isFailure(exit)) {
  process.stderr.write(`analyzer: ${Cause.pretty(exit.cause)}\n`);
  process.exitCode = 2;
}
if (process.connected) process.disconnect();
