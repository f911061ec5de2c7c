import { Effect } from 'effect';
import type { EngineUnavailable, QueryFailed } from '../../domain/errors.ts';
import { windowSeconds, type WindowSeconds } from '../../domain/feature-row.ts';
import { limits } from '../../domain/limits.ts';
import { QueryClient } from '../../store/query-client.ts';
import { pointTables } from './sql/points-sql.ts';
import type { MinuteSample } from './sql/spans-sql.ts';
import { between, between64, windowBuckets, windowOf } from './sql/window-sql.ts';

type Ask<A> = Effect.Effect<A, QueryFailed | EngineUnavailable, QueryClient>;

/** Start of the newest window with rows, Unix seconds; 0 where there is none in the look back. */
export type LastClosed = Readonly<Record<WindowSeconds, number>>;

/** End of the last window that may be closed by now, Unix seconds. */
export const closableEnd = (nowMs: number, seconds: WindowSeconds): number =>
  Math.floor((nowMs - limits.analyze.latenessMs) / 1000 / seconds) * seconds;

/** The oldest start of a window that is closed at all. */
const horizon = (nowMs: number, seconds: WindowSeconds): number =>
  Math.ceil((nowMs - limits.features.lookBackMs) / 1000 / seconds) * seconds;

/** Looks at the last minutes, and only where nothing was closed there at the whole look back. */
export const lastClosed = Effect.fnUntraced(function* (
  nowMs: number,
): Effect.fn.Return<LastClosed, QueryFailed | EngineUnavailable, QueryClient> {
  const found = { 10: 0, 60: 0, 600: 0 };
  const look = (lengths: readonly WindowSeconds[], from: (seconds: WindowSeconds) => number): Ask<void> =>
    Effect.gen(function* () {
      const client = yield* QueryClient;
      const parts = lengths.map(
        (seconds) =>
          `SELECT ${seconds} AS seconds, toUInt32(max(Time)) AS time FROM obs_features WHERE ${windowBuckets(seconds, `from${seconds}`, 'now')}`,
      );
      const rows = yield* client.rows<{ seconds: WindowSeconds; time: number }>(parts.join('\nUNION ALL\n'), {
        parameters: {
          now: Math.floor(nowMs / 1000) + 1,
          ...Object.fromEntries(lengths.map((seconds) => [`from${seconds}`, Math.max(0, from(seconds))])),
        },
      });
      for (const { seconds, time } of rows) found[seconds] = Math.max(found[seconds], time);
    });
  yield* look(windowSeconds, (seconds) => closableEnd(nowMs, seconds) - 12 * seconds);
  const unknown = windowSeconds.filter((seconds) => found[seconds] === 0);
  if (unknown.length > 0) yield* look(unknown, (seconds) => horizon(nowMs, seconds));
  return found;
});

/**
 * Where closing goes on: the window after the last closed one, or the first with telemetry where there was none for long.
 * With it the tables that have telemetry from there on. `null`: nothing is to be closed. Gaps count as telemetry for as long as they are marked.
 */
export const nextWindow = Effect.fnUntraced(function* (
  nowMs: number,
  seconds: WindowSeconds,
  last: number,
): Effect.fn.Return<
  { readonly from: number; readonly tables: ReadonlySet<string> } | null,
  QueryFailed | EngineUnavailable,
  QueryClient
> {
  const from = Math.max(last + seconds, horizon(nowMs, seconds));
  const to = closableEnd(nowMs, seconds);
  if (from >= to) return null;
  const client = yield* QueryClient;
  const marked = from - limits.features.gapWindows * seconds;
  const back = from - limits.features.pointsBackMs[seconds] / 1000;
  const parts = [
    ...['obs_red_service_10s', 'obs_log_counts_10s'].map(
      (table) =>
        `SELECT '${table}' AS name, toUInt32(minOrNull(Time)) AS found FROM ${table} WHERE ${between('Time', 'marked', 'to')}`,
    ),
    ...pointTables.map(
      ({ table, valid }) =>
        `SELECT '${table}' AS name, toUnixTimestamp(toDateTime(minOrNull(TimeUnix))) AS found FROM ${table} WHERE ${between64('TimeUnix', 'back', 'to')} AND ${valid}`,
    ),
  ];
  const [row] = yield* client.rows<{ first: number | null; tables: readonly string[] }>(
    `SELECT minOrNull(found) AS first, groupArrayIf(name, isNotNull(found)) AS tables FROM (${parts.join('\nUNION ALL\n')})`,
    { parameters: { marked: Math.max(0, marked), back: Math.max(0, back), to } },
  );
  if (row === undefined || row.first === null) return null;
  return { from: Math.max(from, Math.floor(row.first / seconds) * seconds), tables: new Set(row.tables) };
});

/**
 * How the minutes in [from, to) are sampled, from the rollup: whole where they have few spans. As many minutes as one
 * statement may take, at least one.
 */
export const sampleMinutes = Effect.fnUntraced(function* (
  from: number,
  to: number,
): Effect.fn.Return<
  { readonly samples: readonly MinuteSample[]; readonly to: number },
  QueryFailed | EngineUnavailable,
  QueryClient
> {
  const client = yield* QueryClient;
  const rows = yield* client.rows<{ time: number; spans: string }>(
    `SELECT toUInt32(${windowOf('Time', 60)}) AS time, sum(Calls) AS spans FROM obs_red_service_1m WHERE ${between('Time', 'from', 'to')} GROUP BY time ORDER BY time`,
    { parameters: { from, to } },
  );
  const { spansAMinute } = limits.features;
  const samples: MinuteSample[] = [];
  let read = 0;
  for (const { time, spans } of rows) {
    const everyNth = Math.ceil(Number(spans) / spansAMinute);
    read += Number(spans) / everyNth;
    if (samples.length > 0 && read > 3 * spansAMinute) return { samples, to: time };
    samples.push({ time, everyNth });
  }
  return { samples, to };
});
