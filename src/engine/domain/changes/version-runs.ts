/** A stretch in which a version of a service sent spans without a long pause; Unix milliseconds. */
export interface VersionRun {
  readonly service: string;
  readonly environment: string;
  readonly version: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly spans: number;
}

/** How far back versions are known before the time that is looked at. */
export const versionHistoryMs = 7 * 24 * 3600 * 1000;
/** A longer pause ends a run. */
export const pauseMs = 2 * 60_000;

const hourMs = 3_600_000;
/** Runs that one look reads, the newest. */
const mostRuns = 20_000;

export interface VersionRunRow {
  readonly service: string;
  readonly environment: string;
  readonly version: string;
  readonly start_ms: string;
  readonly end_ms: string;
  readonly spans: string;
}

/**
 * Runs of services that ran more than one version, and of which something began in [fromMs, toMs). Parameter `services`,
 * `Array(String)`: of these alone; empty: of all. A row of the rollup is of one instance and hour, so that a pause shows
 * where the instance is another one, or the hour.
 */
export function versionRunsSql(fromMs: number, toMs: number): string {
  const hour = (ms: number): number => Math.floor(ms / hourMs) * 3600;
  const within = `Hour >= toDateTime(${hour(fromMs - versionHistoryMs)}) AND Hour <= toDateTime(${hour(toMs)})
      AND ServiceVersion != '' AND (empty({services:Array(String)}) OR ServiceName IN {services:Array(String)})`;
  const group = 'PARTITION BY service, environment, version ORDER BY first, last';
  return `SELECT service, environment, version, min(first) AS start_ms, max(last) AS end_ms, sum(spans) AS spans
FROM (
  SELECT *, sum(starts) OVER (${group} ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS run
  FROM (
    SELECT *, first > max(last) OVER (${group} ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) + ${pauseMs} AS starts
    FROM (
      SELECT ServiceName AS service, Environment AS environment, ServiceVersion AS version,
        toUnixTimestamp64Milli(min(FirstSeen)) AS first, toUnixTimestamp64Milli(max(LastSeen)) AS last, sum(Spans) AS spans
      FROM obs_service_instances
      WHERE ${within}
      AND (ServiceName, Environment) GLOBAL IN (
        SELECT ServiceName, Environment FROM obs_service_instances WHERE ${within}
        GROUP BY ServiceName, Environment
        HAVING uniqExact(ServiceVersion) > 1 AND max(FirstSeen) >= fromUnixTimestamp64Milli(toInt64(${Math.floor(fromMs)}))
      )
      GROUP BY service, environment, version, HostName, InstanceId, Hour
    )
  )
)
WHERE first < ${Math.ceil(toMs)}
GROUP BY service, environment, version, run
ORDER BY start_ms DESC, service, environment, version LIMIT ${mostRuns}`;
}

export const versionRunOf = (row: VersionRunRow): VersionRun => ({
  service: row.service,
  environment: row.environment,
  version: row.version,
  startMs: Number(row.start_ms),
  endMs: Number(row.end_ms),
  spans: Number(row.spans),
});
