import { spanBuckets } from '../../../store/queries.ts';
import { distinctAttributes } from '../names.ts';
import { between64, features, marks, textArray, type WindowRun } from './window-sql.ts';

/** One trace in `everyNth` of a minute is looked at. */
export interface MinuteSample {
  /** Unix seconds. */
  readonly time: number;
  readonly everyNth: number;
}

const isCaller = "SpanKind IN ('Client', 'Producer')";
const isCallee = "SpanKind IN ('Server', 'Consumer')";

/**
 * Calls between services, and distinct values of attributes, by minute: one pass over the raw spans. A span that calls and
 * the span that it causes meet under one number, made of the trace and of the calling span's id, so that no join reads
 * them twice. The pair counts where both begin in the same minute; its duration is the caller's, of messages the
 * consumer's. Of a busy minute a sample is read: whole traces, counts put up again, and `sampled` says so.
 */
export function callsBetween(run: WindowRun, samples: readonly MinuteSample[]): string {
  const thinned = samples.filter(({ everyNth }) => everyNth > 1);
  const nth =
    thinned.length === 0
      ? 'toUInt64(1)'
      : `transform(w, [${thinned.map(({ time }) => `toUInt32(${time})`).join(', ')}], [${thinned.map(({ everyNth }) => `toUInt64(${everyNth})`).join(', ')}], toUInt64(1))`;
  const [from, to] = [`toDateTime64('${iso(run.from)}', 9, 'UTC')`, `toDateTime64('${iso(run.to - 1)}', 9, 'UTC')`];
  return `
SELECT w, row.1 AS Kind, service AS ServiceName, row.2 AS Subject, row.3 AS V, ${marks('[]')} AS M
FROM (
  SELECT w, service, any(pairNth) AS everyNth, ${features({ sampled: 'if(everyNth > 1, 1 / everyNth, nan)' })} AS sample,
    arrayConcat(
      groupArrayIf(('edge', name, arrayConcat(pairFeatures, if(pairNth > 1, [('sampled', 1 / pairNth)], []))), isEdge),
      [('service', '', arrayConcat(sample, ${features({ fanout: 'if(countIf(isEdge) = 0, nan, countIf(isEdge))' })},
        groupArrayIf((concat('distinct:', name), toFloat64(values)), NOT isEdge)))]) AS rows
  FROM (
    SELECT w, caller AS service, name, isEdge, any(nth) AS pairNth, max(distinct) AS values,
      ${features({
        calls: 'sum(calls) * pairNth',
        errors: 'sum(errors) * pairNth',
        mean_ms: 'if(sum(calls) = 0, nan, sum(ms * calls) / sum(calls))',
        p95_ms: 'if(sum(calls) = 0, nan, quantileExact(0.95)(ms))',
      })} AS pairFeatures
    FROM (
      SELECT w, any(n) AS nth, part.1 = '' AS isEdge,
        if(isEdge, toString(anyIf(ServiceName, calling)), toString(any(ServiceName))) AS caller,
        if(isEdge, toString(anyIf(ServiceName, called)), part.1) AS name,
        if(isEdge, countIf(called), 0) AS calls, if(isEdge AND max(failed), calls, 0) AS errors,
        toFloat64(if(anyIf(SpanKind, calling) = 'Producer', anyIf(Duration, called), anyIf(Duration, calling))) / 1e6 AS ms,
        uniqIf(part.3, part.1 != '') AS distinct
      FROM (
        SELECT w, n, ServiceName, SpanKind, Duration, StatusCode = 'Error' AS failed, ${isCaller} AS calling, ${isCallee} AS called,
          arrayJoin(arrayConcat(
            if(calling OR called AND ParentSpanId != '', [('', cityHash64(TraceId, if(calling, SpanId, ParentSpanId)), toUInt64(0))], []),
            arrayMap(kv -> (kv.1, cityHash64(ServiceName), cityHash64(kv.2)), arrayFilter(kv -> kv.2 != '' AND has(${textArray(distinctAttributes)}, kv.1),
              CAST(SpanAttributes, 'Array(Tuple(String, String))'))))) AS part
        FROM (
          SELECT toUInt32(intDiv(toUnixTimestamp(toDateTime(Timestamp)), 60) * 60) AS w, ${nth} AS n,
            ServiceName, SpanKind, Duration, StatusCode, TraceId, SpanId, ParentSpanId, SpanAttributes
          FROM otel_traces
          WHERE ${between64('Timestamp', run.from, run.to)} AND ${spanBuckets(from, to)}
            AND (n = 1 OR cityHash64(TraceId) % n = 0)
        )
      )
      GROUP BY w, part.1, part.2
      HAVING NOT isEdge OR caller != '' AND name != ''
    )
    GROUP BY w, service, name, isEdge
  )
  GROUP BY w, service
)
ARRAY JOIN rows AS row`;
}

const iso = (seconds: number): string => new Date(seconds * 1000).toISOString().slice(0, 19).replace('T', ' ');
