import { Effect } from 'effect';
import type { EngineUnavailable, QueryFailed } from '../../domain/errors.ts';
import { limits } from '../../domain/limits.ts';
import { QueryClient } from '../../store/query-client.ts';
import { quoteText } from '../../store/sql-text.ts';
import type { Candidate } from '../candidate.ts';
import type { TraceContext } from '../context.ts';
import { findShapes } from '../explain-trace.ts';
import { loadContext } from '../load/load-context.ts';
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

/** A trace of a stretch is taken at this quantile of its durations: bad, and not the one that was unlucky besides. */
const typical = 0.8;

const ofOperation = ({ service, kind, operation }: OperationKey): string =>
  `ServiceName = ${quoteText(service)} AND SpanKind = ${quoteText(kind)} AND SpanName = ${quoteText(operation)}`;

/** Traces that show what became worse: failed ones, or slow ones that are typical of their time. */
export function badTracesSql({ deviation, ...operation }: Worse, range: TimeRange, count: number): string {
  const inTime = `${during(clipped(deviation, range))} AND ${ofOperation(operation)} AND TraceId != ''`;
  if (deviation.what === 'errors') {
    return `SELECT TraceId AS id FROM otel_traces WHERE ${inTime} AND StatusCode = 'Error'
GROUP BY id ORDER BY max(Timestamp) DESC, id LIMIT ${count}`;
  }
  const wanted = `(SELECT quantileExact(${typical})(Duration) FROM otel_traces WHERE ${inTime})`;
  return `SELECT TraceId AS id FROM otel_traces WHERE ${inTime}
GROUP BY id ORDER BY min(abs(toFloat64(Duration) - toFloat64(${wanted}))), id LIMIT ${count}`;
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

/** Traces that are gone meanwhile, or too large to be more than a part, are left out. */
export const lookInto = (traceIds: readonly string[]): Loading<readonly LookedInto[]> =>
  Effect.forEach(
    traceIds,
    (traceId) =>
      loadContext(traceId).pipe(
        Effect.map((context): readonly LookedInto[] => [{ context, candidates: findShapes(context) }]),
        Effect.catchTag('TraceNotFound', () => Effect.succeed<readonly LookedInto[]>([])),
      ),
    { concurrency: 3 },
  ).pipe(Effect.map((found) => found.flat()));

/** How many traces are taken of each of so many operations. */
export const tracesEach = (operations: number): number =>
  Math.max(1, Math.floor(limits.explain.badTraces / Math.max(1, operations)));
