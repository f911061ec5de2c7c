import { Effect } from 'effect';
import type { EngineUnavailable, QueryFailed } from '../../domain/errors.ts';
import { limits } from '../../domain/limits.ts';
import { QueryClient } from '../../store/query-client.ts';
import { quoteText } from '../../store/sql-text.ts';
import type { Candidate } from '../candidate.ts';
import type { TraceContext } from '../context.ts';
import { findShapes } from '../explain-trace.ts';
import { loadTogether } from '../load/load-together.ts';
import type { TimeRange } from '../question.ts';
import type { OperationKey } from '../sql.ts';
import { during } from '../time-sql.ts';
import type { Worse } from './symptoms.ts';

type Loading<A> = Effect.Effect<A, QueryFailed | EngineUnavailable, QueryClient>;

/** A trace that was looked into like one that was asked for by its id. */
export interface LookedInto {
  readonly context: TraceContext;
  readonly candidates: readonly Candidate[];
}

/**
 * Traces of a stretch are taken at these quantiles of its durations: a fault may meet few calls (the upper one) or most
 * (the lower); the slowest of all was perhaps unlucky besides.
 */
const badQuantiles = [0.97, 0.85, 0.6] as const;

const ofOperation = ({ service, kind, operation }: OperationKey): string =>
  `ServiceName = ${quoteText(service)} AND SpanKind = ${quoteText(kind)} AND SpanName = ${quoteText(operation)}`;

/** Traces that show what became worse: failed ones, or slow ones that are typical of their time. */
export function badTracesSql({ deviation, ...operation }: Worse, range: TimeRange, count: number): string {
  const inTime = `${during(clipped(deviation, range))} AND ${ofOperation(operation)} AND TraceId != ''`;
  if (deviation.what === 'errors') {
    return `SELECT TraceId AS id FROM otel_traces WHERE ${inTime} AND StatusCode = 'Error'
GROUP BY id ORDER BY max(Timestamp) DESC, id LIMIT ${count}`;
  }
  const quantiles = badQuantiles.slice(0, Math.max(1, count));
  return `SELECT argMin(TraceId, (abs(toFloat64(Duration) - wanted), TraceId)) AS id
FROM otel_traces CROSS JOIN (
  SELECT arrayJoin(quantilesExact(${quantiles.join(', ')})(toFloat64(Duration))) AS wanted FROM otel_traces WHERE ${inTime}
) AS quantiles
WHERE ${inTime} GROUP BY wanted ORDER BY wanted DESC, id`;
}

/** Traces of the same operation that fared as usual: near the middle of their time, and without a failure. */
export function usualTracesSql(operation: OperationKey, usual: TimeRange, count: number): string {
  const inTime = `${during(usual)} AND ${ofOperation(operation)} AND TraceId != '' AND StatusCode != 'Error'`;
  const wanted = `(SELECT quantileExact(0.5)(Duration) FROM otel_traces WHERE ${inTime})`;
  return `SELECT TraceId AS id FROM otel_traces WHERE ${inTime}
GROUP BY id ORDER BY min(abs(toFloat64(Duration) - toFloat64(${wanted}))), id LIMIT ${count}`;
}

const clipped = ({ fromSeconds, toSeconds }: Worse['deviation'], { fromMs, toMs }: TimeRange): TimeRange => ({
  fromMs: Math.min(toMs - 1, Math.max(fromSeconds * 1000, Math.min(fromMs, fromSeconds * 1000))),
  toMs: Math.min(toMs, toSeconds * 1000),
});

export const findTraces = (sql: string): Loading<readonly string[]> =>
  Effect.gen(function* () {
    const client = yield* QueryClient;
    const rows = yield* client.rows<{ readonly id: string }>(sql);
    return rows.map(({ id }) => id);
  });

/** What the shapes see in bad traces, and in usual ones beside them. */
export const lookInto = (
  bad: readonly string[],
  usual: readonly string[],
): Loading<{ readonly bad: readonly LookedInto[]; readonly usual: readonly LookedInto[] }> => {
  const seen = (context: TraceContext): LookedInto => ({ context, candidates: findShapes(context) });
  return Effect.map(loadTogether(bad, usual), (loaded) => ({
    bad: loaded.bad.map(seen),
    usual: loaded.usual.map(seen),
  }));
};

/** How many traces are taken of each of so many operations. */
export const tracesEach = (operations: number): number =>
  Math.max(1, Math.floor(limits.explain.badTraces / Math.max(1, operations)));
