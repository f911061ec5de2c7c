import { mostEvidence, receivedId } from './candidate.ts';
import type { TraceContext } from './context.ts';
import type { EvidenceQuery } from './evidence/evidence.ts';
import { callRatesSql, moment, second, textList, windowsSql, type OperationKey } from './sql.ts';
import { quoteText } from '../store/sql-text.ts';
import { comparedPeriods, endOf, windowAt } from './times.ts';
import type { TreeSpan } from './tree-span.ts';

/** Statements that findings of several shapes give as evidence. */

/** When the trace was, for WHERE: from its first start to its last, as the store has them. */
function traceTime({ data }: TraceContext): { readonly from: bigint; readonly to: bigint } {
  const lastStart = data.spans.reduce((most, { startNs }) => Math.max(most, startNs), 0);
  return { from: data.originNs, to: data.originNs + BigInt(lastStart) };
}

export function spansEvidence(
  context: TraceContext,
  title: string,
  spans: readonly TreeSpan[],
  attributes: readonly string[] = [],
): EvidenceQuery {
  const { from, to } = traceTime(context);
  const ids = [...new Set(spans.filter((span) => !span.synthetic).map((span) => receivedId(span.spanId)))].slice(
    0,
    mostEvidence,
  );
  const extra = attributes
    .map((name) => `, SpanAttributes[${quoteText(name)}] AS ${quoteText(name).replaceAll("'", '`')}`)
    .join('');
  return {
    title,
    sql: `SELECT SpanId AS span, ServiceName AS service, SpanName AS operation, formatDateTime(Timestamp, '%H:%i:%S.%f', 'UTC') AS start,
  round(Duration / 1e6, 3) AS duration_ms, StatusCode AS status, StatusMessage AS message${extra}
FROM otel_traces
WHERE TraceId = ${quoteText(context.data.traceId)} AND Timestamp >= ${moment(from)} AND Timestamp <= ${moment(to)}
  AND SpanId IN ${textList(ids)}
ORDER BY Timestamp, SpanId, SpanKind, Duration LIMIT ${10 * mostEvidence}`,
  };
}

export function usualEvidence(
  { history }: TraceContext,
  title: string,
  operations: readonly [OperationKey, ...OperationKey[]],
): EvidenceQuery {
  return { title, sql: history.statementOf(operations) };
}

/** The operation by windows of 10 s, from five minutes before the trace to a minute after. */
export function windowsEvidence({ data, untilNs }: TraceContext, operation: OperationKey): EvidenceQuery {
  const toSeconds = windowAt(untilNs);
  const fromSeconds = windowAt(data.originNs) - 300;
  return {
    title: 'The operation around this trace, in steps of 10 s',
    sql: windowsSql([operation], { fromSeconds, toSeconds }),
  };
}

/** How often the operations of a service ran, lately and before. */
export function callRatesEvidence(context: TraceContext, title: string, service: string): EvidenceQuery {
  const { usual, recent } = comparedPeriods(context);
  return { title, sql: callRatesSql([service], usual, recent) };
}

/** Logs of the trace at and above WARN. */
export function logsEvidence(context: TraceContext, title: string): EvidenceQuery {
  const { from } = traceTime(context);
  return {
    title,
    sql: `SELECT formatDateTime(Timestamp, '%H:%i:%S.%f', 'UTC') AS time, ServiceName AS service, SeverityText AS severity, Body AS body,
  LogAttributes['exception.type'] AS exception, SpanId AS span
FROM otel_logs
WHERE TraceId = ${quoteText(context.data.traceId)} AND Timestamp >= ${moment(from - 60_000_000_000n)} AND Timestamp <= ${moment(endOf(context) + 60_000_000_000n)}
  AND SeverityNumber >= 13
ORDER BY Timestamp, ServiceName, Body LIMIT 20`,
  };
}

/** Greatest value of metrics of a service in steps of 10 s over a while up to the end of the trace. */
export function metricEvidence(
  context: TraceContext,
  title: string,
  metric: { readonly service: string; readonly names: readonly string[]; readonly minutes: number },
): EvidenceQuery {
  const toSeconds = Number(endOf(context) / 1_000_000_000n);
  const part = (table: string): string =>
    `  SELECT TimeUnix, MetricName, Attributes, Value FROM ${table}
  WHERE ServiceName = ${quoteText(metric.service)} AND MetricName IN ${textList(metric.names)}
    AND TimeUnix >= ${second(toSeconds - metric.minutes * 60)} AND TimeUnix < ${second(toSeconds)}`;
  return {
    title,
    sql: `SELECT formatDateTime(toStartOfInterval(TimeUnix, INTERVAL 10 SECOND), '%H:%i:%S', 'UTC') AS time, MetricName AS metric,
  max(Value) AS value, toString(Attributes) AS attributes
FROM (
${part('otel_metrics_gauge')}
  UNION ALL
${part('otel_metrics_sum')}
)
GROUP BY time, metric, attributes ORDER BY metric, attributes, time LIMIT 2000`,
  };
}
