import { quoteText } from '../store/sql-text.ts';

/**
 * SQL of explain. Statements carry their values as literals, not as parameters, because those that give evidence must
 * run as they stand; every text goes through `quoteText`, every time is explicit, every list is ordered.
 */

/**
 * A moment in Unix nanoseconds as a literal to compare `DateTime64(9)` columns with. What lies outside of the years that
 * ClickHouse can round (a clock that jumped) becomes the first or last moment of them.
 */
export const moment = (unixNs: bigint): string => `toDateTime64('${utcText(within(unixNs))}', 9, 'UTC')`;

/** A moment in Unix seconds as a literal to compare `DateTime` columns with. */
export const second = (unixSeconds: number): string =>
  `toDateTime('${utcText(within(BigInt(unixSeconds) * 1_000_000_000n)).slice(0, 19)}', 'UTC')`;

/** 2106-01-01: a `DateTime`, which is what functions such as `toStartOfFiveMinutes` return, ends in the February after. */
const lastNs = 4_291_747_200_000_000_000n;
const within = (unixNs: bigint): bigint => (unixNs < 0n ? 0n : unixNs > lastNs ? lastNs : unixNs);

export const textList = (texts: readonly string[]): string => `(${texts.map(quoteText).join(', ')})`;

/** `2026-11-23 20:02:52.123456789` in UTC. */
function utcText(unixNs: bigint): string {
  return isoOf(unixNs).replace('T', ' ').replace('Z', '');
}

/** ISO 8601 in UTC with nanoseconds. */
export function isoOf(unixNs: bigint): string {
  const seconds = unixNs / 1_000_000_000n;
  const fraction = String(unixNs % 1_000_000_000n).padStart(9, '0');
  return `${new Date(Number(seconds) * 1000).toISOString().slice(0, 19)}.${fraction}Z`;
}

export interface OperationKey {
  readonly service: string;
  readonly kind: string;
  readonly operation: string;
}

export const keyOf = ({ service, kind, operation }: OperationKey): string =>
  `${service}\u0000${kind}\u0000${operation}`;

export const operationList = (keys: readonly OperationKey[]): string =>
  `(${keys.map(({ service, kind, operation }) => textList([service, kind, operation])).join(', ')})`;

/** What a statement asks of the rollups: from `fromSeconds` up to, not including, `toSeconds`. */
export interface Period {
  readonly fromSeconds: number;
  readonly toSeconds: number;
}

/** Up to this length the 10 s rollup alone is read: periods as short as that may begin within a minute. */
const shortSeconds = 3600;

/** Calls, errors and duration quantiles of operations over a period: whole minutes from the minute rollup, the rest from the other. */
export function usualSql(keys: readonly OperationKey[], { fromSeconds, toSeconds }: Period): string {
  const columns = 'ServiceName, SpanKind, SpanName, Calls, Errors, DurationQuantiles';
  const part = (table: string, from: number, to: number): string => `  SELECT ${columns} FROM ${table}
  WHERE Time >= ${second(from)} AND Time < ${second(to)} AND (ServiceName, SpanKind, SpanName) IN ${operationList(keys)}`;
  const minute = Math.floor(toSeconds / 60) * 60;
  const parts =
    toSeconds - fromSeconds <= shortSeconds
      ? [part('obs_red_10s', fromSeconds, toSeconds)]
      : [part('obs_red_1m', fromSeconds, minute), part('obs_red_10s', minute, toSeconds)];
  return `SELECT ServiceName AS service, SpanKind AS kind, SpanName AS operation, sum(Calls) AS calls, sum(Errors) AS errors,
  arrayMap(ns -> round(ns / 1e6, 3), quantilesDDMerge(0.01, 0.5, 0.95, 0.99)(DurationQuantiles)) AS p50_p95_p99_ms
FROM (
${parts.join('\n  UNION ALL\n')}
)
GROUP BY service, kind, operation ORDER BY service, kind, operation LIMIT ${keys.length}`;
}

const mostWindows = 200_000;

/** Calls, errors and mean duration of operations by window of 10 s, or a multiple of it. */
export function windowsSql(
  keys: readonly OperationKey[],
  { fromSeconds, toSeconds }: Period,
  stepSeconds = 10,
): string {
  const start = stepSeconds === 10 ? 'Time' : `toStartOfInterval(Time, INTERVAL ${stepSeconds} SECOND)`;
  return `SELECT ServiceName AS service, SpanKind AS kind, SpanName AS operation, formatDateTime(${start}, '%FT%TZ', 'UTC') AS time,
  sum(Calls) AS calls, sum(Errors) AS errors, round(sum(DurationSum) / sum(Calls) / 1e6, 3) AS mean_ms
FROM obs_red_10s
WHERE Time >= ${second(fromSeconds)} AND Time < ${second(toSeconds)} AND (ServiceName, SpanKind, SpanName) IN ${operationList(keys)}
GROUP BY service, kind, operation, ${start} ORDER BY service, kind, operation, ${start} LIMIT ${mostWindows}`;
}

/** How often all operations of services ran in a recent period and in a usual one, which ends where the recent begins. */
export function callRatesSql(services: readonly string[], usual: Period, recent: Period): string {
  return `SELECT ServiceName AS service, SpanKind AS kind, SpanName AS operation,
  sumIf(Calls, Time >= ${second(recent.fromSeconds)}) AS recent_calls, sumIf(Calls, Time < ${second(usual.toSeconds)}) AS usual_calls
FROM obs_red_10s
WHERE ServiceName IN ${textList(services)} AND SpanKind IN ('Server', 'Consumer', 'Client')
  AND Time >= ${second(usual.fromSeconds)} AND Time < ${second(recent.toSeconds)}
GROUP BY service, kind, operation ORDER BY service, kind, recent_calls DESC, operation LIMIT 500`;
}
