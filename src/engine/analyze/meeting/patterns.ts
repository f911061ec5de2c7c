import { Effect } from 'effect';
import type { EngineUnavailable, QueryFailed } from '../../domain/errors.ts';
import { limits } from '../../domain/limits.ts';
import { OwnTables } from '../../store/own-tables.ts';
import { QueryClient } from '../../store/query-client.ts';
import { createMinuteMiner, type MinedWindow } from './minute-miner.ts';
import { readState, stateVersion, writeState } from './state-text.ts';
import { countRow, patternRow, type StoredPattern } from './stored-pattern.ts';

/** What one call mined. */
export interface PatternReport {
  /** Minutes mined, silent ones not counted, and those left out because there were too many of them. */
  readonly minutes: number;
  readonly skippedMinutes: number;
  /** Log lines counted, and those of them that stand for others: rarer than what could be read of their service. */
  readonly lines: number;
  readonly estimatedLines: number;
  /** Services of which not every line was looked at. */
  readonly sampledServices: readonly string[];
  /** Traces looked at: one in so many, in the minute with the most; and those without a beginning. */
  readonly traces: number;
  readonly oneIn: number;
  readonly rootlessTraces: number;
  /** Patterns and shapes never seen before. */
  readonly fresh: readonly StoredPattern[];
  /** What could not be taken over from before; `null` if all is well. */
  readonly note: string | null;
}

export interface Patterns {
  /**
   * Mines the minutes that closed since the last call, each once: the analyzer calls it every minute. What fails is
   * mined by the next call.
   */
  readonly mine: (
    nowMs: number,
  ) => Effect.Effect<PatternReport, QueryFailed | EngineUnavailable, QueryClient | OwnTables>;
  /** All that `createPatterns` needs to go on from here, to be kept in `obs_analyzer_state`. */
  readonly state: () => string;
}

const minuteMs = 60_000;
const { graceMs, minutesACall, backlogMinutes } = limits.patterns;

/**
 * Mines the patterns of logs and the shapes of traces out of the store, into `obs_patterns` and `obs_pattern_counts`.
 * Minutes mined again after a restart give the same ids, and replace their rows.
 * @param state what `state` gave, `null` for none
 */
export function createPatterns(state: string | null): Patterns {
  const from = state === null ? null : readState(state);
  const miner = createMinuteMiner(from);
  let nextMs = from?.nextMs ?? null;
  let unwritten: { readonly timeMs: number; readonly mined: MinedWindow } | null = null;
  let note =
    state !== null && from === null ? 'The saved state of patterns could not be read; stored patterns are known' : null;

  /** A minute that was mined and could not be written is written by the next call. */
  const write = Effect.fnUntraced(function* (timeMs: number, mined: MinedWindow) {
    unwritten = { timeMs, mined };
    const own = yield* OwnTables;
    yield* own.insert('obs_patterns', mined.patterns.map(patternRow));
    yield* own.insert('obs_pattern_counts', mined.counts.map(countRow));
    unwritten = null;
    nextMs = timeMs + minuteMs;
  });

  const mine: Patterns['mine'] = Effect.fnUntraced(function* (nowMs) {
    if (unwritten !== null) yield* write(unwritten.timeMs, unwritten.mined);
    nextMs ??= yield* minedUntil;
    const endMs = Math.floor((nowMs - graceMs) / minuteMs) * minuteMs;
    const oldestMs = endMs - backlogMinutes * minuteMs;
    const startMs = Math.max(nextMs ?? oldestMs, oldestMs);
    const report = emptyReport(nextMs === null ? 0 : (startMs - nextMs) / minuteMs);
    const busy = yield* busyMinutes(startMs, endMs);
    for (const timeMs of busy.slice(0, minutesACall)) {
      const mined = yield* miner.mine(timeMs, timeMs + minuteMs);
      yield* write(timeMs, mined);
      addTo(report, mined);
    }
    if (busy.length <= minutesACall) nextMs = Math.max(startMs, endMs);
    const { sampled, ...rest } = report;
    const said = note;
    note = null;
    return { ...rest, sampledServices: [...sampled], note: said };
  });

  return {
    mine,
    state: () => writeState({ version: stateVersion, nextMs, ...miner.state() }),
  };
}

/** Where a miner that lost its state goes on: behind the last minute that has counts; `null` if none has. */
const minedUntil = Effect.gen(function* () {
  const client = yield* QueryClient;
  const [last] = yield* client.rows<{ timeMs: number }>(
    'SELECT toFloat64(toUnixTimestamp(max(Time))) * 1000 AS timeMs FROM obs_pattern_counts HAVING count() > 0',
  );
  return last === undefined ? null : last.timeMs + minuteMs;
});

/** Starts of the minutes in a range with a log line or a span: silent ones cost nothing. */
const busyMinutes = Effect.fnUntraced(function* (fromMs: number, toMs: number) {
  if (fromMs >= toMs) return [];
  const client = yield* QueryClient;
  const rows = yield* client.rows<{ timeMs: number }>(
    `SELECT DISTINCT toFloat64(toUnixTimestamp(toStartOfMinute(Time))) * 1000 AS timeMs FROM (
  SELECT Time FROM obs_log_counts_10s UNION ALL SELECT Time FROM obs_red_service_10s
)
WHERE Time >= toDateTime({from:UInt32}) AND Time < toDateTime({to:UInt32}) ORDER BY timeMs`,
    { parameters: { from: fromMs / 1000, to: toMs / 1000 } },
  );
  return rows.map(({ timeMs }) => timeMs);
});

function addTo(report: ReturnType<typeof emptyReport>, mined: MinedWindow): void {
  report.minutes++;
  report.lines += mined.lines;
  report.estimatedLines += mined.estimatedLines;
  report.traces += mined.traces;
  report.oneIn = Math.max(report.oneIn, mined.oneIn);
  report.rootlessTraces += mined.rootless;
  report.fresh.push(...mined.fresh);
  for (const service of mined.sampledServices) report.sampled.add(service);
}

const emptyReport = (skippedMinutes: number) => ({
  minutes: 0,
  skippedMinutes,
  lines: 0,
  estimatedLines: 0,
  traces: 0,
  oneIn: 1,
  rootlessTraces: 0,
  fresh: [] as StoredPattern[],
  sampled: new Set<string>(),
});
