import type { Objective } from '../../../config/analyze-settings.ts';
import { dayMs } from '../series/steps.ts';
import type { RequestCounts } from './request-counts.ts';

const minute = 60_000;
const hour = 60 * minute;

/**
 * Windows over which a budget's burning is looked at, and the share of the budget that is gone when it burns over the
 * whole long window at the rate that is told of: Google, The Site Reliability Workbook, chapter 5, table 5-8
 * (https://sre.google/workbook/alerting-on-slos/). The short window tells that it still goes on.
 */
export const burnWindows = [
  { longMs: hour, shortMs: 5 * minute, budget: 0.02, severity: 'critical' },
  { longMs: 6 * hour, shortMs: 30 * minute, budget: 0.05, severity: 'critical' },
  { longMs: 3 * dayMs, shortMs: 6 * hour, budget: 0.1, severity: 'warning' },
] as const;

export interface BurnWindow {
  readonly longMs: number;
  readonly shortMs: number;
  /** Times the rate at which the budget would last exactly its period; `null`: no calls. */
  readonly long: number | null;
  readonly short: number | null;
  /** From which rate on both are told of: 14.4, 6 and 1 for a period of 30 days. */
  readonly tellFrom: number;
  readonly severity: 'critical' | 'warning';
  readonly isBurning: boolean;
}

/** The spans that `burnOf` wants counts of, shortest first. */
export const burnSpans: readonly number[] = [
  ...new Set(burnWindows.flatMap(({ longMs, shortMs }) => [longMs, shortMs])),
].toSorted((a, b) => a - b);

/** @param counts by span, as `burnSpans` */
export function burnOf({ target, days }: Objective, counts: readonly RequestCounts[]): readonly BurnWindow[] {
  const rate = (span: number): number | null => {
    const { calls, bad } = counts[burnSpans.indexOf(span)]!;
    return calls === 0 ? null : bad / calls / (1 - target);
  };
  return burnWindows.map(({ longMs, shortMs, budget, severity }) => {
    // Of a period of few days a long window is so much that its share of the budget is spent below a rate of 1.
    const tellFrom = Math.max(1, (budget * days * dayMs) / longMs);
    const [long, short] = [rate(longMs), rate(shortMs)];
    const isBurning = long !== null && short !== null && long >= tellFrom && short >= tellFrom;
    return { longMs, shortMs, long, short, tellFrom, severity, isBurning };
  });
}
