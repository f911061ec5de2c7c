import { spanBuckets } from '../store/queries.ts';
import { quoteText } from '../store/sql-text.ts';
import type { EvidenceQuery } from './evidence/evidence.ts';
import type { TraceContext } from './context.ts';
import { moment, second, textList } from './sql.ts';
import type { TraceTree } from './trace-tree.ts';

const hourNs = 3_600_000_000_000n;
/** How far back versions are compared span by span. */
const comparedHours = 6n;

export interface EntryOperation {
  readonly service: string;
  readonly operation: string;
}

/** What services were asked for in the trace: their server and consumer spans. */
export function entryOperations(tree: TraceTree, services: readonly string[]): readonly EntryOperation[] {
  const entries = tree.spans.filter(
    ({ kind, service }) => (kind === 'Server' || kind === 'Consumer') && services.includes(service),
  );
  const byKey = new Map(
    entries.map(({ service, operation }) => [`${service}\u0000${operation}`, { service, operation }]),
  );
  return [...byKey.values()].slice(0, 200);
}

/** Which versions of services ran in the day before `end`; a cheap look before spans are read. */
export function seenVersionsSql(services: readonly string[], end: bigint): string {
  return `SELECT ServiceName AS service, uniqExact(ServiceVersion) AS versions
FROM obs_service_instances
WHERE ServiceName IN ${textList(services)} AND ServiceVersion != ''
  AND Hour >= ${second(Number((end - 24n * hourNs) / 1_000_000_000n))} AND Hour <= ${second(Number(end / 1_000_000_000n))}
GROUP BY service HAVING versions > 1 ORDER BY service LIMIT 1000`;
}

/** Calls, errors and durations of operations by version, over the last hours up to `end`. */
export function versionsSql(operations: readonly EntryOperation[], end: bigint): string {
  const pairs = operations
    .map(({ service, operation }) => `(${quoteText(service)}, ${quoteText(operation)})`)
    .join(', ');
  const [from, to] = [moment(end - comparedHours * hourNs), moment(end)];
  return `SELECT ServiceName AS service, ResourceAttributes['service.version'] AS version,
  toUnixTimestamp64Milli(min(Timestamp)) AS first_seen_ms, count() AS calls, countIf(StatusCode = 'Error') AS errors,
  arrayMap(ns -> round(ns / 1e6, 3), quantilesDD(0.01, 0.5, 0.95)(Duration)) AS p50_p95_ms
FROM otel_traces
WHERE (ServiceName, SpanName) IN (${pairs}) AND SpanKind IN ('Server', 'Consumer')
  AND ${spanBuckets(from, to)} AND Timestamp >= ${from} AND Timestamp <= ${to}
GROUP BY service, version HAVING version != '' ORDER BY service, first_seen_ms, version LIMIT 200`;
}

export function versionsEvidence(
  context: TraceContext,
  title: string,
  operations: readonly EntryOperation[],
): EvidenceQuery {
  return { title, sql: versionsSql(operations, context.untilNs) };
}
