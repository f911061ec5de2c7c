import { Effect } from 'effect';
import type { EngineUnavailable, QueryFailed } from '../../domain/errors.ts';
import { limits } from '../../domain/limits.ts';
import { selfServiceName } from '../../domain/self-service.ts';
import { QueryClient } from '../../store/query-client.ts';
import { quoteText } from '../../store/sql-text.ts';
import type { Window } from '../onset.ts';
import { sum } from './sums.ts';
import { second, textList, windowsSql, type OperationKey, type Period } from '../sql.ts';

/** An operation in the time that was asked about, and usually. Milliseconds; 0 calls have a mean of 0. */
export interface OperationTotals extends OperationKey {
  readonly calls: number;
  readonly errors: number;
  readonly meanMs: number;
  readonly usualCalls: number;
  readonly usualErrors: number;
  readonly usualMeanMs: number;
}

const inPeriod = ({ fromSeconds, toSeconds }: Period): string =>
  `Time >= ${second(fromSeconds)} AND Time < ${second(toSeconds)}`;

/** Calls, errors and mean duration of all operations in two periods, those that took most time first. */
export function totalsSql(now: Period, usual: Period | null, services: readonly string[]): string {
  const [inNow, inUsual] = [inPeriod(now), usual === null ? '0' : inPeriod(usual)];
  const mean = (condition: string): string =>
    `round(sumIf(DurationSum, ${condition}) / greatest(1, sumIf(Calls, ${condition})) / 1e6, 3)`;
  return `SELECT ServiceName AS service, SpanKind AS kind, SpanName AS operation,
  sumIf(Calls, ${inNow}) AS calls, sumIf(Errors, ${inNow}) AS errors, ${mean(inNow)} AS mean_ms,
  sumIf(Calls, ${inUsual}) AS usual_calls, sumIf(Errors, ${inUsual}) AS usual_errors, ${mean(inUsual)} AS usual_mean_ms
FROM obs_red_10s
WHERE (${inNow}${usual === null ? '' : ` OR ${inUsual}`})
  AND ${services.length === 0 ? `ServiceName != ${quoteText(selfServiceName)}` : `ServiceName IN ${textList(services)}`}
GROUP BY service, kind, operation
ORDER BY sumIf(DurationSum, ${inNow}) DESC, service, kind, operation LIMIT ${limits.explain.rangeOperations}`;
}

const mostServices = 20_000;

/** How many spans each service sent in a time. */
export const countSpansByService = Effect.fnUntraced(function* (
  period: Period,
): Effect.fn.Return<ReadonlyMap<string, number>, QueryFailed | EngineUnavailable, QueryClient> {
  const client = yield* QueryClient;
  const rows = yield* client.rows<{ readonly service: string; readonly spans: string | number }>(
    `SELECT ServiceName AS service, sum(Calls) AS spans FROM obs_red_service_10s WHERE ${inPeriod(period)}
GROUP BY service ORDER BY spans DESC, service LIMIT ${mostServices}`,
  );
  return new Map(rows.map(({ service, spans }) => [service, Number(spans)]));
});

/** How many spans all services sent in a time. */
export const countSpans = (period: Period): Effect.Effect<number, QueryFailed | EngineUnavailable, QueryClient> =>
  Effect.map(countSpansByService(period), (spans) => sum([...spans.values()], Number));

type Numbers = 'calls' | 'errors' | 'mean_ms' | 'usual_calls' | 'usual_errors' | 'usual_mean_ms';
type TotalsRow = OperationKey & Readonly<Record<Numbers, string | number>>;

export const readTotals = Effect.fnUntraced(function* (
  now: Period,
  usual: Period | null,
  services: readonly string[],
): Effect.fn.Return<readonly OperationTotals[], QueryFailed | EngineUnavailable, QueryClient> {
  const client = yield* QueryClient;
  const rows = yield* client.rows<TotalsRow>(totalsSql(now, usual, services));
  return rows.map((row) => ({
    service: row.service,
    kind: row.kind,
    operation: row.operation,
    calls: Number(row.calls),
    errors: Number(row.errors),
    meanMs: Number(row.mean_ms),
    usualCalls: Number(row.usual_calls),
    usualErrors: Number(row.usual_errors),
    usualMeanMs: Number(row.usual_mean_ms),
  }));
});

export type WindowRow = OperationKey & Readonly<Record<'time' | 'calls' | 'errors' | 'mean_ms', string | number>>;

/** Windows of some operations, by operation and time; none for an empty list. */
export const readOperationWindows = Effect.fnUntraced(function* (
  operations: readonly OperationKey[],
  period: Period | null,
  stepSeconds: number,
): Effect.fn.Return<readonly Window[], QueryFailed | EngineUnavailable, QueryClient> {
  if (operations.length === 0 || period === null) return [];
  const client = yield* QueryClient;
  const rows = yield* client.rows<WindowRow>(windowsSql(operations, period, stepSeconds));
  return rows.map(windowOf);
});

export const windowOf = (row: WindowRow): Window => ({
  service: row.service,
  kind: row.kind,
  operation: row.operation,
  time: Date.parse(String(row.time)) / 1000,
  calls: Number(row.calls),
  errors: Number(row.errors),
  meanMs: Number(row.mean_ms),
});
