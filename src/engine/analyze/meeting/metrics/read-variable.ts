import { Effect } from 'effect';
import type { SeriesName } from '../../../domain/anomaly.ts';
import type { EngineUnavailable, QueryFailed } from '../../../domain/errors.ts';
import { limits } from '../../../domain/limits.ts';
import { QueryClient } from '../../../store/query-client.ts';
import { windowBuckets } from '../../features/sql/window-sql.ts';
import { familyOf, isMeasured, preferenceOf, subjectKey } from './families.ts';

/** One feature of one subject, a value a minute; NaN where there is none. */
export interface MinuteSeries {
  readonly name: SeriesName;
  readonly values: Float64Array;
}

export interface MinuteRange {
  readonly fromMs: number;
  readonly toMs: number;
  readonly services?: readonly string[] | undefined;
}

/** Part of the minutes that a series must have values of. */
const leastFilled = 0.7;
/** Series that are read; of those of one family and subject one is kept. */
const readFactor = 4;

/** The most variable series of the features of minutes: of spread to level, so that units do not matter. */
export const readVariableSeries = Effect.fnUntraced(function* (
  range: MinuteRange,
): Effect.fn.Return<readonly MinuteSeries[], QueryFailed | EngineUnavailable, QueryClient> {
  const client = yield* QueryClient;
  const toMinute = Math.ceil(range.toMs / 60_000);
  const fromMinute = Math.max(Math.floor(range.fromMs / 60_000), toMinute - limits.patterns.minutesCompared);
  const minutes = toMinute - fromMinute;
  const rows = yield* client.rows<SeriesName & { places: readonly number[]; found: readonly number[] }>(
    `SELECT kind, service, subject, feature, groupArray(toUInt32(place)) AS places, groupArray(value) AS found
FROM (
  SELECT Kind AS kind, ServiceName AS service, Subject AS subject, intDiv(toUnixTimestamp(Time), 60) - {from:UInt32} AS place,
    arrayJoin(arrayZip(mapKeys(Values), mapValues(Values))) AS pair, pair.1 AS feature, pair.2 AS value
  FROM obs_features FINAL
  WHERE ${windowBuckets(60, fromMinute * 60, toMinute * 60)}
    AND (empty({services:Array(String)}) OR ServiceName IN {services:Array(String)} OR Kind = 'host')
)
WHERE isFinite(value)
GROUP BY kind, service, subject, feature
HAVING count() >= {least:UInt32} AND uniqExact(value) >= 5
ORDER BY (quantile(0.95)(value) - quantile(0.05)(value)) / (abs(quantile(0.5)(value)) + quantile(0.95)(value) - quantile(0.05)(value)) DESC,
  service, kind, subject, feature
LIMIT {most:UInt32}`,
    {
      parameters: {
        from: fromMinute,
        services: range.services ?? [],
        least: Math.ceil(minutes * leastFilled),
        most: readFactor * limits.patterns.seriesCompared,
      },
    },
  );
  const kept = new Map<string, MinuteSeries>();
  for (const { places, found, kind, service, subject, feature } of rows) {
    const name = { kind, service, subject, feature };
    if (!isMeasured(name)) continue;
    const key = `${subjectKey(name)}\u0000${familyOf(name)}`;
    const before = kept.get(key);
    if (before !== undefined && preferenceOf(before.name) <= preferenceOf(name)) continue;
    const values = new Float64Array(minutes).fill(Number.NaN);
    for (const [at, place] of places.entries()) values[place] = found[at] as number;
    kept.set(key, { name, values });
  }
  return [...kept.values()].slice(0, limits.patterns.seriesCompared);
});
