import { Effect } from 'effect';
import type { EngineUnavailable, QueryFailed } from '../../../domain/errors.ts';
import { limits } from '../../../domain/limits.ts';
import { QueryClient } from '../../../store/query-client.ts';

export interface PatternRange {
  readonly fromMs: number;
  readonly toMs: number;
  readonly service?: string | undefined;
  readonly signal?: 'logs' | 'traces' | undefined;
}

/** One pattern in a range, and in stretches of the same length before it. */
export interface PatternHistory {
  readonly signal: 'logs' | 'traces';
  readonly service: string;
  readonly id: string;
  readonly text: string;
  readonly severity: string;
  readonly example: string;
  readonly firstMs: number;
  /** Start of the last minute with any, up to the range's end. */
  readonly lastMs: number;
  readonly count: number;
  /** Of the range's last half, and of its last quarter: what changed within it shows there. */
  readonly half: number;
  readonly quarter: number;
  readonly errors: number;
  /** Medians over the minutes, milliseconds. */
  readonly p50: number;
  /** Of the stretches before: sum of the counts and of their squares, and errors. */
  readonly past: number;
  readonly squares: number;
  readonly pastErrors: number;
  /** Of the minutes before: median and median absolute deviation of the logarithms of their p50. */
  readonly pastMinutes: number;
  readonly pastLogP50: number;
  readonly pastLogSpread: number;
  /** JSON lists of unusual values, one an element. */
  readonly unusual: readonly string[];
}

/** How much there is to compare with. */
export interface Compared {
  /** Minutes with any pattern at all in the range, and before it. */
  readonly minutes: number;
  readonly pastMinutes: number;
  /** End of what was mined of the range. */
  readonly toMs: number;
  /** When mining began, or the history that is looked at. */
  readonly historyFromMs: number;
  /** Those before as stretches as long as the range; need not be whole. */
  readonly stretches: number;
  /** Part of the range that was mined. */
  readonly share: number;
  readonly patterns: readonly PatternHistory[];
}

/** Counts of patterns that merged since are those of what they are part of now. */
export const countsSql = `SELECT Time, counts.Signal AS signal, counts.ServiceName AS service,
    if(merged.MergedInto = '', counts.Id, merged.MergedInto) AS id, Count, Errors, DurationP50, DurationP99, Unusual
  FROM (
    SELECT * FROM obs_pattern_counts FINAL
    WHERE Time >= toDateTime({history:UInt32}) AND Time < toDateTime({to:UInt32})
      AND ({service:String} = '' OR ServiceName = {service:String}) AND ({signal:String} = '' OR Signal = {signal:String})
  ) AS counts
  LEFT JOIN (SELECT Signal, ServiceName, Id, MergedInto FROM obs_patterns FINAL WHERE MergedInto != '') AS merged
  ON merged.Signal = counts.Signal AND merged.ServiceName = counts.ServiceName AND merged.Id = counts.Id`;

export const countsParameters = ({ fromMs, toMs, service, signal }: PatternRange, historyFromMs: number) => ({
  history: Math.floor(historyFromMs / 1000),
  from: Math.floor(fromMs / 1000),
  to: Math.ceil(toMs / 1000),
  service: service ?? '',
  signal: signal ?? '',
});

/** The longest history that is read: a day, unless the range is short or the counts are very many. */
const historyOfRange = Effect.fnUntraced(function* (range: PatternRange) {
  const { historyMs, leastHistoryMs, stretches, countsCompared } = limits.patterns;
  const wanted = Math.min(historyMs, Math.max(leastHistoryMs, stretches * (range.toMs - range.fromMs)));
  const mined = yield* readMined(range, range.fromMs - wanted);
  if (mined.rows <= countsCompared) return { historyFromMs: range.fromMs - wanted, mined };
  const historyFromMs = range.fromMs - wanted * (countsCompared / mined.rows);
  return { historyFromMs, mined: yield* readMined(range, historyFromMs) };
});

interface Mined {
  readonly rows: number;
  readonly minutes: number;
  readonly past: number;
  readonly firstMs: number;
  /** Unix seconds. */
  readonly last: number;
}

