import { Effect } from 'effect';
import type { EngineUnavailable, QueryFailed } from '../../domain/errors.ts';
import { selfServiceName } from '../../domain/self-service.ts';
import { QueryClient } from '../../store/query-client.ts';
import { utcTime } from './times.ts';

/** What the analyzer looks at, by what it stored of closed windows. */
export interface Watched {
  /** Services, without obs itself, and hosts in the last hour that it looked at. */
  readonly services: number;
  readonly hosts: number;
  /** Starts of the first and the last window that are stored; `null`: none is. */
  readonly sinceMs: number | null;
  readonly untilMs: number | null;
}

interface Row {
  readonly services: string;
  readonly hosts: string;
  readonly windows: string;
  readonly since: number;
  readonly until: number;
}

export const readWatched = Effect.fnUntraced(function* (): Effect.fn.Return<
  Watched,
  QueryFailed | EngineUnavailable,
  QueryClient
> {
  const client = yield* QueryClient;
  // The first and the last window are known of each part without reading it. Those of 10 s are there before any minute is.
  const rows = yield* client.rows<Row>(
    `SELECT services, hosts, windows, since, until
FROM (SELECT count() AS windows, toUnixTimestamp(min(Time)) AS since, toUnixTimestamp(max(Time)) AS until FROM obs_features) AS all
CROSS JOIN (
  SELECT uniqExactIf(ServiceName, Kind = 'service' AND ServiceName != {self:String}) AS services,
    uniqExactIf(Subject, Kind = 'host') AS hosts
  FROM obs_features
  WHERE Seconds IN (10, 60) AND Kind IN ('service', 'host') AND Time > (SELECT max(Time) FROM obs_features) - 3600
) AS recent`,
    { parameters: { self: selfServiceName } },
  );
  const row = rows[0];
  if (row === undefined || Number(row.windows) === 0) return { services: 0, hosts: 0, sinceMs: null, untilMs: null };
  return {
    services: Number(row.services),
    hosts: Number(row.hosts),
    sinceMs: row.since * 1000,
    untilMs: row.until * 1000,
  };
});

const fallenBehindMs = 5 * 60_000;

const switchedOff = 'The analyzer is switched off: `analyze.enabled` is false in obs.yaml.';

/**
 * What an empty list means: nothing was found, or nobody looked.
 * @param isOff it is switched off
 */
export function describeWatched(watched: Watched, nowMs: number, isOff = false): readonly string[] {
  const { services, hosts, sinceMs, untilMs } = watched;
  if (sinceMs === null || untilMs === null) {
    return [isOff ? switchedOff : 'No analyzer has run on this store yet. It is part of `obs up`; see `obs status`.'];
  }
  const counts = [counted(services, 'service'), ...(hosts === 0 ? [] : [counted(hosts, 'host')])].join(' and ');
  const until = nowMs - untilMs > fallenBehindMs ? ` until ${utcTime(untilMs)}` : '';
  return [`Watched: ${counts}, since ${utcTime(sinceMs)}${until} (UTC).`, ...whyNobodyLooks(watched, nowMs, isOff)];
}

/** Of a list of what was found: that nobody looked since, so that what it calls open may be long past. */
export function warnOfOld(watched: Watched, nowMs: number, isOff = false): readonly string[] {
  const why = whyNobodyLooks(watched, nowMs, isOff);
  if (why.length === 0) return [];
  const open =
    watched.untilMs === null
      ? 'No window is stored: whether what is open here goes on is not known.'
      : `Nobody looked since ${utcTime(watched.untilMs)} (UTC): what is open here is what was open then.`;
  return [open, ...why];
}

function whyNobodyLooks({ untilMs }: Watched, nowMs: number, isOff: boolean): readonly string[] {
  if (untilMs !== null && nowMs - untilMs <= fallenBehindMs) return [];
  return [isOff ? switchedOff : 'No analyzer runs now, or nothing arrives; see `obs status`.'];
}

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;
