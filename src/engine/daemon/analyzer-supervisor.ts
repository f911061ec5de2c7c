import { Effect, type Scope } from 'effect';
import type { AnalyzerStatus } from '../analyze/loop/analyzer-status.ts';
import type { AnalyzeResult, AnalyzeTask } from '../domain/analyze-task.ts';
import { BadInput, packError } from '../domain/errors.ts';
import {
  type AnalyzerProcessSettings,
  analyzerSettingsVariable,
  type FromAnalyzer,
  type ToAnalyzer,
} from './analyzer-protocol.ts';
import type { OwnOutcome } from './engine-protocol.ts';
import { KeptProcess } from './kept-process.ts';
import type { AskProcess } from './task-route.ts';

export interface AnalyzerHealth {
  readonly state: 'off' | 'starting' | 'ready' | 'restarting';
  readonly pid: number | null;
  readonly restarts: number;
  /** How the last one ended; `null` while the first one lives. */
  readonly lastExit: string | null;
}

export interface AnalyzerSupervisor {
  readonly health: () => AnalyzerHealth;
  /** `null` while it does not answer. */
  readonly status: Effect.Effect<AnalyzerStatus | null>;
  readonly work: AskProcess<AnalyzeTask, AnalyzeResult>;
}

const statusMs = 1_000;

const switchedOff = new BadInput({
  what: 'The analyzer of the running daemon is switched off',
  why: 'analyze.enabled is false in obs.yaml',
  hint: 'Set it to true and start the daemon again, or stop the daemon: `obs down`',
});

/** Where `analyze.enabled` is false. */
export const noAnalyzer: AnalyzerSupervisor = {
  health: () => ({ state: 'off', pid: null, restarts: 0, lastExit: null }),
  status: Effect.succeed(null),
  work: async () => ({ error: packError(switchedOff) }),
};

/**
 * Keeps one analyzer process alive for as long as the scope is open. It reads through the query endpoint; what it writes
 * goes through here to the engine.
 * @param oldestWaiting since when the oldest telemetry waits in the spool; `null` when none does
 * @param own runs a statement over tables of obs's own in the engine
 */
export const superviseAnalyzer = Effect.fnUntraced(function* (
  settings: AnalyzerProcessSettings,
  own: (sql: string) => Promise<OwnOutcome | null>,
  oldestWaiting: () => Promise<number | null>,
  onEvent: (event: string) => void,
): Effect.fn.Return<AnalyzerSupervisor, never, Scope.Scope> {
  let state: AnalyzerHealth['state'] = 'starting';
  let lastExit: string | null = null;
  const receive = (message: FromAnalyzer): void => {
    switch (message.type) {
      case 'ready':
        state = 'ready';
        break;
      case 'event':
        onEvent(message.event);
        break;
      case 'own':
        void own(message.sql).then((outcome) => kept.send({ type: 'owned', id: message.id, outcome }));
        break;
      case 'waiting':
        void oldestWaiting().then((oldestMs) => kept.send({ type: 'waiting', id: message.id, oldestMs }));
        break;
      case 'status':
        kept.answered(message.id, message.status);
        break;
      case 'done':
        kept.answered(message.id, message.outcome);
        break;
    }
  };
  const kept = new KeptProcess<ToAnalyzer, FromAnalyzer>({
    name: 'analyzer',
    entry: 'analyzer-main',
    env: () => ({ ...process.env, [analyzerSettingsVariable]: JSON.stringify(settings) }),
    onMessage: receive,
    onEvent,
    onEnded: (how) => {
      state = 'restarting';
      lastExit = how;
      return true;
    },
  });
  kept.start();
  yield* Effect.addFinalizer(() => Effect.promise(() => kept.stop({ type: 'stop' })));
  return {
    health: () => ({ state, pid: kept.pid, restarts: kept.restarts, lastExit }),
    status: Effect.promise(async () =>
      state === 'ready' ? kept.ask<AnalyzerStatus>((id) => ({ type: 'status', id }), statusMs) : null,
    ),
    work: async (task) => (state === 'ready' ? kept.ask((id) => ({ type: 'task', id, task })) : null),
  };
});
