import { Effect } from 'effect';
import type { EngineUnavailable, QueryFailed } from '../../domain/errors.ts';
import type { QueryClient } from '../../store/query-client.ts';
import { failedAndFine, slowAndQuick, twoTimes, type Calls } from '../attributes/population.ts';
import { separatingAttributes, type Separation } from '../attributes/separate.ts';
import type { TimeRange } from '../question.ts';
import type { Worse } from './symptoms.ts';

/** Slower than this many times the usual mean is slow. */
const slowTimes = 1.5;
const mostSplits = 4;

const nothing: Separation = { splits: [], badRead: 0, goodRead: 0, valuesTried: 0, missing: [] };

/**
 * What bad calls of an operation have in common and good ones of the same time have not; where next to all are bad, what
 * the usual time had not.
 */
export const separatedBy = Effect.fnUntraced(function* (
  worse: Worse,
  usual: TimeRange | null,
  alsoSpansOf: readonly string[],
): Effect.fn.Return<Separation, QueryFailed | EngineUnavailable, QueryClient> {
  const { service, kind, operation, deviation } = worse;
  const { what, usual: before, present, fromSeconds, toSeconds } = deviation;
  if (what === 'traffic') return nothing;
  const calls: Calls = { service, kind, operation, range: { fromMs: fromSeconds * 1000, toMs: toSeconds * 1000 } };
  const ask = (populations: ReturnType<typeof failedAndFine>) =>
    separatingAttributes({
      ...populations,
      alsoSpansOf: alsoSpansOf.filter((name) => name !== service),
      limit: mostSplits,
    });
  if (what === 'errors') return yield* ask(failedAndFine(calls));
  const threshold = (before ?? present) * slowTimes * 1e6;
  const inTime = yield* ask(slowAndQuick(calls, threshold));
  const few = inTime.goodRead < 0.1 * (inTime.badRead + inTime.goodRead);
  if (!few || usual === null || inTime.splits.length > 0) return inTime;
  return yield* ask(twoTimes({ service, kind, operation }, calls.range, usual));
});