const readMined = Effect.fnUntraced(function* (
  range: PatternRange,
  historyFromMs: number,
): Effect.fn.Return<Mined, QueryFailed | EngineUnavailable, QueryClient> {
  const client = yield* QueryClient;
  const [mined] = yield* client.rows<Mined>(
    `SELECT toFloat64(count()) AS rows, toFloat64(uniqExactIf(Time, Time >= toDateTime({from:UInt32}))) AS minutes,
  toFloat64(uniqExactIf(Time, Time < toDateTime({from:UInt32}))) AS past, toFloat64(toUnixTimestamp(min(Time))) * 1000 AS firstMs,
  toFloat64(toUnixTimestamp(max(Time))) AS last
FROM obs_pattern_counts WHERE Time >= toDateTime({history:UInt32}) AND Time < toDateTime({to:UInt32})
  AND ({signal:String} = '' OR Signal = {signal:String})`,
    { parameters: countsParameters(range, historyFromMs) },
  );
  return mined ?? { rows: 0, minutes: 0, past: 0, firstMs: 0, last: 0 };
});

/** Reads what was mined of a range, and of the time before it. */
export const readHistory = Effect.fnUntraced(function* (
  range: PatternRange,
): Effect.fn.Return<Compared, QueryFailed | EngineUnavailable, QueryClient> {
  const client = yield* QueryClient;
  const { historyFromMs, mined } = yield* historyOfRange(range);
  const parameters = countsParameters(range, historyFromMs);
  // What was not mined yet is not known to be silent.
  const to = Math.max(parameters.from + 60, Math.min(parameters.to, mined.last + 60));
  const length = to - parameters.from;
  const patterns = yield* client.rows<PatternHistory>(
    `SELECT * EXCEPT pastLogs FROM (
  SELECT signal, service, id, toFloat64(sumIf(n, stretch <= 0)) AS count, toFloat64(sumIf(failed, stretch <= 0)) AS errors,
    toFloat64(sumIf(inHalf, stretch <= 0)) AS half, toFloat64(sumIf(inQuarter, stretch <= 0)) AS quarter, max(last) AS lastMs, anyIf(median, stretch <= 0) AS p50, toFloat64(sumIf(n, stretch > 0)) AS past,
    sumIf(toFloat64(n) * n, stretch > 0) AS squares, toFloat64(sumIf(failed, stretch > 0)) AS pastErrors,
    arrayFlatten(groupArrayIf(logs, stretch > 0)) AS pastLogs, toFloat64(length(pastLogs)) AS pastMinutes,
    if(pastMinutes = 0, 0, arrayReduce('medianExact', pastLogs)) AS pastLogP50,
    if(pastMinutes = 0, 0, arrayReduce('medianExact', arrayMap(x -> abs(x - pastLogP50), pastLogs))) AS pastLogSpread,
    arrayFlatten(groupArrayIf(unusuals, stretch <= 0)) AS unusual
  FROM (
    SELECT signal, service, id, ceil((toFloat64({from:UInt32}) - toUnixTimestamp(Time)) / {length:UInt32}) AS stretch,
      sum(Count) AS n, sum(Errors) AS failed, sumIf(Count, Time >= toDateTime({to:UInt32} - intDiv({length:UInt32}, 2))) AS inHalf,
      sumIf(Count, Time >= toDateTime({to:UInt32} - intDiv({length:UInt32}, 4))) AS inQuarter, toFloat64(toUnixTimestamp(max(Time))) * 1000 AS last, medianExact(DurationP50) AS median,
      groupArrayIf(32)(log(DurationP50), DurationP50 > 0) AS logs, groupArrayIf(50)(Unusual, Unusual != '') AS unusuals
    FROM (${countsSql}) GROUP BY signal, service, id, stretch
  )
  GROUP BY signal, service, id
) AS counted
INNER JOIN (
  SELECT Signal AS signal, ServiceName AS service, Id AS id, Text AS text, Severity AS severity, Example AS example,
    toFloat64(toUnixTimestamp64Milli(FirstSeen)) AS firstMs
  FROM obs_patterns FINAL WHERE MergedInto = ''
) AS known USING (signal, service, id)
ORDER BY count DESC, past DESC, id LIMIT {most:UInt32}`,
    {
      parameters: { ...parameters, to, length, most: limits.patterns.compared },
      // Rows of one key have one day.
      settings: { do_not_merge_across_partitions_select_final: 1 },
    },
  );
  return {
    minutes: mined.minutes,
    toMs: to * 1000,
    pastMinutes: mined.past,
    historyFromMs: Math.max(historyFromMs, mined.past > 0 ? mined.firstMs : range.fromMs),
    stretches: (mined.past * 60) / length,
    share: Math.min(1, (mined.minutes * 60) / length),
    patterns,
  };
});
