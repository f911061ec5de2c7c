/**
 * A row that has no end is written again at least once a minute while the analyzer follows it. One that was not written
 * for so long while windows went on being closed is one that nobody continues: an analyzer that began anew, say.
 */
export const unheardMs = 10 * 60_000;

/**
 * Whether a row without an end goes on.
 * @param heardMs when it was written last, Unix milliseconds
 * @param newestWindowMs start of the newest closed window; `null`: there is none
 */
export const isHeardOf = (heardMs: number, newestWindowMs: number | null): boolean =>
  newestWindowMs === null || newestWindowMs - heardMs < unheardMs;

/** The same for ClickHouse: an open row's `Version` has to be above it. Windows of the future say nothing. */
export const newestWindowSql = '(SELECT toInt64(toUnixTimestamp(least(max(Time), now()))) * 1000 FROM obs_features)';
export const heardAfterSql = `(SELECT toInt64(toUnixTimestamp(least(max(Time), now()))) * 1000 - ${unheardMs} FROM obs_features)`;

/** When a row of `obs_anomalies` was heard of last, Unix milliseconds. */
export const anomalyHeardSql = 'Version';

/** Of `obs_incidents`: an incident is written when it changes, its anomalies while they go on, which is never for a month. */
export const incidentHeardSql = `if(End IS NULL, greatest(Version, arrayMax(arrayMap(id -> (SELECT mapFromArrays(groupArray(Id), groupArray(Version))
    FROM obs_anomalies FINAL WHERE Start > now() - INTERVAL 31 DAY AND (End IS NULL OR Version > ${heardAfterSql}))[id], arrayPushBack(AnomalyIds, '')))), Version)`;

/** When it was over, of a table's row: its end, or when it was heard of last where nobody continues it; NULL while it goes on. */
export const overSql = (heardSql: string): string =>
  `if(End IS NULL AND ${heardSql} <= ${heardAfterSql}, fromUnixTimestamp64Milli(toInt64(${heardSql})), End)`;
