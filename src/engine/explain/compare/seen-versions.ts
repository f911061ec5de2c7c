import { Effect } from 'effect';
import { versionHistoryMs } from '../../domain/changes/version-runs.ts';
import type { EngineUnavailable, QueryFailed } from '../../domain/errors.ts';
import { QueryClient } from '../../store/query-client.ts';
import { quoteText } from '../../store/sql-text.ts';
import { second } from '../sql.ts';

/** A version of a service in an hour, Unix milliseconds of its first and last span. */
export interface SeenVersion {
  readonly version: string;
  readonly environment: string;
  readonly firstMs: number;
  readonly lastMs: number;
}

const hourSeconds = 3600;
const mostRows = 20_000;

/** Versions of a service by environment and hour, from a week before a moment to an hour after it, by time. */
export const readSeenVersions = Effect.fnUntraced(function* (
  service: string,
  atMs: number,
): Effect.fn.Return<readonly SeenVersion[], QueryFailed | EngineUnavailable, QueryClient> {
  const client = yield* QueryClient;
  const hour = (unixMs: number): string => second(Math.floor(unixMs / 1000 / hourSeconds) * hourSeconds);
  return yield* client.rows<SeenVersion>(
    `SELECT ServiceVersion AS version, Environment AS environment,
  toFloat64(toUnixTimestamp64Milli(min(FirstSeen))) AS firstMs, toFloat64(toUnixTimestamp64Milli(max(LastSeen))) AS lastMs
FROM obs_service_instances
WHERE ServiceName = ${quoteText(service)} AND Hour >= ${hour(atMs - versionHistoryMs)} AND Hour <= ${hour(atMs + hourSeconds * 1000)}
GROUP BY version, environment, Hour ORDER BY Hour DESC, version, environment LIMIT ${mostRows}`,
  );
});

/** `v3.2.0` of a pipeline is `3.2.0` of a resource. */
const plain = (version: string): string => version.replace(/^v(?=\d)/, '');

/** As spans name the version; undefined where none does. */
export const nameInSpans = (seen: readonly SeenVersion[], version: string): string | undefined =>
  version === ''
    ? undefined
    : (seen.find((one) => one.version === version) ?? seen.find((one) => plain(one.version) === plain(version)))
        ?.version;

/** Up to when a version was seen before a moment; null where it was not. */
export function lastBefore(seen: readonly SeenVersion[], version: string, atMs: number): number | null {
  const ends = seen.filter((one) => one.version === version && one.firstMs < atMs).map(({ lastMs }) => lastMs);
  return ends.length === 0 ? null : Math.min(atMs, Math.max(...ends));
}

/** Since when a version was seen after a moment; null where it was not. */
export function firstAfter(seen: readonly SeenVersion[], version: string, atMs: number): number | null {
  const starts = seen.filter((one) => one.version === version && one.lastMs >= atMs).map(({ firstMs }) => firstMs);
  return starts.length === 0 ? null : Math.max(atMs, Math.min(...starts));
}
