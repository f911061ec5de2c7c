import type { EvidenceQuery } from './evidence/evidence.ts';
import type { TraceContext } from './context.ts';
import type { PathSegment } from './critical-path.ts';
import type { Nearby, Sampled } from './nearby.ts';
import { moment, operationList, second, textList, type OperationKey } from './sql.ts';
import { durationOf, type TreeSpan } from './tree-span.ts';
import { spanBuckets } from '../store/queries.ts';
import { quoteText } from '../store/sql-text.ts';
import { during } from './time-sql.ts';

/** Statements about the spans around a trace. They read raw spans, so `Sampled` bounds them in time and by trace id. */

/** Where a span's process runs; empty where it does not say. */
export const hostName =
  "if(ResourceAttributes['host.name'] != '', ResourceAttributes['host.name'], ResourceAttributes['k8s.node.name'])";

/** As `obs_service_instances` names a process. */
export const instanceName = `multiIf(ResourceAttributes['service.instance.id'] != '', ResourceAttributes['service.instance.id'],
    ResourceAttributes['k8s.pod.name'] != '', ResourceAttributes['k8s.pod.name'],
    ResourceAttributes['process.pid'] != '', concat(${hostName}, ':', ResourceAttributes['process.pid']), ${hostName})`;

/** How many spans all services sent in both periods: what reading them costs. */
export const spanCountSql = ({ usualFrom, usualTo, recentFrom, recentTo }: Sampled): string =>
  `SELECT sum(Calls) AS spans FROM obs_red_service_10s
WHERE Time >= ${second(usualFrom)} AND Time < ${second(recentTo)} AND (Time < ${second(usualTo)} OR Time >= ${second(recentFrom)})`;

/** In either of the two periods. */
const sampledTime = ({ usualFrom, usualTo, recentFrom, recentTo }: Sampled): string =>
  `${during({ fromMs: usualFrom * 1000, toMs: recentTo * 1000 })}
    AND (Timestamp < ${seconds(usualTo)} OR Timestamp >= ${seconds(recentFrom)})`;

const spansWhere = (
  sampled: Sampled,
  operations: readonly OperationKey[],
  below: string,
): string => `${sampledTime(sampled)}
    AND (ServiceName, SpanKind, SpanName) IN ${operationList(operations)}${below === '' ? '' : ` AND TraceId < ${quoteText(below)}`}`;

const seconds = (unixSeconds: number): string => moment(BigInt(unixSeconds) * 1_000_000_000n);

/** Calls, errors, median and p95 of a period, as columns with a prefix. */
const statsOf = (prefix: 'recent' | 'usual', is: string): string =>
  `countIf(${is}) AS ${prefix}_calls, countIf(${is} AND StatusCode = 'Error') AS ${prefix}_errors,
  arrayMap(ns -> round(ifNotFinite(ns, 0) / 1e6, 3), quantilesExactIf(0.5, 0.95)(Duration, ${is})) AS ${prefix}_p50_p95_ms`;

const periods = ({ usualTo, recentFrom }: Sampled): readonly [string, string] => [
  `Timestamp >= ${seconds(recentFrom)}`,
  `Timestamp < ${seconds(usualTo)}`,
];

/** Operations by process. */
export function instancesSql(sampled: Sampled, operations: readonly OperationKey[]): string {
  const [recent, usual] = periods(sampled);
  return `SELECT ServiceName AS service, SpanKind AS kind, SpanName AS operation,
  ${instanceName} AS instance, ${hostName} AS host, ResourceAttributes['service.version'] AS version,
  ${statsOf('recent', recent)},
  ${statsOf('usual', usual)}
FROM otel_traces
WHERE ${spansWhere(sampled, operations, sampled.instancesBelow)}
GROUP BY service, kind, operation, instance, host, version HAVING instance != ''
ORDER BY service, kind, operation, recent_calls DESC, instance, host, version LIMIT 400`;
}

/** Attributes whose values may name a key, a partition, a tenant or a customer. */
const keyName =
  '(?i)(tenant|customer|account|user|member|org|shard|partition|bucket|key|sku|product|item|region|warehouse|namespace|collection|parameter|database_index|db\\.name)|[._]id$|^(url\\.path|http\\.target|baggage\\..*)$';
/** Of which there is another for each call, or one for all. */
const noKeyName =
  '(?i)user_agent|thread|trace|span|request[._]id|message[._]id|correlation|session|conversation|api[._]key|^(client|server|network|net|peer|telemetry|otel|process)[._]|sampl|monkey|keyboard';

