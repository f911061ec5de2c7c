import { Effect } from 'effect';
import type { EngineUnavailable, QueryFailed } from '../domain/errors.ts';
import { QueryClient, type QueryParameters } from '../store/query-client.ts';
import { Conditions } from './conditions.ts';
import { bucketsOfTraces, spansOfTraces, type BucketRow } from './found-traces.ts';
import { newestTracesSql, type FoundTrace, type SearchRange } from './newest-traces.ts';

export interface TraceFilter {
  /** A span of this service … */
  readonly service?: string | undefined;
  /** … with this operation … */
  readonly operation?: string | undefined;
  /** … with these span or resource attributes … */
  readonly attributes: readonly (readonly [key: string, value: string])[];
  /** … that failed, is in the trace. */
  readonly errors: boolean;
  /** Duration of the whole trace. */
  readonly minDurationMs?: number | undefined;
  readonly maxDurationMs?: number | undefined;
}

export interface TraceSummary {
  readonly TraceId: string;
  /** RFC 3339 with milliseconds, UTC. */
  readonly Start: string;
  readonly DurationMs: number;
  /** Service and operation of the root span; of the earliest span where the root is missing. */
  readonly RootService: string;
  readonly RootOperation: string;
  readonly Spans: number;
  readonly Errors: number;
  readonly Services: readonly string[];
}

export type TraceOrder = 'newest' | 'slowest';

/**
 * Traces with a span in [since, until) that matches. Durations are those of the whole trace within the range. The newest
 * are looked for from the newest spans back, and only where that finds too few among all; what is slowest, or of a
 * certain duration, is known when all have been looked at.
 */
export const searchTraces = Effect.fnUntraced(function* (
  filter: TraceFilter,
  range: SearchRange,
  order: TraceOrder,
  limit: number,
): Effect.fn.Return<readonly TraceSummary[], QueryFailed | EngineUnavailable, QueryClient> {
  const wantsAll = order === 'slowest' || filter.minDurationMs !== undefined || filter.maxDurationMs !== undefined;
  const conditions = inRange(range);
  if (wantsAll) return yield* summaries(matchingSpans(conditions, filter), conditions, filter, order, limit);
  const traces = yield* newestTraces(filter, range, limit);
  if (traces.length === 0) return [];
  const ids = traces.map(({ TraceId }) => TraceId);
  const sum = (buckets: readonly number[]) => {
    const found = spansOfTraces(ids, buckets);
    const within = inRange(range, found.parameters);
    return summaries(`${within.where} AND ${found.sql}`, within, filter, order, limit);
  };
  // A trace is rarely longer than its bucket, so it is summed up there while it is looked up where its other spans are.
  const likely = [...new Set(traces.flatMap(({ firstBucket, lastBucket }) => [firstBucket, lastBucket]))];
  const [summed, buckets] = yield* Effect.all([sum(likely), bucketsOf(ids)], { concurrency: 2 });
  return buckets.every((bucket) => likely.includes(bucket)) ? summed : yield* sum(buckets);
});

const bucketsOf = Effect.fnUntraced(function* (ids: readonly string[]) {
  const client = yield* QueryClient;
  const { sql, parameters } = bucketsOfTraces(ids);
  const rows = yield* client.rows<BucketRow>(sql, { parameters, settings: oneThread });
  return rows.map(({ bucket }) => bucket);
});

/** A few granules each: setting up a second thread takes longer than it helps, and two statements run beside each other. */
const oneThread = { max_threads: 1 } as const;

const inRange = (range: SearchRange, parameters: QueryParameters = {}): Conditions =>
  new Conditions({ ...parameters }).between('Timestamp', range.sinceUnixMs, range.untilUnixMs);

/** Of the newest spans back, and only where that finds too few of all. */
const newestTraces = Effect.fnUntraced(function* (
  filter: TraceFilter,
  range: SearchRange,
  limit: number,
): Effect.fn.Return<readonly FoundTrace[], QueryFailed | EngineUnavailable, QueryClient> {
  const client = yield* QueryClient;
  let traces: readonly FoundTrace[] = [];
  for (const most of [...enough(filter, limit), null]) {
    const conditions = inRange(range);
    addSpanConditions(conditions, filter);
    const sql = newestTracesSql(conditions, filter, range, limit, most);
    traces = yield* client.rows<FoundTrace>(sql, { parameters: conditions.parameters });
    if (traces.length >= limit) break;
  }
  return traces;
});

/** Which spans are summed up: those in range of every trace with a span that matches. */
function matchingSpans(conditions: Conditions, filter: TraceFilter): string {
  const inRange = conditions.where;
  const perSpan = addSpanConditions(conditions, filter);
  return perSpan ? `${inRange} AND TraceId IN (SELECT TraceId FROM otel_traces WHERE ${conditions.where})` : inRange;
}

/** Spans that are looked through before all are: many times what is wanted, as a trace may have many that match. */
function enough({ service, operation, errors, attributes }: TraceFilter, limit: number): readonly number[] {
  // What is in every fiftieth span is found at once, what is in one trace is found by the index of values.
  if (attributes.length > 0) return [100_000, 2_000_000];
  if (operation !== undefined) return [limit * 2];
  return [limit * (service !== undefined || errors ? 20 : 100)];
}

const summaries = Effect.fnUntraced(function* (
  where: string,
  conditions: Conditions,
  filter: TraceFilter,
  order: TraceOrder,
  limit: number,
): Effect.fn.Return<readonly TraceSummary[], QueryFailed | EngineUnavailable, QueryClient> {
  const client = yield* QueryClient;
  const having = new Conditions();
  if (filter.minDurationMs !== undefined) having.add(`DurationMs >= ${Number(filter.minDurationMs)}`, 'Float64');
  if (filter.maxDurationMs !== undefined) having.add(`DurationMs <= ${Number(filter.maxDurationMs)}`, 'Float64');
  return yield* client.rows<TraceSummary>(
    `SELECT TraceId,
  formatDateTime(min(Timestamp) AS First, '%FT%T.%fZ') AS Start,
  (max(toUnixTimestamp64Nano(Timestamp) + Duration) - toUnixTimestamp64Nano(First)) / 1e6 AS DurationMs,
  argMin(ServiceName, (ParentSpanId != '', Timestamp)) AS RootService,
  argMin(SpanName, (ParentSpanId != '', Timestamp)) AS RootOperation,
  toUInt32(count()) AS Spans, toUInt32(countIf(StatusCode = 'Error')) AS Errors,
  arraySort(groupUniqArray(20)(ServiceName)) AS Services
FROM otel_traces WHERE ${where}
GROUP BY TraceId HAVING ${having.where}
ORDER BY ${order === 'slowest' ? 'DurationMs' : 'First'} DESC, TraceId LIMIT ${Math.floor(limit)}`,
    { parameters: conditions.parameters },
  );
});

function addSpanConditions(conditions: Conditions, filter: TraceFilter): boolean {
  const before = conditions.where;
  if (filter.service !== undefined) conditions.add('ServiceName = {}', 'String', filter.service);
  if (filter.operation !== undefined) conditions.add('SpanName = {}', 'String', filter.operation);
  if (filter.errors) conditions.add("StatusCode = 'Error'", 'String');
  for (const [key, value] of filter.attributes) {
    conditions.add('SpanAttributes[{}] = {} OR ResourceAttributes[{}] = {}', 'String', key, value, key, value);
  }
  return conditions.where !== before;
}
