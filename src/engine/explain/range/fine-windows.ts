import { Effect } from 'effect';
import type { EngineUnavailable, QueryFailed } from '../../domain/errors.ts';
import { QueryClient } from '../../store/query-client.ts';
import type { Window } from '../onset.ts';
import { operationList, type OperationKey, type Period } from '../sql.ts';
import { during } from '../time-sql.ts';
import { leastRiseMs, type Deviation } from './deviation.ts';
import { windowOf, type WindowRow } from './operation-rows.ts';
import { rangeOf } from './periods.ts';
import { sum } from './sums.ts';

/** With fewer usual windows than three minutes have the rollup cannot tell a change from chance. */
const fewWindows = 18;
const longestSeconds = 1800;
const mostSpans = 400_000;
const mostWindows = 200_000;
export const fineSeconds = 2;
const coarseSeconds = 10;

/** @returns the time that is to be read finely; null where the rollup's windows do */
export function finePeriod(now: Period, before: readonly Window[], spans: number): Period | null {
  if (before.length === 0) return null;
  const times = new Set(before.map(({ time }) => time));
  const oldest = Math.min(...times);
  const isLong = now.toSeconds - oldest > longestSeconds;
  return times.size >= fewWindows || isLong || spans > mostSpans
    ? null
    : { fromSeconds: oldest, toSeconds: now.toSeconds };
}

/** As the rollup's windows, of 2 s, from the spans themselves; slow is three times what nine in ten usual ones take. */
const fineWindowsSql = (operations: readonly OperationKey[], period: Period, usualTo: number): string => {
  const ofThem = `(ServiceName, SpanKind, SpanName) IN ${operationList(operations)}`;
  const usual = { fromSeconds: period.fromSeconds, toSeconds: Math.max(period.fromSeconds + 1, usualTo) };
  return `SELECT ServiceName AS service, SpanKind AS kind, SpanName AS operation,
  formatDateTime(toStartOfInterval(Timestamp, INTERVAL ${fineSeconds} SECOND), '%FT%TZ', 'UTC') AS time,
  count() AS calls, countIf(StatusCode = 'Error') AS errors, round(avg(Duration) / 1e6, 3) AS mean_ms,
  countIf(beyond > 0 AND Duration > beyond) AS slow
FROM otel_traces LEFT JOIN (
  SELECT ServiceName, SpanKind, SpanName, 3 * quantileExact(0.9)(Duration) AS beyond
  FROM otel_traces WHERE ${during(rangeOf(usual))} AND ${ofThem} GROUP BY ServiceName, SpanKind, SpanName
) AS usual USING (ServiceName, SpanKind, SpanName)
WHERE ${during(rangeOf(period))} AND ${ofThem}
GROUP BY service, kind, operation, time ORDER BY service, kind, operation, time LIMIT ${mostWindows}`;
};

/** @param usualTo Unix seconds, where what is usual ends */
export const readFineWindows = Effect.fnUntraced(function* (
  operations: readonly OperationKey[],
  period: Period,
  usualTo: number,
): Effect.fn.Return<readonly Window[], QueryFailed | EngineUnavailable, QueryClient> {
  if (operations.length === 0) return [];
  const client = yield* QueryClient;
  const rows = yield* client.rows<WindowRow & { readonly slow: string | number }>(
    fineWindowsSql(operations, period, usualTo),
  );
  return rows.map((row) => ({ ...windowOf(row), slow: Number(row.slow) }));
});

/** What is shorter than a window, or lies across two, is in all windows that it touches. */
function nearestWhole({ fromSeconds, toSeconds }: Deviation): readonly [from: number, to: number] {
  const whole = (by: (windows: number) => number, seconds: number): number =>
    by(seconds / coarseSeconds) * coarseSeconds;
  const [from, to] = [whole(Math.round, fromSeconds), whole(Math.round, toSeconds)];
  return from < to ? [from, to] : [whole(Math.floor, fromSeconds), whole(Math.ceil, toSeconds)];
}

/**
 * What was found in fine windows, in figures of the rollup's, which evidence is taken from: the nearest whole windows.
 * When it began stays as fine as it was found.
 * @param windows of 10 s, the operation's, usual and asked ones
 * @returns null where nothing of it is left: one unlucky call in a window of 2 s makes no mean of 10 s
 */
export function onWholeWindows(deviation: Deviation, windows: readonly Window[]): Deviation | null {
  const [fromSeconds, toSeconds] = nearestWhole(deviation);
  const within = windows.filter(({ time }) => time >= fromSeconds && time < toSeconds);
  const before = windows.filter(({ time }) => time < fromSeconds);
  const countOf = (of: readonly Window[]): number => sum(of, ({ calls }) => calls);
  const calls = countOf(within);
  if (calls === 0 || countOf(before) === 0) return null;
  const failed = sum(within, ({ errors }) => errors);
  const value = (of: readonly Window[]): number =>
    (deviation.what === 'errors' ? sum(of, ({ errors }) => errors) : sum(of, (one) => one.calls * one.meanMs)) /
    countOf(of);
  const [usual, present] = [value(before), value(within)];
  const isNothing = deviation.what === 'duration' ? present - usual < leastRiseMs : present <= usual;
  return isNothing ? null : { ...deviation, fromSeconds, toSeconds, usual, present, calls, failed };
}
