import { Effect } from 'effect';
import type { EngineUnavailable, QueryFailed } from '../../domain/errors.ts';
import type { WindowSeconds } from '../../domain/feature-row.ts';
import { limits } from '../../domain/limits.ts';
import { QueryClient } from '../../store/query-client.ts';
import { seriesCountSubject } from './names.ts';
import { pointTables } from './sql/points-sql.ts';
import { between, between64, type LateWindow, windowBuckets, windowOf, type WindowRun } from './sql/window-sql.ts';

/** How far back is looked: every time an hour at what came in lately; with each minute a day; with each ten minutes a day at all that came late. */
export type LookBack = 'hour' | 'day' | 'all';

const hour = 3600;
/** What came in within this time was not seen by an earlier look. */
const latelySeconds = 180;
/** An insert is seen when it is done, which is later than the time it has. */
const insertSeconds = 4;
/** Points are looked at themselves, not at a rollup of them, so less far back and once a minute. */
const pointsBack = 900;

const counted = ['spans', 'logs', 'points'] as const;
interface Counts {
  readonly time: number;
  readonly service: string;
  readonly spans: string;
  readonly logs: string;
  readonly points: string;
}

/**
 * Windows that hold more than when they were closed, as runs to be worked out once more. Candidates are told by when
 * their rows came in; whether something is missing, by the numbers of spans, log records and points in the window's rows.
 * @param last start of the newest window that was closed before, Unix seconds
 */
export const lateRuns = Effect.fnUntraced(function* (
  nowMs: number,
  seconds: WindowSeconds,
  last: number,
  far: LookBack,
): Effect.fn.Return<readonly WindowRun[], QueryFailed | EngineUnavailable, QueryClient> {
  if (last === 0) return [];
  const client = yield* QueryClient;
  const now = Math.floor(nowMs / 1000);
  const candidates = yield* client.rows<Counts>(candidatesSql(seconds, far), {
    parameters: candidateTimes(now, seconds, last + seconds, far),
  });
  if (candidates.length === 0) return [];
  const times = candidates.map(({ time }) => time);
  const [from, to] = [Math.min(...times), Math.max(...times) + seconds];
  const value = (name: string): string =>
    `toUInt64(maxIf(Values['${name}'], Kind = ${name === 'points' ? `'metric'` : `'service'`}))`;
  const known = yield* client.rows<Counts>(
    `SELECT toUInt32(Time) AS time, ServiceName AS service, ${value('spans')} AS spans, ${value('logs')} AS logs, ${value('points')} AS points
FROM obs_features FINAL WHERE ${windowBuckets(seconds, from, to)} AND Time IN (SELECT toDateTime(arrayJoin({times:Array(UInt32)})))
  AND (Kind = 'service' OR Kind = 'metric' AND Subject = '${seriesCountSubject}')
GROUP BY time, service ORDER BY time, service`,
    { parameters: { times: [...new Set(times)] } },
  );
  const before = new Map(known.map((counts) => [keyOf(counts), counts]));
  const closed = new Set(known.map(({ time }) => time));
  const late = candidates.filter((counts) => {
    const were = before.get(keyOf(counts));
    // A window without any row was never closed: it is older than what obs looked back to.
    return closed.has(counts.time) && counted.some((name) => Number(counts[name]) > Number(were?.[name] ?? 0));
  });
  return runsOf(late, seconds);
});

const keyOf = ({ time, service }: LateWindow): string => `${time} ${service}`;

function candidateTimes(now: number, seconds: number, to: number, far: LookBack): Readonly<Record<string, number>> {
  const start = (back: number): number => Math.floor((now - back) / seconds) * seconds;
  return {
    to,
    from: start(far === 'hour' ? Math.max(hour, 3 * seconds) : limits.features.lookBackMs / 1000),
    ...(far === 'all' ? {} : { lately: now - latelySeconds }),
    ...(far === 'hour' ? {} : { pointsFrom: start(Math.max(pointsBack, 2 * seconds)) }),
  };
}

function candidatesSql(seconds: number, far: LookBack): string {
  const part = (table: string, count: string, columns: string): string =>
    `SELECT ${windowOf('Time', seconds)} AS w, ServiceName, ${columns}, max(ReceivedAt) AS received, sum(${count}) AS n FROM ${table}
  WHERE ${between('Time', 'from', 'to')} GROUP BY w, ServiceName`;
  const parts = [
    part(`obs_red_service_${seconds === 10 ? '10s' : '1m'}`, 'Calls', "'spans' AS what"),
    part('obs_log_counts_10s', 'Records', "'logs' AS what"),
  ];
  if (far !== 'hour') {
    parts.push(
      ...pointTables.map(
        ({
          table,
          valid,
        }) => `SELECT ${windowOf('toDateTime(TimeUnix)', seconds)} AS w, ServiceName, 'points' AS what, max(ReceivedAt) AS received,
  count() AS n FROM ${table} WHERE ${between64('TimeUnix', 'pointsFrom', 'to')} AND ${valid} GROUP BY w, ServiceName`,
      ),
    );
  }
  const sum = (what: string): string => `sumIf(n, what = '${what}') AS ${what}`;
  const lately = far === 'all' ? '' : ` AND max(received) >= toDateTime({lately:UInt32})`;
  return `SELECT toUInt32(w) AS time, ServiceName AS service, ${counted.map(sum).join(', ')}
FROM (${parts.join('\nUNION ALL\n')})
GROUP BY w, ServiceName
HAVING toUnixTimestamp(max(received)) >= w + ${seconds + limits.analyze.latenessMs / 1000 - insertSeconds}${lately}
ORDER BY w DESC, service LIMIT ${limits.features.lateRows}`;
}

/** Windows next to each other are worked out together, the newest first where there are too many for one call. */
function runsOf(late: readonly LateWindow[], seconds: WindowSeconds): readonly WindowRun[] {
  const times = [...new Set(late.map(({ time }) => time))]
    .sort((a, b) => b - a)
    .slice(0, limits.features.correctedWindows);
  const runs: { from: number; to: number }[] = [];
  for (const time of times) {
    const run = runs.at(-1);
    if (run !== undefined && run.from === time + seconds) run.from = time;
    else runs.push({ from: time, to: time + seconds });
  }
  return runs.slice(0, limits.features.correctedRuns).map(({ from, to }) => ({
    seconds,
    from,
    to,
    tables: null,
    late: late.filter(({ time }) => time >= from && time < to).map(({ time, service }) => ({ time, service })),
  }));
}
