import type { QueryParameters } from '../store/query-client.ts';

/** SQL with its values apart, lists among them. */
export interface QueryOfLists {
  readonly sql: string;
  readonly parameters: QueryParameters;
}

/**
 * Traces whose ids are known, in two statements in place of one nested one: ClickHouse runs what stands in a nested
 * `IN (SELECT …)` again for its indexes, which cost more than a second way to it. The first tells in which buckets of
 * five minutes (the first key of `otel_traces`) the traces lie, the second reads there.
 */
export function bucketsOfTraces(ids: readonly string[]): QueryOfLists {
  return {
    sql: `SELECT DISTINCT toUInt32(arrayJoin(arrayMap(step -> First + step * 300, range(least(${mostBuckets}, 1 + intDiv(toUInt32(Last) - toUInt32(First), 300)))))) AS bucket
FROM (SELECT toStartOfFiveMinutes(min(Start)) AS First, toStartOfFiveMinutes(max(End)) AS Last
  FROM otel_traces_trace_id_ts WHERE TraceId IN {ids:Array(String)} GROUP BY TraceId)
ORDER BY bucket`,
    parameters: { ids },
  };
}

export interface BucketRow {
  /** Unix seconds. */
  readonly bucket: number;
}

/** What a span of these traces meets, with its values: `ids` and `buckets`, or `first` and `last` of very many. */
export function spansOfTraces(ids: readonly string[], buckets: readonly number[]): QueryOfLists {
  const [first, last] = [buckets[0] ?? 0, buckets.at(-1) ?? 0];
  const where =
    buckets.length > listedBuckets
      ? { sql: 'BETWEEN {first:DateTime} AND {last:DateTime}', parameters: { first, last } }
      : { sql: 'IN {buckets:Array(DateTime)}', parameters: { buckets } };
  return {
    sql: `toStartOfFiveMinutes(Timestamp) ${where.sql} AND TraceId IN {ids:Array(String)}`,
    parameters: { ids, ...where.parameters },
  };
}

/** Thirty days: what lies further apart under one trace id is not one trace. */
const mostBuckets = 8640;
/** More are read from the first to the last: a list of them would be longer than the statement. */
const listedBuckets = 500;
