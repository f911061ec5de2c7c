import { limits } from '../../engine/domain/limits.ts';
import { criticalPath } from '../../engine/explain/critical-path.ts';
import type { Span } from '../../engine/explain/span.ts';
import { buildTree } from '../../engine/explain/trace-tree.ts';
import { traceSpansQuery, type BoundQuery } from '../../engine/store/queries.ts';
import type { RequestFor, TraceDetail } from '../state/data.ts';
import { attributes, list, number, text, type Panel, type Row } from './panel.ts';

const columns = `TraceId AS traceId, SpanId AS spanId, ParentSpanId AS parentSpanId, ServiceName AS service, SpanName AS operation, SpanKind AS kind,
  toString(toUnixTimestamp64Nano(Timestamp)) AS startNs, toFloat64(Duration) AS durationNs, StatusCode AS status, StatusMessage AS statusMessage,
  SpanAttributes AS attributes, ResourceAttributes AS resource, Events.Name AS eventNames,
  arrayMap(t -> toString(toUnixTimestamp64Nano(t)), Events.Timestamp) AS eventTimes, Events.Attributes AS eventAttributes,
  Links.TraceId AS linkTraces, Links.SpanId AS linkSpans,
  toFloat64(DroppedAttributesCount + DroppedEventsCount + DroppedLinksCount) AS dropped, toFloat64(count() OVER ()) AS spansInAll`;

/** A trace as a tree with its critical path, both as `obs explain` sees them. */
export function tracePanel(request: RequestFor<'trace'>): Panel<'trace'> {
  const { traceId } = request;
  return {
    statements: [
      traceId.length === 32
        ? traceSpansQuery(traceId, { columns, limit: limits.watch.spansPerTrace })
        : newestOfPrefix(traceId),
    ],
    decode: (rows = []) => decode(request.traceId, rows),
  };
}

/** Of the first digits of an id: the newest trace that begins so. */
function newestOfPrefix(prefix: string): BoundQuery {
  return {
    sql: `SELECT ${columns}
FROM otel_traces
WHERE TraceId = (SELECT TraceId FROM otel_traces_trace_id_ts WHERE startsWith(TraceId, {prefix:String})
  GROUP BY TraceId ORDER BY min(Start) DESC LIMIT 1)
ORDER BY Timestamp, SpanId
LIMIT {limit:UInt64}`,
    parameters: { prefix, limit: limits.watch.spansPerTrace },
  };
}

function decode(asked: string, rows: readonly Row[]): TraceDetail {
  const originNs = rows.reduce<bigint | null>((least, row) => {
    const start = BigInt(text(row, 'startNs'));
    return least === null || start < least ? start : least;
  }, null);
  const traceId = text(rows[0] ?? {}, 'traceId') || asked;
  if (originNs === null) return { traceId, originMs: 0, tree: null, path: null, leftOut: 0 };
  const tree = buildTree(
    rows.map((row) => spanOf(row, originNs)),
    traceId,
  );
  return {
    traceId,
    originMs: Number(originNs / 1000n) / 1000,
    tree,
    path: tree === null ? null : criticalPath(tree.root),
    leftOut: number(rows[0] ?? {}, 'spansInAll') - rows.length,
  };
}

function spanOf(row: Row, originNs: bigint): Span {
  const eventTimes = list(row, 'eventTimes');
  const eventAttributes = list(row, 'eventAttributes');
  const linkSpans = list(row, 'linkSpans');
  return {
    spanId: text(row, 'spanId'),
    parentSpanId: text(row, 'parentSpanId'),
    service: text(row, 'service'),
    operation: text(row, 'operation'),
    kind: text(row, 'kind'),
    startNs: sinceOrigin(text(row, 'startNs'), originNs),
    durationNs: number(row, 'durationNs'),
    status: text(row, 'status'),
    statusMessage: text(row, 'statusMessage'),
    attributes: attributes(row['attributes']),
    resource: attributes(row['resource']),
    events: list(row, 'eventNames').map((name, i) => ({
      atNs: sinceOrigin(String(eventTimes[i] ?? originNs), originNs),
      name: String(name),
      attributes: attributes(eventAttributes[i]),
    })),
    links: list(row, 'linkTraces').map((id, i) => ({ traceId: String(id), spanId: String(linkSpans[i] ?? '') })),
    dropped: number(row, 'dropped'),
  };
}

function sinceOrigin(ns: string, originNs: bigint): number {
  return Number(BigInt(ns) - originNs);
}
