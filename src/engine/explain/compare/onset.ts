import { Effect } from 'effect';
import type { EngineUnavailable, QueryFailed } from '../../domain/errors.ts';
import { QueryClient } from '../../store/query-client.ts';
import type { OnsetMs } from '../changes/place-changes.ts';
import type { Window } from '../onset.ts';
import type { TimeRange } from '../question.ts';
import { deviationsOf } from '../range/deviation.ts';
import { fromItsStart } from '../range/from-its-start.ts';
import { countSpans, windowOf, type WindowRow } from '../range/operation-rows.ts';
import { onsetOf, type Worse } from '../range/symptoms.ts';
import { keyOf, operationList, type OperationKey } from '../sql.ts';
import { during, oneIn, sampled } from '../time-sql.ts';
import { rootsOf } from './chosen-traces.ts';
import type { Comparison } from './comparison.ts';

/** Spans of a time, as a condition that holds the time too. */
interface SpansIn {
  readonly where: string;
  readonly range: TimeRange;
}

/** What is worse, the clearest first, and since when. */
export interface SidesOnset {
  readonly worse: readonly Worse[];
  readonly onset: OnsetMs | null;
}

/** Windows are as long as those of the rollup, shorter of short times, longer of long ones. */
const windowSeconds = { usual: 10, short: 2 } as const;
const shortMs = 3 * 60_000;
const mostWindows = 720;
const mostShortWindows = 3600;
/** Of more spans a sample of traces is read. */
const mostSpans = 200_000;

/**
 * Since when operations fare worse in traces of the first side than in those of the time before; it may have begun in
 * either.
 */
export const onsetOfSides = Effect.fnUntraced(function* (
  compared: Comparison,
  before: SpansIn,
): Effect.fn.Return<SidesOnset, QueryFailed | EngineUnavailable, QueryClient> {
  const operations = operationsOf(compared);
  if (operations.length === 0) return { worse: [], onset: null };
  const bad = compared.bad.side;
  const seconds = stepOf(before.range, bad.range);
  const [usual, asked] = yield* Effect.all(
    [readWindows(operations, before, seconds), readWindows(operations, bad, seconds)],
    { concurrency: 2 },
  );
  const [usualOf, askedOf] = [Map.groupBy(usual, keyOf), Map.groupBy(asked, keyOf)];
  const worse = operations
    .flatMap((operation) => {
      const [earlier, after] = [usualOf.get(keyOf(operation)) ?? [], askedOf.get(keyOf(operation)) ?? []];
      return deviationsOf(earlier, after, true, seconds).map((deviation): Worse => ({
        ...operation,
        deviation: fromItsStart(deviation, earlier, seconds),
      }));
    })
    .filter(({ deviation }) => deviation.what !== 'traffic' && deviation.usual !== null)
    .sort((a, b) => b.deviation.score - a.deviation.score || (keyOf(a) < keyOf(b) ? -1 : 1));
  return { worse, onset: onsetOf(worse) };
});

const mostRoots = 3;
const mostDifferent = 8;
/** Steps are as long as it takes that there are fewer. */
const mostRows = (mostRoots + mostDifferent) * (mostShortWindows + 2);

/** Operations that traces begin with, and those that differ most. */
const operationsOf = ({ bad, good, differences }: Comparison): readonly OperationKey[] => {
  const all = [
    ...rootsOf([...bad.profiles, ...good.profiles]).slice(0, mostRoots),
    ...differences.slice(0, mostDifferent),
  ];
  return [...new Map(all.map((one) => [keyOf(one), one])).values()].map(({ service, kind, operation }) => ({
    service,
    kind,
    operation,
  }));
};

function stepOf(before: TimeRange, bad: TimeRange): number {
  const [beforeMs, badMs] = [before.toMs - before.fromMs, bad.toMs - bad.fromMs];
  const [step, most] =
    beforeMs < shortMs ? [windowSeconds.short, mostShortWindows] : [windowSeconds.usual, mostWindows];
  return step * Math.ceil((beforeMs + badMs) / 1000 / step / most);
}

/** Windows of the operations in the traces that have such spans. */
const readWindows = Effect.fnUntraced(function* (
  operations: readonly OperationKey[],
  { where, range }: SpansIn,
  seconds: number,
): Effect.fn.Return<readonly Window[], QueryFailed | EngineUnavailable, QueryClient> {
  const client = yield* QueryClient;
  const spans = yield* countSpans({
    fromSeconds: Math.floor(range.fromMs / 1000),
    toSeconds: Math.ceil(range.toMs / 1000),
  });
  const sample = sampled(oneIn(spans, mostSpans));
  const chosen =
    where === during(range) ? '' : `\n  AND TraceId IN (SELECT TraceId FROM otel_traces WHERE ${where}${sample})`;
  const rows = yield* client.rows<WindowRow>(
    `SELECT ServiceName AS service, SpanKind AS kind, SpanName AS operation,
  formatDateTime(toStartOfInterval(Timestamp, INTERVAL ${seconds} SECOND), '%FT%TZ', 'UTC') AS time,
  count() AS calls, countIf(StatusCode = 'Error') AS errors, round(avg(Duration) / 1e6, 3) AS mean_ms
FROM otel_traces
WHERE ${during(range)}${sample} AND (ServiceName, SpanKind, SpanName) IN ${operationList(operations)}${chosen}
GROUP BY service, kind, operation, time ORDER BY service, kind, operation, time LIMIT ${mostRows}`,
  );
  return rows.map(windowOf);
});
