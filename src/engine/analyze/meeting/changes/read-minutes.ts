import { Effect } from 'effect';
import type { EngineUnavailable, QueryFailed } from '../../../domain/errors.ts';
import { QueryClient } from '../../../store/query-client.ts';
import { countsParameters, countsSql, type PatternRange } from './read-history.ts';

/** One minute of one pattern. */
export interface CountedMinute {
  readonly timeMs: number;
  readonly count: number;
  readonly errors: number;
  readonly p50: number;
  readonly unusual: boolean;
}

/** The minutes of some patterns in a range by service and id, joined by U+0000; minutes without any are not there. */
export const readMinutes = Effect.fnUntraced(function* (
  range: PatternRange,
  ids: readonly string[],
): Effect.fn.Return<ReadonlyMap<string, readonly CountedMinute[]>, QueryFailed | EngineUnavailable, QueryClient> {
  const minutes = new Map<string, CountedMinute[]>();
  if (ids.length === 0) return minutes;
  const client = yield* QueryClient;
  const rows = yield* client.rows<CountedMinute & { service: string; id: string }>(
    `SELECT service, id, toFloat64(toUnixTimestamp(Time)) * 1000 AS timeMs, toFloat64(sum(Count)) AS count, toFloat64(sum(Errors)) AS errors,
  max(DurationP50) AS p50, max(Unusual) != '' AS unusual
FROM (${countsSql}) WHERE id IN {ids:Array(String)} GROUP BY service, id, Time ORDER BY Time`,
    { parameters: { ...countsParameters(range, range.fromMs), ids } },
  );
  for (const { service, id, ...minute } of rows) {
    const key = `${service}\u0000${id}`;
    const own = minutes.get(key);
    if (own === undefined) minutes.set(key, [minute]);
    else own.push(minute);
  }
  return minutes;
});
