import { Effect } from 'effect';
import type { EngineUnavailable, QueryFailed } from '../../../domain/errors.ts';
import { limits } from '../../../domain/limits.ts';
import { QueryClient } from '../../../store/query-client.ts';
import { countsParameters, countsSql, type PatternRange } from '../changes/read-history.ts';

/** A pattern or a shape, and how often it was in a range. */
export interface ListedPattern {
  readonly signal: 'logs' | 'traces';
  readonly service: string;
  readonly id: string;
  readonly text: string;
  readonly severity: string;
  readonly firstMs: number;
  readonly lastMs: number;
  readonly count: number;
  readonly errors: number;
  /** Milliseconds, of traces: median of the minutes' p50, and the largest p99; 0 for logs. */
  readonly p50: number;
  readonly p99: number;
  /** Counts of equal parts of the range, the oldest first. */
  readonly trend: readonly number[];
  /** A line, or a trace id. */
  readonly example: string;
}

export const trendParts = 24;

/** Patterns with a line or a trace in the range, the most frequent first. */
export const listPatterns = Effect.fnUntraced(function* (
  range: PatternRange,
): Effect.fn.Return<readonly ListedPattern[], QueryFailed | EngineUnavailable, QueryClient> {
  const client = yield* QueryClient;
  const part = Math.max(1, Math.ceil((range.toMs - range.fromMs) / 1000 / trendParts));
  const rows = yield* client.rows<Omit<ListedPattern, 'trend'> & { parts: number[]; counts: number[] }>(
    `SELECT signal, service, id, text, severity, firstMs, greatest(seenMs, minuteMs) AS lastMs, count, errors, p50, p99, parts, counts, example
FROM (
  SELECT signal, service, id, toFloat64(sum(n)) AS count, toFloat64(sum(failed)) AS errors, medianExact(median) AS p50, max(worst) AS p99,
    groupArray(part) AS parts, groupArray(toFloat64(n)) AS counts, max(last) AS minuteMs
  FROM (
    SELECT signal, service, id, toFloat64(intDiv(toUnixTimestamp(Time) - {from:UInt32}, {part:UInt32})) AS part, sum(Count) AS n,
      sum(Errors) AS failed, medianExact(DurationP50) AS median, max(DurationP99) AS worst, toFloat64(toUnixTimestamp(max(Time))) * 1000 AS last
    FROM (${countsSql}) GROUP BY signal, service, id, part
  )
  GROUP BY signal, service, id
) AS counted
INNER JOIN (
  SELECT Signal AS signal, ServiceName AS service, Id AS id, Text AS text, Severity AS severity, Example AS example,
    toFloat64(toUnixTimestamp64Milli(FirstSeen)) AS firstMs, toFloat64(toUnixTimestamp64Milli(LastSeen)) AS seenMs
  FROM obs_patterns FINAL WHERE MergedInto = ''
) AS known USING (signal, service, id)
ORDER BY count DESC, service, id LIMIT {most:UInt32}`,
    { parameters: { ...countsParameters(range, range.fromMs), part, most: limits.patterns.compared } },
  );
  return rows.map(({ parts, counts, ...pattern }) => {
    const trend = Array.from({ length: trendParts }, () => 0);
    for (const [at, index] of parts.entries()) {
      if (index >= 0 && index < trendParts) trend[index] = counts[at] as number;
    }
    return { ...pattern, trend };
  });
});
