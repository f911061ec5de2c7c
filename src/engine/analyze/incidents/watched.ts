import { Effect } from 'effect';
import type { EngineUnavailable, QueryFailed } from '../../domain/errors.ts';
import { QueryClient } from '../../store/query-client.ts';
import { utcTime } from './times.ts';

/** What the analyzer looks at, by what it stored of closed windows. */
export interface Watched {
  /** Services and hosts in the last hour that it looked at. */
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

const ofMinutes = "obs_features WHERE Seconds = 60 AND Kind IN ('service', 'host')";
const recent = `Time > (SELECT max(Time) FROM ${ofMinutes}) - 3600`;

export const readWatched = Effect.fnUntraced(function* (): Effect.fn.Return<
  Watched,
  QueryFailed | EngineUnavailable,
  QueryClient
> {
  const client = yield* QueryClient;
  const rows = yield* client.rows<Row>(
    `SELECT uniqExactIf(ServiceName, Kind = 'service' AND ${recent}) AS services,
  uniqExactIf(Subject, Kind = 'host' AND ${recent}) AS hosts, count() AS windows,
  toUnixTimestamp(min(Time)) AS since, toUnixTimestamp(max(Time)) AS until
FROM ${ofMinutes}`,
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

/** What an empty list means: nothing was found, or nobody looked. */
export function describeWatched({ services, hosts, sinceMs, untilMs }: Watched, nowMs: number): readonly string[] {
  if (sinceMs === null || untilMs === null) {
    return ['No analyzer has run on this store yet. It is part of `obs up`; see `obs status`.'];
  }
  const watched = [counted(services, 'service'), ...(hosts === 0 ? [] : [counted(hosts, 'host')])].join(' and ');
  const behind = nowMs - untilMs > fallenBehindMs;
  const until = behind ? ` until ${utcTime(untilMs)}` : '';
  return [
    `Watched: ${watched}, since ${utcTime(sinceMs)}${until} (UTC).`,
    ...(behind ? ['No analyzer runs now, or nothing arrives; see `obs status`.'] : []),
  ];
}

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;
