import { Effect } from 'effect';
import type { EngineUnavailable, QueryFailed } from '../../domain/errors.ts';
import { limits } from '../../domain/limits.ts';
import { QueryClient } from '../../store/query-client.ts';
import type { TimeRange } from '../question.ts';
import type { Span } from '../span.ts';
import { textList } from '../sql.ts';
import { during } from '../time-sql.ts';
import { profileOf, type TraceProfile } from './profile.ts';

interface Row {
  readonly trace: string;
  readonly span: string;
  readonly parent: string;
  readonly service: string;
  readonly operation: string;
  readonly kind: string;
  /** Nanoseconds since the start of the range: doubles hold them exactly for months. */
  readonly startNs: number;
  readonly durationNs: number;
  readonly status: string;
}

/** Spans of a trace may begin this long before or after those that chose it. */
const aroundMs = 60_000;

/** What each of the traces spent on what; whole traces, those that are cut by the limit of spans left out. */
export const readProfiles = Effect.fnUntraced(function* (
  traceIds: readonly string[],
  { fromMs, toMs }: TimeRange,
): Effect.fn.Return<readonly TraceProfile[], QueryFailed | EngineUnavailable, QueryClient> {
  if (traceIds.length === 0) return [];
  const client = yield* QueryClient;
  const range = { fromMs: fromMs - aroundMs, toMs: toMs + aroundMs };
  const origin = Math.floor(range.fromMs);
  const rows = yield* client.rows<Row>(
    `SELECT TraceId AS trace, SpanId AS span, ParentSpanId AS parent, ServiceName AS service, SpanName AS operation, SpanKind AS kind,
  toFloat64(toUnixTimestamp64Nano(Timestamp) - ${origin} * 1000000) AS startNs, toFloat64(Duration) AS durationNs, StatusCode AS status
FROM otel_traces WHERE ${during(range)} AND TraceId IN ${textList(traceIds)}
ORDER BY TraceId, Timestamp, SpanId LIMIT ${limits.explain.sideSpans}`,
  );
  const byTrace = [...Map.groupBy(rows, ({ trace }) => trace)];
  const whole = rows.length < limits.explain.sideSpans || byTrace.length === 1 ? byTrace : byTrace.slice(0, -1);
  return whole.flatMap(([traceId, own]) => {
    const profile = profileOf(traceId, own.map(spanOf));
    return profile === null ? [] : [profile];
  });
});

const spanOf = ({ span, parent, ...row }: Row): Span => ({
  spanId: span,
  parentSpanId: parent,
  service: row.service,
  operation: row.operation,
  kind: row.kind,
  startNs: row.startNs,
  durationNs: row.durationNs,
  status: row.status,
  statusMessage: '',
  attributes: {},
  resource: {},
  events: [],
  links: [],
  dropped: 0,
});
