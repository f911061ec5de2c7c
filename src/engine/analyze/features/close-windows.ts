import { Effect } from 'effect';
import type { EngineUnavailable, QueryFailed } from '../../domain/errors.ts';
import { windowSeconds, type WindowSeconds } from '../../domain/feature-row.ts';
import { limits } from '../../domain/limits.ts';
import { OwnTables } from '../../store/own-tables.ts';
import type { QueryClient } from '../../store/query-client.ts';
import { lateRuns } from './late-windows.ts';
import { closableEnd, lastClosed, nextWindow, sampleMinutes } from './plan.ts';
import { closingColumns, closingSql } from './sql/closing-sql.ts';
import type { MinuteSample } from './sql/spans-sql.ts';
import type { WindowRun } from './sql/window-sql.ts';

export interface WindowName {
  readonly seconds: WindowSeconds;
  /** Start of the window, Unix milliseconds. */
  readonly timeMs: number;
}

export interface ClosedWindows {
  /** Closed by this call, oldest first by length. Stretches without any telemetry are left out. */
  readonly closed: readonly WindowName[];
  /** Closed earlier, and worked out once more by this call, of the services whose rows came late. */
  readonly corrected: readonly WindowName[];
  /** Of the length that is furthest behind: what could be closed by now and is not. More than 0: call again at once. */
  readonly behindMs: number;
}

type Closing<A> = Effect.Effect<A, QueryFailed | EngineUnavailable, QueryClient | OwnTables>;

/**
 * Closes the windows whose time has come into `obs_features`, and works those out once more whose rows came late. It knows
 * from the table itself how far it got; the same call twice writes the same rows twice, and one of them counts.
 * @param nowMs this machine's time, Unix milliseconds
 */
export const closeWindows = Effect.fn('closeWindows')(function* (
  nowMs: number,
): Effect.fn.Return<ClosedWindows, QueryFailed | EngineUnavailable, QueryClient | OwnTables> {
  const last = yield* lastClosed(nowMs);
  const closed: WindowName[] = [];
  let behindMs = 0;
  for (const seconds of windowSeconds) {
    const { windows, behind } = yield* closeLength(nowMs, seconds, last[seconds]);
    closed.push(...windows);
    behindMs = Math.max(behindMs, behind);
  }
  // Longer windows are looked at when one of them may have been closed, and the longer it is the further back.
  const ended = (seconds: WindowSeconds): boolean => closed.some((window) => window.seconds === seconds);
  const far = ended(600) ? 'all' : ended(60) ? 'day' : 'hour';
  const corrected: WindowName[] = [];
  for (const seconds of windowSeconds.filter((length) => length === 10 || far !== 'hour')) {
    for (const run of yield* lateRuns(nowMs, seconds, last[seconds], far)) {
      yield* write(run, []);
      const times = [...new Set(run.late?.map(({ time }) => time))];
      corrected.push(...times.map((time) => ({ seconds, timeMs: time * 1000 })));
    }
  }
  return { closed, corrected, behindMs };
});

const closeLength = Effect.fnUntraced(function* (nowMs: number, seconds: WindowSeconds, last: number) {
  const windows: WindowName[] = [];
  const end = closableEnd(nowMs, seconds);
  let before = last;
  for (let statements = 0; statements < limits.features.statementsACall; statements += 1) {
    const next = yield* nextWindow(nowMs, seconds, before);
    if (next === null) return { windows, behind: 0 };
    const { from, tables } = next;
    const to = Math.min(end, from + limits.features.windowsAStatement[seconds] * seconds);
    const run = { seconds, from, to, late: null, tables };
    const reached = seconds === 60 ? yield* closeMinutes(run) : yield* Effect.as(write(run, []), to);
    for (let time = from; time < reached; time += seconds) windows.push({ seconds, timeMs: time * 1000 });
    before = reached - seconds;
    if (reached >= end) return { windows, behind: 0 };
  }
  return { windows, behind: (end - before - seconds) * 1000 };
});

/** Minutes, as many as may be read at once; up to where. */
const closeMinutes = (run: WindowRun): Closing<number> =>
  Effect.gen(function* () {
    const { samples, to } = yield* sampleMinutes(run.from, run.to);
    yield* write({ ...run, to }, samples);
    return to;
  });

const write = (run: WindowRun, samples: readonly MinuteSample[]): Closing<void> =>
  Effect.flatMap(OwnTables, (tables) => tables.insertSelect('obs_features', closingColumns, closingSql(run, samples)));
