import { Effect } from 'effect';
import type { EngineUnavailable, QueryFailed } from '../../domain/errors.ts';
import { limits } from '../../domain/limits.ts';
import { traceLogsQuery, traceSpansQuery } from '../../store/queries.ts';
import { QueryClient } from '../../store/query-client.ts';
import { quoteText } from '../../store/sql-text.ts';
import { longestNs, type Span, type TraceData, type TraceLog } from '../span.ts';

interface SpanRow {
  readonly start: string;
  readonly span: string;
  readonly parent: string;
  readonly service: string;
  readonly operation: string;
  readonly kind: string;
  readonly duration: string;
  readonly status: string;
  readonly message: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly resource: Readonly<Record<string, string>>;
  readonly eventTimes: readonly string[];
  readonly eventNames: readonly string[];
  readonly eventAttributes: readonly Readonly<Record<string, string>>[];
  readonly linkTraces: readonly string[];
  readonly linkSpans: readonly string[];
  readonly dropped: string | number;
}

/** Nanoseconds, which come as text as all 64-bit integers do: JSON numbers would lose the last three digits. */
const nanos = (column: string): string => `toUnixTimestamp64Nano(${column})`;

const spanColumns = `${nanos('Timestamp')} AS start, SpanId AS span, ParentSpanId AS parent, ServiceName AS service,
  SpanName AS operation, SpanKind AS kind, Duration AS duration, StatusCode AS status, StatusMessage AS message,
  SpanAttributes AS attributes, ResourceAttributes AS resource,
  arrayMap(at -> ${nanos('at')}, \`Events.Timestamp\`) AS eventTimes, \`Events.Name\` AS eventNames,
  \`Events.Attributes\` AS eventAttributes, \`Links.TraceId\` AS linkTraces, \`Links.SpanId\` AS linkSpans,
  DroppedAttributesCount + DroppedEventsCount + DroppedLinksCount + CutValues AS dropped`;

interface LogRow {
  readonly time: string;
  readonly span: string;
  readonly service: string;
  readonly severity: string;
  readonly severityNumber: number;
  readonly body: string;
  readonly exceptionType: string;
  readonly exceptionMessage: string;
}

const logColumns = `${nanos('Timestamp')} AS time, SpanId AS span, ServiceName AS service, SeverityText AS severity,
  SeverityNumber AS severityNumber, substringUTF8(Body, 1, 1000) AS body,
  LogAttributes['exception.type'] AS exceptionType, LogAttributes['exception.message'] AS exceptionMessage`;

/** A few granules are read: setting up a second thread takes longer than it helps, and the two statements run beside each other. */
const oneThread = { max_threads: 1 } as const;

/** The spans and logs of a trace; null when the store has no span of it. */
export const loadTrace = Effect.fnUntraced(function* (
  traceId: string,
): Effect.fn.Return<TraceData | null, QueryFailed | EngineUnavailable, QueryClient> {
  const client = yield* QueryClient;
  const { spansPerTrace, logsPerTrace } = limits.explain;
  const spansQuery = traceSpansQuery(traceId, { columns: spanColumns, limit: spansPerTrace + 1 });
  const logsQuery = traceLogsQuery(traceId, { columns: logColumns, limit: logsPerTrace + 1 });
  const [indexed, logRows] = yield* Effect.all(
    [
      client.rows<SpanRow>(spansQuery.sql, { parameters: spansQuery.parameters, settings: oneThread }),
      client.rows<LogRow>(logsQuery.sql, { parameters: logsQuery.parameters, settings: oneThread }),
    ],
    { concurrency: 2 },
  );
  // An insert reaches the spans a moment before the table of their times.
  const found = indexed.length > 0 ? indexed : yield* client.rows<SpanRow>(unindexedSql(traceId, spansPerTrace + 1));
  const isCut = found.length > spansPerTrace;
  const { rows, total } = isCut ? yield* loadTelling(traceId, found) : { rows: found, total: found.length };
  const [first] = rows;
  if (first === undefined) return null;
  // Rows come by start, so the first is the origin.
  const originNs = BigInt(first.start);
  return {
    traceId,
    originNs,
    spans: rows.map((row) => spanOf(row, originNs)),
    logs: logRows.slice(0, logsPerTrace).map((row) => logOf(row, originNs)),
    isCut,
    total,
    areLogsCut: logRows.length > logsPerTrace,
  };
});

/** Of a trace with more spans than can be read, those that tell most, by start. @param earliest what there is instead */
const loadTelling = Effect.fnUntraced(function* (
  traceId: string,
  earliest: readonly SpanRow[],
): Effect.fn.Return<
  { readonly rows: readonly SpanRow[]; readonly total: number },
  QueryFailed | EngineUnavailable,
  QueryClient
> {
  const client = yield* QueryClient;
  const limit = limits.explain.spansPerTrace;
  const [telling, counted] = [
    traceSpansQuery(traceId, { columns: spanColumns, limit, tellingFirst: true }),
    traceSpansQuery(traceId, { columns: 'count() OVER () AS total', limit: 1 }),
  ];
  const rows = yield* client.rows<SpanRow>(telling.sql, { parameters: telling.parameters, settings: oneThread });
  const [row] = yield* client.rows<{ readonly total: string | number }>(counted.sql, {
    parameters: counted.parameters,
  });
  if (rows.length === 0) return { rows: earliest.slice(0, limit), total: earliest.length };
  // Nanoseconds of one length of digits: as text they are in order of time.
  const byStart = rows.toSorted((a, b) => (a.start < b.start ? -1 : a.start > b.start ? 1 : a.span < b.span ? -1 : 1));
  return { rows: byStart, total: Number(row?.total ?? earliest.length) };
});

const unindexedSql = (traceId: string, limit: number): string =>
  `SELECT ${spanColumns} FROM otel_traces WHERE TraceId = ${quoteText(traceId)} ORDER BY Timestamp, SpanId LIMIT ${limit}`;

const since = (time: string, originNs: bigint): number => Number(BigInt(time) - originNs);

function spanOf(row: SpanRow, originNs: bigint): Span {
  return {
    spanId: row.span,
    parentSpanId: row.parent,
    service: row.service,
    operation: row.operation,
    kind: row.kind,
    startNs: since(row.start, originNs),
    durationNs: Math.min(Number(row.duration), longestNs),
    status: row.status,
    statusMessage: row.message,
    attributes: row.attributes,
    resource: row.resource,
    events: row.eventTimes.map((time, at) => ({
      atNs: since(time, originNs),
      name: row.eventNames[at] ?? '',
      attributes: row.eventAttributes[at] ?? {},
    })),
    links: row.linkTraces.map((traceId, at) => ({ traceId, spanId: row.linkSpans[at] ?? '' })),
    dropped: Number(row.dropped),
  };
}

function logOf(row: LogRow, originNs: bigint): TraceLog {
  return {
    atNs: since(row.time, originNs),
    spanId: row.span,
    service: row.service,
    severity: row.severity,
    severityNumber: Number(row.severityNumber),
    body: row.body,
    exceptionType: row.exceptionType,
    exceptionMessage: row.exceptionMessage,
  };
}
