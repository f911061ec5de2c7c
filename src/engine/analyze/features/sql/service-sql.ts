import { limits } from '../../../domain/limits.ts';
import {
  between,
  between64,
  features,
  marks,
  noFeatures,
  ofServices,
  presenceFrom,
  reckonedWith,
  windowBuckets,
  windowOf,
  type WindowRun,
} from './window-sql.ts';

/** Log records of services by severity; 0 while a service that wrote some is still reckoned with. */
export function serviceLogs(run: WindowRun): string {
  const { seconds, from, to } = run;
  const records = (condition: string): string => `sumIf(n, ${condition})`;
  return `
SELECT w, 'service' AS Kind, ServiceName, '' AS Subject, ${features({
    logs: 'sum(n)',
    logs_warn: records('severity >= 13 AND severity <= 16'),
    logs_error: records('severity >= 17'),
  })} AS V, ${marks("[if(sum(n) > 0, '+', '-')]")} AS M
FROM (
  SELECT ${windowOf('Time', seconds)} AS w, ServiceName, SeverityNumber AS severity, sum(Records) AS n
  FROM obs_log_counts_10s WHERE ${between('Time', from, to)}${ofServices(run)} GROUP BY w, ServiceName, severity
  UNION ALL
  SELECT arrayJoin(${reckonedWith(run)}) AS w, ServiceName, 0 AS severity, 0 AS n
  FROM (SELECT DISTINCT ${windowOf('Time', seconds)} AS seen, ServiceName
    FROM obs_log_counts_10s WHERE ${between('Time', presenceFrom(run), to)}${ofServices(run)})
) GROUP BY w, ServiceName`;
}

/**
 * Instances and versions that were not seen before, of services that were: a service that is itself new has neither
 * restarted nor been deployed. A row of `obs_service_instances` is of one hour, so that "first" looks further back.
 */
export function serviceStarts(run: WindowRun): string {
  const { from, to } = run;
  const back = from - limits.features.instancesBackMs / 1000;
  const starting = `SELECT ServiceName FROM obs_service_instances
      WHERE Hour >= toStartOfHour(toDateTime(${from})) AND Hour < toDateTime(${to}) AND ${between64('FirstSeen', from, to)}${ofServices(run)}`;
  return `
SELECT intDiv(first, ${run.seconds}) * ${run.seconds} AS w, 'service' AS Kind, ServiceName, '' AS Subject,
  ${noFeatures} AS V, ${marks('[mark]')} AS M
FROM (
  SELECT ServiceName, toUnixTimestamp(toDateTime(minMerged)) AS first, began.2 AS mark,
    min(minMerged) OVER (PARTITION BY ServiceName) AS serviceFirst
  FROM (
    SELECT ServiceName, arrayJoin([(InstanceId, 'restart'), (ServiceVersion, 'deploy')]) AS began, min(FirstSeen) AS minMerged
    FROM obs_service_instances
    WHERE Hour >= toStartOfHour(toDateTime(${back})) AND Hour < toDateTime(${to}) AND ServiceName GLOBAL IN (
      ${starting})
    GROUP BY ServiceName, began
  )
  WHERE began.1 != ''
)
WHERE first >= ${from} AND first < ${to} AND toUnixTimestamp(toDateTime(serviceFirst)) < w`;
}

/** What only spans tell is not worked out once more: it stays as the row had it. */
export function keptOfMinute(run: WindowRun): string {
  return `
SELECT toUnixTimestamp(Time) AS w, 'service' AS Kind, ServiceName, '' AS Subject,
  arrayFilter(f -> f.1 IN ('fanout', 'sampled') OR startsWith(f.1, 'distinct:'), CAST(Values, 'Array(Tuple(String, Float64))')) AS V,
  ${marks('[]')} AS M
FROM obs_features FINAL WHERE ${windowBuckets(run.seconds, run.from, run.to)} AND Kind = 'service'${ofServices(run)}`;
}
