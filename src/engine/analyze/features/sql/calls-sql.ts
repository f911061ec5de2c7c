import { limits } from '../../../domain/limits.ts';
import {
  between,
  features,
  marks,
  ofServices,
  presenceFrom,
  reckonedWith,
  windowOf,
  type WindowRun,
} from './window-sql.ts';

const durations = {
  mean_ms: 'durationSum / calls / 1e6',
  p50_ms: 'q[1] / 1e6',
  p95_ms: 'q[2] / 1e6',
  p99_ms: 'q[3] / 1e6',
  max_ms: 'durationMax / 1e6',
};

/** Without calls there is a number of calls, and nothing that calls have. */
const ofCalls = features({
  calls: 'calls',
  errors: 'errors',
  ...Object.fromEntries(
    Object.entries({ error_rate: 'errors / calls', ...durations }).map(([name, sql]) => [
      name,
      `if(calls = 0, nan, ${sql})`,
    ]),
  ),
});

const rollup = (run: WindowRun, of: 'service' | 'operation'): string =>
  `obs_red_${of === 'service' ? 'service_' : ''}${run.seconds === 10 ? '10s' : '1m'}`;

/**
 * What a service is judged by: its Server and Consumer spans if it has any, else its Internal and Unspecified ones (jobs),
 * else its Client and Producer spans. "Has" looks at the windows that gaps are reckoned with.
 */
const rank = "multiIf(SpanKind IN ('Server', 'Consumer'), 1, SpanKind IN ('Internal', 'Unspecified'), 2, 3)";

const noCalls =
  "toUInt64(0) AS c, toUInt64(0) AS e, toUInt64(0) AS s, toUInt64(0) AS m, CAST([], 'Array(Float64)') AS qs";
const callsOf = `sum(Calls) AS c, sum(Errors) AS e, sum(DurationSum) AS s, max(DurationMax) AS m,
    CAST(quantilesDDMerge(0.01, 0.5, 0.95, 0.99)(DurationQuantiles), 'Array(Float64)') AS qs`;

/**
 * Rows with what there was in a window (`here` 1), and rows for the windows in which a subject is reckoned with (`here` 0).
 * Sketches are read of the windows themselves alone, of the look back nothing but names and times.
 * @param names columns; `rank` is one as well
 */
function union(run: WindowRun, table: string, names: string): string {
  const selected = names.replace(/\brank$/, `${rank} AS rank`);
  return `
      SELECT ${windowOf('Time', run.seconds)} AS w, ${selected}, 1 AS here, ${callsOf}
      FROM ${table} WHERE ${between('Time', run.from, run.to)}${ofServices(run)} GROUP BY w, ${names}
      UNION ALL
      SELECT arrayJoin(${reckonedWith(run)}) AS w, ${names}, 0 AS here, ${noCalls}
      FROM (SELECT DISTINCT ${windowOf('Time', run.seconds)} AS seen, ${selected} FROM ${table}
        WHERE ${between('Time', presenceFrom(run), run.to)}${ofServices(run)})`;
}

/** Of a service: its calls, and how many spans it has of any kind. */
export function serviceCalls(run: WindowRun): string {
  return `
SELECT w, 'service' AS Kind, ServiceName, '' AS Subject,
  arrayConcat(${ofCalls}, ${features({ spans: 'spans' })}) AS V, ${marks("[if(spans > 0, '+', '-')]")} AS M
FROM (
  SELECT w, ServiceName, min(rank) AS best, sum(c) AS spans, minIf(rank, here = 1) = best AS has,
    argMinIf((c, e, s, m, qs), rank, here = 1) AS found, if(has, found.1, 0) AS calls, if(has, found.2, 0) AS errors,
    found.3 AS durationSum, found.4 AS durationMax, found.5 AS q
  FROM (${union(run, rollup(run, 'service'), 'ServiceName, rank')}
  ) GROUP BY w, ServiceName
)`;
}

/** The busiest operations of each service; how many there are besides goes to the service's row. */
export function operationCalls(run: WindowRun): string {
  const kept = limits.features.operationsPerService;
  return `
SELECT w, if(place <= ${kept}, 'operation', 'service') AS Kind, ServiceName,
  if(place <= ${kept}, concat(SpanKind, ' ', SpanName), '') AS Subject,
  if(place <= ${kept}, ${ofCalls}, ${features({ operations_left_out: `known - ${kept}` })}) AS V,
  ${marks(`if(place > ${kept}, [], [if(calls > 0, '+', '-')])`)} AS M
FROM (
  SELECT *, row_number() OVER (PARTITION BY w, ServiceName ORDER BY calls DESC, SpanKind, SpanName) AS place,
    count() OVER (PARTITION BY w, ServiceName) AS known
  FROM (
    SELECT w, ServiceName, SpanKind, SpanName, sum(c) AS calls, sum(e) AS errors, sum(s) AS durationSum,
      max(m) AS durationMax, anyIf(qs, here = 1) AS q
    FROM (${union(run, rollup(run, 'operation'), 'ServiceName, SpanKind, SpanName')}
    ) GROUP BY w, ServiceName, SpanKind, SpanName
  )
) WHERE place <= ${kept + 1}`;
}
