import type { Delay, DelayGroup } from '../../cause/records/delays.ts';
import { median } from '../../cause/records/resources.ts';
import { quoteText } from '../../store/sql-text.ts';
import { instanceSql } from './read-window.ts';
import { type ComparedWindows, spansThere, tracesThere } from './windows-sql.ts';

/** How often something took long, by window. */
export interface GapCount {
  readonly window: string;
  readonly calls: string | number;
  readonly late: string | number;
}

/** The times of a delay that tell most, and from when on one is long: the usual one and half of the delay. */
export interface TellingGaps {
  readonly group: DelayGroup;
  readonly lateMs: number;
}

export function tellingGaps({ groups, delayMs }: Delay): TellingGaps | null {
  const [first] = groups;
  if (first === undefined) return null;
  const usualMs = median(first.group.measured.map((one) => one.usualMs));
  return { group: first.group, lateMs: Math.round(10 * (usualMs + delayMs / 2)) / 10 };
}

/**
 * Counts times of one kind: on the way to a callee or back (of spans whose only child is the callee's, in another
 * instance), in a call to a database, or of a span in none of its children.
 */
export function countGapsSql(instance: string, { group, lateMs }: TellingGaps, windows: ComparedWindows): string {
  const { kind, role, other } = group;
  const isCrossing = kind === 'before' || kind === 'after';
  const services = [...new Set(group.measured.map(({ span }) => span.service))].toSorted();
  const own = `ServiceName IN (${services.map(quoteText).join(', ')})`;
  const name = kind === 'own' ? ` AND SpanName = ${quoteText(other)}` : '';
  const which = isCrossing
    ? `length(below) = 1 AND ${role === 'caller' ? `instance = ${quoteText(instance)} AND below[1].3 != instance AND below[1].5 = ${quoteText(other)}` : `below[1].3 = ${quoteText(instance)} AND instance != below[1].3`}`
    : `instance = ${quoteText(instance)} AND ${kind === 'database' ? "length(below) = 0 AND database != ''" : `NOT (length(below) = 1 AND below[1].3 != instance) AND NOT (length(below) = 0 AND database != '')`}`;
  return `WITH began AS (
  ${tracesThere(windows)}
)
SELECT window, count() AS calls, countIf(ns >= ${Math.round(lateMs * 1e6)}) AS late, round(quantileExact(0.5)(ns) / 1e6, 1) AS median_ms FROM (
  SELECT began.window AS window, ${nanoseconds[kind]} AS ns
  FROM (
    SELECT TraceId, SpanId, ${instanceSql} AS instance, toUnixTimestamp64Nano(Timestamp) AS start, start + toInt64(Duration) AS end,
      if(SpanAttributes['db.system.name'] != '', SpanAttributes['db.system.name'], SpanAttributes['db.system']) AS database
    FROM otel_traces WHERE ${spansThere(windows)}
      AND ${own}${name}
    ORDER BY Timestamp, SpanId, ServiceName, SpanName, Duration LIMIT 1 BY TraceId, SpanId
  ) AS span INNER JOIN began USING (TraceId)
  LEFT JOIN (
    SELECT TraceId, ParentSpanId, arraySort(groupUniqArray((toUnixTimestamp64Nano(Timestamp), toUnixTimestamp64Nano(Timestamp) + toInt64(Duration), ${instanceSql}, SpanId, ServiceName))) AS below
    FROM otel_traces WHERE ${spansThere(windows)} AND ParentSpanId != ''
    GROUP BY TraceId, ParentSpanId
  ) AS child ON child.TraceId = span.TraceId AND child.ParentSpanId = span.SpanId
  WHERE ${which}
) GROUP BY window ORDER BY window LIMIT 20`;
}

/** The span's duration without what its children cover, one after the other. */
const ownTime = `end - start - tupleElement(arrayFold((sum, one) -> (sum.1 + greatest(0, least(one.2, end) - greatest(one.1, sum.2)), greatest(sum.2, least(one.2, end))), below, (toInt64(0), start)), 1)`;

const nanoseconds = {
  before: 'below[1].1 - start',
  after: 'end - below[1].2',
  own: ownTime,
  database: 'end - start',
} as const;