/** Operations by the values of attributes that name a key: those with most calls. */
export function valuesSql(sampled: Sampled, operations: readonly OperationKey[], onlyKey?: string): string {
  const [recent, usual] = periods(sampled);
  const isKey =
    onlyKey === undefined
      ? `match(name, ${quoteText(keyName)}) AND NOT match(name, ${quoteText(noKeyName)})`
      : `name = ${quoteText(onlyKey)}`;
  return `SELECT service, kind, operation, key, value, recent_calls, recent_errors, recent_p50_p95_ms, usual_calls, usual_errors, usual_p50_p95_ms,
  sum(recent_calls) OVER (PARTITION BY service, kind, operation, key) AS recent_calls_of_all,
  sum(usual_calls) OVER (PARTITION BY service, kind, operation, key) AS usual_calls_of_all
FROM (
  SELECT ServiceName AS service, SpanKind AS kind, SpanName AS operation, key, substringUTF8(SpanAttributes[key], 1, 100) AS value,
  ${statsOf('recent', recent)},
  ${statsOf('usual', usual)}
  FROM otel_traces
  ARRAY JOIN arrayFilter(name -> ${isKey}, mapKeys(SpanAttributes)) AS key
  WHERE ${spansWhere(sampled, operations, sampled.attributesBelow)}
  GROUP BY service, kind, operation, key, value
)
ORDER BY service, kind, operation, key, recent_calls DESC, usual_calls DESC, value
LIMIT ${onlyKey === undefined ? 60 : 20} BY service, kind, operation, key
LIMIT 2000`;
}

const sizeNames = [
  'http.request.body.size',
  'http.response.body.size',
  'http.request.size',
  'http.response.size',
  'http.request_content_length',
  'http.response_content_length',
  'http.request.header.content-length',
  'http.response.header.content-length',
  'db.response.returned_rows',
  'db.response.body.size',
  'messaging.message.body.size',
  'messaging.message.envelope.size',
  'messaging.message_payload_size_bytes',
  'messaging.batch.message_count',
  'rpc.request.size',
  'rpc.response.size',
  'rpc.message.uncompressed_size',
] as const;

/** How large what operations sent and received was, by the attribute that tells it. */
export function sizesSql(sampled: Sampled, operations: readonly OperationKey[]): string {
  const [recent, usual] = periods(sampled);
  const quantiles = (is: string): string =>
    `arrayMap(size -> ifNotFinite(size, 0), quantilesExactIf(0.5, 0.95)(size, ${is}))`;
  return `SELECT ServiceName AS service, SpanKind AS kind, SpanName AS operation, key,
  countIf(${recent}) AS recent_calls, ${quantiles(recent)} AS recent_p50_p95,
  countIf(${usual}) AS usual_calls, ${quantiles(usual)} AS usual_p50_p95
FROM (
  SELECT Timestamp, ServiceName, SpanKind, SpanName, key, toFloat64OrZero(SpanAttributes[key]) AS size
  FROM otel_traces
  ARRAY JOIN arrayIntersect(mapKeys(SpanAttributes), [${sizeNames.map(quoteText).join(', ')}]) AS key
  WHERE ${spansWhere(sampled, operations, sampled.attributesBelow)}
)
GROUP BY service, kind, operation, key ORDER BY service, kind, operation, key LIMIT 200`;
}

/** When processes of services were first seen within a day. */
export const startsSql = (services: readonly string[], endNs: bigint): string =>
  `SELECT ServiceName AS service, InstanceId AS instance, toUnixTimestamp64Milli(min(FirstSeen)) AS first_seen_ms
FROM obs_service_instances
WHERE ServiceName IN ${textList(services)} AND Hour >= ${second(Number(endNs / 1_000_000_000n) - 86_400)} AND Hour <= ${second(Number(endNs / 1_000_000_000n))}
  AND InstanceId != '' AND FirstSeen <= ${moment(endNs)}
GROUP BY service, instance ORDER BY first_seen_ms DESC, service, instance LIMIT 1000`;

/** Log records of services around the trace, and how many name a trace. */
export const logIdsSql = (services: readonly string[], fromNs: bigint, toNs: bigint): string =>
  `SELECT ServiceName AS service, count() AS records, countIf(TraceId != '') AS with_trace
FROM otel_logs
WHERE ServiceName IN ${textList(services)} AND Timestamp >= ${moment(fromNs)} AND Timestamp < ${moment(toNs)}
GROUP BY service ORDER BY service`;

