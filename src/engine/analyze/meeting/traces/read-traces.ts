import { Effect } from 'effect';
import type { EngineUnavailable, QueryFailed } from '../../../domain/errors.ts';
import { limits } from '../../../domain/limits.ts';
import { QueryClient } from '../../../store/query-client.ts';

/** Spans of one trace, column by column. */
export interface TraceSpans {
  readonly id: string;
  readonly spans: readonly string[];
  readonly parents: readonly string[];
  readonly services: readonly string[];
  readonly operations: readonly string[];
  /** 1 for spans that a service was called by: Server and Consumer. */
  readonly entries: readonly number[];
  /** 1 for spans with an error. */
  readonly errors: readonly number[];
  /** Milliseconds. */
  readonly durations: readonly number[];
  readonly startsMs: readonly number[];
}

export interface ReadTraces {
  readonly traces: readonly TraceSpans[];
  /** One in so many of all traces, chosen by the hash of their ids. */
  readonly oneIn: number;
}

/** How far a trace's spans may lie outside the window in which it begins. */
const aroundMs = { before: 60_000, after: limits.patterns.graceMs } as const;

/**
 * Traces that begin in [from, to), or a bounded sample of them: the same traces for the same range.
 * @param spansPerTrace what a trace has about, to choose the sample by
 */
export const readTraces = Effect.fnUntraced(function* (
  fromMs: number,
  toMs: number,
  spansPerTrace: number,
  of: { readonly service?: string | undefined; readonly traceId?: string | undefined } = {},
): Effect.fn.Return<ReadTraces, QueryFailed | EngineUnavailable, QueryClient> {
  const client = yield* QueryClient;
  const { tracesAMinute, spansAMinute } = limits.patterns;
  const [counted] = yield* client.rows<{ spans: number }>(
    `SELECT toFloat64(sum(Calls)) AS spans FROM obs_red_service_10s
WHERE Time >= toDateTime({from:UInt32}) AND Time < toDateTime({to:UInt32})`,
    { parameters: { from: Math.floor(fromMs / 1000), to: Math.ceil(toMs / 1000) } },
  );
  const spans = counted?.spans ?? 0;
  const most = Math.min(tracesAMinute * Math.max(1, spansPerTrace), spansAMinute);
  const oneIn = of.traceId === undefined ? Math.max(1, Math.ceil(spans / most)) : 1;
  const traces = yield* client.rows<TraceSpans>(
    `SELECT TraceId AS id, groupArray({spans:UInt32})(SpanId) AS spans, groupArray({spans:UInt32})(ParentSpanId) AS parents,
  groupArray({spans:UInt32})(ServiceName) AS services, groupArray({spans:UInt32})(SpanName) AS operations,
  groupArray({spans:UInt32})(toUInt8(SpanKind IN ('Server', 'Consumer'))) AS entries,
  groupArray({spans:UInt32})(toUInt8(StatusCode = 'Error')) AS errors,
  groupArray({spans:UInt32})(Duration / 1000000) AS durations,
  groupArray({spans:UInt32})(toFloat64(toUnixTimestamp64Micro(Timestamp)) / 1000) AS startsMs
FROM (
  SELECT TraceId, SpanId, ParentSpanId, ServiceName, SpanName, SpanKind, StatusCode, Duration, Timestamp FROM otel_traces
  WHERE Timestamp >= fromUnixTimestamp64Milli({before:Int64}) AND Timestamp < fromUnixTimestamp64Milli({after:Int64})
    AND cityHash64(TraceId) % {oneIn:UInt32} = 0 AND ({trace:String} = '' OR TraceId = {trace:String})
  ORDER BY TraceId, Timestamp, SpanId
)
GROUP BY TraceId
HAVING min(Timestamp) >= fromUnixTimestamp64Milli({from:Int64}) AND min(Timestamp) < fromUnixTimestamp64Milli({to:Int64})
  AND ({service:String} = '' OR has(services, {service:String}))
ORDER BY cityHash64(TraceId), TraceId
LIMIT {traces:UInt32}`,
    {
      parameters: {
        spans: limits.patterns.spansPerTrace,
        before: fromMs - aroundMs.before,
        after: toMs + aroundMs.after,
        from: fromMs,
        to: toMs,
        oneIn,
        trace: of.traceId ?? '',
        service: of.service ?? '',
        traces: 2 * tracesAMinute,
      },
    },
  );
  return { traces, oneIn };
});
