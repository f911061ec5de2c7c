import type { Usual } from './explanation.ts';
import { keyOf, type OperationKey, type Period } from './sql.ts';
import { durationOf, type TreeSpan } from './tree-span.ts';

/** Fewer calls than this are no history: their quantiles say nothing. */
export const leastCalls = 5;

/** What operations usually take, from before the trace. */
export interface History {
  readonly period: Period;
  readonly of: (operation: OperationKey) => Usual | undefined;
}

/** A span against its operation's history. */
export interface Comparison {
  readonly usual: Usual;
  /** Duration divided by the usual median. */
  readonly times: number;
  readonly excessNs: number;
  /** Beyond the usual p95, and at least half as long again as the median. */
  readonly isSlow: boolean;
}

export function historyFrom(usuals: readonly (OperationKey & { readonly usual: Usual })[], period: Period): History {
  const byKey = new Map(usuals.map((row) => [keyOf(row), row.usual]));
  return {
    period,
    of: (operation) => {
      const usual = byKey.get(keyOf(operation));
      return usual !== undefined && usual.calls >= leastCalls ? usual : undefined;
    },
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
    isSlow: durationNs > usual.p95Ms * 1e6 && times >= 1.5,
  };
}
