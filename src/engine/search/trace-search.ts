import { Effect } from 'effect';
import type { EngineUnavailable, QueryFailed } from '../domain/errors.ts';
import { QueryClient } from '../store/query-client.ts';
import { Conditions } from './conditions.ts';

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

/** Traces with a span in [since, until) that matches. Durations are those of the whole trace within the range. */
export const searchTraces = Effect.fnUntraced(function* (
  filter: TraceFilter,
  range: { readonly sinceUnixMs: number; readonly untilUnixMs: number },
  order: TraceOrder,
  limit: number,
): Effect.fn.Return<readonly TraceSummary[], QueryFailed | EngineUnavailable, QueryClient> {
  const client = yield* QueryClient;
  const conditions = new Conditions().between('Timestamp', range.sinceUnixMs, range.untilUnixMs);
  const inRange = conditions.where;
  const perSpan = addSpanConditions(conditions, filter);
  const matching = perSpan ? ` AND TraceId IN (SELECT TraceId FROM otel_traces WHERE ${conditions.where})` : '';
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
FROM otel_traces WHERE ${inRange}${matching}
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
