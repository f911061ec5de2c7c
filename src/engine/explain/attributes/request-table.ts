import type { Counts } from './statistics.ts';

/** Requests that have the same ones of the values looked at: bit n of `mask` stands for the nth. */
export interface RequestPattern {
  readonly mask: number;
  readonly bad: number;
  readonly good: number;
}

export interface Both {
  readonly bad: number;
  readonly good: number;
}

/** Requests for which the condition holds. */
export function requestsWhere(patterns: readonly RequestPattern[], holds: (mask: number) => boolean): Both {
  let bad = 0;
  let good = 0;
  for (const pattern of patterns) {
    if (!holds(pattern.mask)) continue;
    bad += pattern.bad;
    good += pattern.good;
  }
  return { bad, good };
}

/** Of the requests given, those with all the values of `need`. */
export function countsOf(patterns: readonly RequestPattern[], need: number): Counts {
  const all = requestsWhere(patterns, () => true);
  const having = requestsWhere(patterns, (mask) => (mask & need) === need);
  return { bad: having.bad, badAll: all.bad, good: having.good, goodAll: all.good };
}

export const withValues = (patterns: readonly RequestPattern[], need: number): readonly RequestPattern[] =>
  patterns.filter(({ mask }) => (mask & need) === need);

/** The same requests, divided by which of the `needs` they meet. */
export function strataOf(patterns: readonly RequestPattern[], needs: readonly number[]): readonly RequestPattern[][] {
  const strata = new Map<string, RequestPattern[]>();
  for (const pattern of patterns) {
    const name = needs.map((need) => ((pattern.mask & need) === need ? '1' : '0')).join('');
    const stratum = strata.get(name) ?? [];
    strata.set(name, stratum);
    stratum.push(pattern);
  }
  return [...strata.values()];
}

/** On each side at least 95 of 100 requests that have one of two values have both. */
export function areAlike(patterns: readonly RequestPattern[], one: number, other: number): boolean {
  const has = (mask: number, need: number): boolean => (mask & need) === need;
  const either = requestsWhere(patterns, (mask) => has(mask, one) || has(mask, other));
  const both = requestsWhere(patterns, (mask) => has(mask, one) && has(mask, other));
  return both.bad >= 0.95 * either.bad && both.good >= 0.95 * either.good;
}
