import { Effect } from 'effect';
import type { RecordLog, RecordSpan, RecordWindow } from '../../cause/records/input.ts';
import type { EngineUnavailable, QueryFailed } from '../../domain/errors.ts';
import { limits } from '../../domain/limits.ts';
import { selfServiceName } from '../../domain/self-service.ts';
import { QueryClient } from '../../store/query-client.ts';
import { quoteText } from '../../store/sql-text.ts';
import type { TimeRange } from '../question.ts';
import { at, during, oneIn, sampled, sampledByPrefix } from '../time-sql.ts';

/** Which process it was: pod, instance, or the service where nothing tells its processes apart. */
export const instanceSql = `multiIf(ResourceAttributes['k8s.pod.name'] != '', ResourceAttributes['k8s.pod.name'],
    ResourceAttributes['service.instance.id'] != '', ResourceAttributes['service.instance.id'], ServiceName)`;

/** Spans of a trace that began in the window may start so much later, and their logs so much earlier. */
export const slackMs = 10_000;
const logsBeforeMs = 1000;

interface SpanRow {
  readonly t: string;
  readonly s: string;
  readonly p: string;
  readonly n: string;
  readonly k: string;
  readonly v: string;
  readonly i: string;
  readonly h: string;
  readonly b: number;
  readonly d: number;
  readonly f: number;
  readonly e: string;
  readonly q: string;
}

interface LogRow {
  readonly t: string;
  readonly s: string;
  readonly v: string;
  readonly i: string;
  readonly a: number;
  readonly l: number;
  readonly b: string;
}

/** Spans and logs of the traces that began in a time. @param spans how many there are, about; of more a sample of traces is read */
export const readWindow = Effect.fnUntraced(function* (
  range: TimeRange,
  spans: number,
): Effect.fn.Return<RecordWindow, QueryFailed | EngineUnavailable, QueryClient> {
  const one = oneIn(spans, limits.explain.recordSpans);
  if (one === 1) return yield* readSample(range, '');
  const quick = yield* readSample(range, sampledByPrefix(one));
  // Ids that are not random from their first digit on.
  const wanted = spans / one;
  return quick.spans.length >= wanted / 4 && quick.spans.length <= 2 * wanted
    ? quick
    : yield* readSample(range, sampled(one));
});

const readSample = Effect.fnUntraced(function* (
  { fromMs, toMs }: TimeRange,
  sample: string,
): Effect.fn.Return<RecordWindow, QueryFailed | EngineUnavailable, QueryClient> {
  const client = yield* QueryClient;
  const own = `ServiceName != ${quoteText(selfServiceName)} AND TraceId != ''${sample}`;
  const origin = Math.floor(fromMs);
  const [spanRows, logRows] = yield* Effect.all(
    [
      client.rows<SpanRow>(
        `SELECT TraceId AS t, SpanId AS s, ParentSpanId AS p, SpanName AS n, SpanKind AS k, ServiceName AS v, ${instanceSql} AS i,
  if(ResourceAttributes['k8s.node.name'] != '', ResourceAttributes['k8s.node.name'], ResourceAttributes['host.name']) AS h,
  (toUnixTimestamp64Nano(Timestamp) - ${origin}000000) / 1e6 AS b, Duration / 1e6 AS d, toUInt8(StatusCode = 'Error') AS f,
  multiIf(SpanAttributes['server.address'] != '', SpanAttributes['server.address'], SpanAttributes['net.peer.name']) AS e,
  if(SpanAttributes['db.system.name'] != '', SpanAttributes['db.system.name'], SpanAttributes['db.system']) AS q
FROM otel_traces WHERE ${during({ fromMs: fromMs - slackMs, toMs: toMs + slackMs })} AND ${own}
ORDER BY Timestamp, TraceId, SpanId LIMIT ${3 * limits.explain.recordSpans}`,
      ),
      client.rows<LogRow>(
        `SELECT TraceId AS t, SpanId AS s, ServiceName AS v, ${instanceSql} AS i, (toUnixTimestamp64Nano(Timestamp) - ${origin}000000) / 1e6 AS a,
  SeverityNumber AS l, substringUTF8(Body, 1, 500) AS b
FROM otel_logs WHERE Timestamp >= ${at(fromMs - logsBeforeMs)} AND Timestamp < ${at(toMs + slackMs)} AND ${own}
ORDER BY Timestamp, TraceId, SpanId, Body LIMIT ${3 * limits.explain.recordSpans}`,
      ),
    ],
    { concurrency: 2 },
  );
  const began = new Set<string>();
  const seen = new Set<string>();
  for (const { t, b } of spanRows) {
    if (seen.has(t)) continue;
    seen.add(t);
    if (b >= 0 && b < toMs - origin) began.add(t);
  }
  return {
    fromMs,
    toMs,
    spans: spanRows
      .filter(({ t }) => began.has(t))
      .map((row): RecordSpan => ({
        traceId: row.t,
        spanId: row.s,
        parentId: row.p,
        name: row.n,
        kind: row.k,
        service: row.v,
        instance: row.i,
        host: row.h,
        startMs: origin + row.b,
        durationMs: row.d,
        failed: row.f === 1,
        peer: row.e,
        database: row.q,
      })),
    logs: logRows
      .filter(({ t }) => began.has(t))
      .map((row): RecordLog => ({
        timeMs: origin + row.a,
        traceId: row.t,
        spanId: row.s,
        service: row.v,
        instance: row.i,
        severity: row.l,
        body: row.b,
      })),
  };
});