/** Statements and transactions of any trace that ran between two moments for at least `leastNs`, the longest first. */
const overlappingSql = (fromNs: bigint, toNs: bigint, leastNs: bigint, service?: string): string => {
  const [from, to] = [moment(fromNs - overlapLookbackNs), moment(toNs)];
  const time = `${spanBuckets(from, to)} AND Timestamp >= ${from} AND Timestamp < ${to}`;
  return `SELECT TraceId AS trace, SpanId AS span, ServiceName AS service, SpanKind AS kind, SpanName AS operation,
  toUnixTimestamp64Nano(Timestamp) AS start, Duration AS duration, round(Duration / 1e6, 3) AS duration_ms, StatusCode AS status,
  mapFilter((name, value) -> startsWith(name, 'db.'), SpanAttributes) AS attributes
FROM otel_traces
WHERE ${time} AND Duration >= ${leastNs}
  AND toUnixTimestamp64Nano(Timestamp) + Duration > ${fromNs}${service === undefined ? '' : ` AND ServiceName = ${quoteText(service)}`}
  AND ((SpanKind = 'Client' AND (mapContains(SpanAttributes, 'db.system.name') OR mapContains(SpanAttributes, 'db.system')))
    OR (SpanKind = 'Internal' AND match(SpanName, '(?i)transaction|\\\\btx\\\\b|^BEGIN'))
    OR (TraceId, SpanId) IN (
      SELECT TraceId, ParentSpanId FROM otel_traces
      WHERE ${time}
        AND SpanKind = 'Client' AND ParentSpanId != '' AND match(SpanName, '${beginsTransaction}')
    ))
ORDER BY duration DESC, start, span LIMIT 60`;
};

/** The statement that begins a transaction: what called it holds the locks until it ends. */
const beginsTransaction = '(?i)^(begin|start transaction)\\\\b';
const overlapLookbackNs = 30_000_000_000n;

/** How an operation fared in each process: what `instances` came from. */
export const instancesEvidence = (
  { sampled }: Nearby,
  title: string,
  operation: OperationKey,
): readonly EvidenceQuery[] => (sampled === null ? [] : [{ title, sql: instancesSql(sampled, [operation]) }]);

/** How an operation fared by the values of one attribute. */
export const valuesEvidence = (
  { sampled }: Nearby,
  title: string,
  operation: OperationKey,
  key: string,
): readonly EvidenceQuery[] => (sampled === null ? [] : [{ title, sql: valuesSql(sampled, [operation], key) }]);

export const sizesEvidence = ({ sampled }: Nearby, title: string, operation: OperationKey): readonly EvidenceQuery[] =>
  sampled === null ? [] : [{ title, sql: sizesSql(sampled, [operation]) }];

/** The statement that finds what ran while a span waited, for at least a quarter of its time. */
export function overlappingOf(span: TreeSpan, { data }: Pick<TraceContext, 'data'>): string {
  const at = (ns: number): bigint => data.originNs + BigInt(Math.round(ns - span.shiftNs));
  return overlappingSql(at(span.startNs), at(span.endNs), BigInt(Math.round(durationOf(span) / 4)));
}

/** The same of one service, while it did nothing that left a span in this trace. */
export function duringWait({ span, fromNs, toNs }: PathSegment, { data }: Pick<TraceContext, 'data'>): string {
  const at = (ns: number): bigint => data.originNs + BigInt(Math.round(ns - span.shiftNs));
  return overlappingSql(at(fromNs), at(toNs), BigInt(Math.round((toNs - fromNs) / 8)), span.service);
}

/** A span that says whether a cache had what was asked for: `cache.hit`, `cache.result` and their like. */
const saysHit = "match(name, '(?i)(^|[._])cache[._]?(hit|status|result)$|^hit$')";
const isMiss = "match(said, '(?i)^(false|miss|0|none|expired|stale|bypass)$')";

/** Look-ups of services in their caches, and how many found nothing, lately and usually. */
export function lookUpsSql(sampled: Sampled, services: readonly string[]): string {
  const { attributesBelow } = sampled;
  const [recent, usual] = periods(sampled);
  return `SELECT service, kind, operation, countIf(${recent}) AS recent_calls, countIf(${recent} AND ${isMiss}) AS recent_misses,
  countIf(${usual}) AS usual_calls, countIf(${usual} AND ${isMiss}) AS usual_misses
FROM (
  SELECT Timestamp, ServiceName AS service, SpanKind AS kind, SpanName AS operation,
    SpanAttributes[arrayFirst(name -> ${saysHit}, mapKeys(SpanAttributes))] AS said
  FROM otel_traces
  WHERE ${sampledTime(sampled)}
    AND ServiceName IN ${textList(services)} AND SpanKind NOT IN ('Server', 'Consumer')${attributesBelow === '' ? '' : ` AND TraceId < ${quoteText(attributesBelow)}`}
)
WHERE said != '' GROUP BY service, kind, operation ORDER BY service, recent_calls DESC, operation, kind LIMIT 50`;
}

export const lookUpsEvidence = ({ sampled }: Nearby, title: string, service: string): readonly EvidenceQuery[] =>
  sampled === null ? [] : [{ title, sql: lookUpsSql(sampled, [service]) }];

export const overlappingEvidence = (context: TraceContext, title: string, span: TreeSpan): EvidenceQuery => ({
  title,
  sql: overlappingOf(span, context),
});
