import type { Usual } from './explanation.ts';
import { keyOf, usualSql, type OperationKey, type Period } from './sql.ts';
import { durationOf, type TreeSpan } from './tree-span.ts';

/** Fewer calls than this are no history: their quantiles say nothing. */
export const leastCalls = 5;

/** What operations usually take, from before the trace. */
export interface History {
  readonly period: Period;
  readonly of: (operation: OperationKey) => Usual | undefined;
  /** The time that `of` speaks about. */
  readonly periodOf: (operation: OperationKey) => Period;
  /** What gives the like of `of`, as evidence. */
  readonly statementOf: (operations: readonly [OperationKey, ...OperationKey[]]) => string;
}

/** A span against its operation's history. */
export interface Comparison {
  readonly usual: Usual;
  /** Duration divided by the usual median. */
  readonly times: number;
  readonly excessNs: number;
  /** Beyond the usual p95 and half as long again as the median; or eight times the median, however wide the tail is. */
  readonly isSlow: boolean;
}

/**
 * @param longer what is asked about operations that ran too rarely in `period`
 * @param statement what the rows came from; the statistics of the period where nothing is said
 */
export function historyFrom(
  usuals: readonly (OperationKey & { readonly usual: Usual })[],
  period: Period,
  longer?: History,
  statement = (keys: readonly OperationKey[]): string => usualSql(keys, period),
): History {
  const byKey = new Map(usuals.filter(({ usual }) => usual.calls >= leastCalls).map((row) => [keyOf(row), row.usual]));
  return {
    period,
    of: (operation) => byKey.get(keyOf(operation)) ?? longer?.of(operation),
    periodOf: (operation) =>
      byKey.has(keyOf(operation)) || longer === undefined ? period : longer.periodOf(operation),
    statementOf: (operations) =>
      byKey.has(keyOf(operations[0])) || longer === undefined ? statement(operations) : longer.statementOf(operations),
  };
}

/** @returns undefined when the operation has no history yet. */
export function compare(span: TreeSpan, history: History): Comparison | undefined {
  const usual = history.of(span);
  if (usual === undefined || span.synthetic) return undefined;
  const durationNs = durationOf(span);
  const times = usual.p50Ms > 0 ? durationNs / 1e6 / usual.p50Ms : 1;
  return {
    usual,
    times,
    excessNs: Math.max(0, durationNs - usual.p50Ms * 1e6),
    isSlow: (durationNs > usual.p95Ms * 1e6 && times >= 1.5) || times >= 8,
  };
}
