import { Effect } from 'effect';
import type { EngineUnavailable, QueryFailed } from '../../domain/errors.ts';
import { QueryClient } from '../../store/query-client.ts';
import { isNoQuantity, restatesOutcome } from './restating.ts';
import type { RequestPattern } from './request-table.ts';
import { likelihoodRatio } from './statistics.ts';
import type { CountedValue, TriedValue } from './tried-value.ts';
import { masksSql, valuesSql, type Reading } from './value-sql.ts';

/** What the attributes of both sides hold. */
export interface CountedValues {
  /** Values and thresholds that were or could have been told apart: what a correction for many comparisons counts. */
  readonly tried: number;
  /** Those that are commoner among the bad. */
  readonly values: readonly CountedValue[];
}

interface KeyRow {
  readonly place: string;
  readonly origin: 'span' | 'resource';
  readonly key: string;
  readonly distinct_values: string;
  readonly tried: string;
  readonly occurrences: string;
  readonly commonest: string;
  readonly top: readonly (readonly [string, string, string])[];
  readonly thresholds: readonly (readonly [number, string, string, string, string])[];
}

/** Sizes are requests of each side as read, or spans where requests are not known yet: their proportion is what matters. */
export const countValues = Effect.fnUntraced(function* (
  reading: Reading,
  fewest: number,
  sizes: { readonly bad: number; readonly good: number },
): Effect.fn.Return<CountedValues, QueryFailed | EngineUnavailable, QueryClient> {
  const client = yield* QueryClient;
  const restated = new Set([...(reading.bad.restates ?? []), ...(reading.good.restates ?? [])]);
  const rows = (yield* client.rows<KeyRow>(valuesSql(reading, fewest, sizes))).filter(
    ({ key }) => !restatesOutcome(key) && !restated.has(key),
  );
  let tried = 0;
  const values: CountedValue[] = [];
  for (const row of rows) {
    const { place, origin, key } = row;
    const add = (value: string, comparison: TriedValue['comparison'], bad: number, good: number): void => {
      const counts = {
        bad: Math.min(bad, sizes.bad),
        badAll: sizes.bad,
        good: Math.min(good, sizes.good),
        goodAll: sizes.good,
      };
      if (counts.bad >= fewest && likelihoodRatio(counts) > 0)
        values.push({ place, origin, key, value, comparison, counts });
    };
    if (!isId(row)) {
      tried += Number(row.tried);
      for (const [value, bad, good] of row.top) add(value, '=', Number(bad), Number(good));
    }
    if (isNoQuantity(key)) continue;
    tried += row.thresholds.length * 2;
    for (const [cut, badAbove, goodAbove, badBelow, goodBelow] of row.thresholds) {
      add(String(cut), '>', Number(badAbove), Number(goodAbove));
      add(String(cut), '<', Number(badBelow), Number(goodBelow));
    }
  }
  return { tried, values };
});

/** A value to nearly every request: an id, which says nothing about the next one. */
function isId(row: KeyRow): boolean {
  const occurrences = Number(row.occurrences);
  return Number(row.distinct_values) >= 0.9 * occurrences && Number(row.commonest) < 0.02 * occurrences;
}

interface MaskRow {
  readonly side: 'bad' | 'good';
  readonly mask: number;
  readonly requests: string;
}

/** Which of the values requests have together. */
export const countPatterns = Effect.fnUntraced(function* (
  reading: Reading,
  values: readonly TriedValue[],
): Effect.fn.Return<readonly RequestPattern[], QueryFailed | EngineUnavailable, QueryClient> {
  const client = yield* QueryClient;
  const rows = yield* client.rows<MaskRow>(masksSql(reading, values));
  const patterns = new Map<number, { mask: number; bad: number; good: number }>();
  for (const { side, mask, requests } of rows) {
    const pattern = patterns.get(mask) ?? { mask, bad: 0, good: 0 };
    patterns.set(mask, pattern);
    pattern[side] += Number(requests);
  }
  return [...patterns.values()];
});
