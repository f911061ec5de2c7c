import { Effect } from 'effect';
import { type Change, rolloutAttribute } from '../../domain/changes/change.ts';
import { changeColumns, changeOf, type ChangeRow } from '../../domain/changes/change-rows.ts';
import { deploymentsOf } from '../../domain/changes/deployments.ts';
import { isSameChange } from '../../domain/changes/same-change.ts';
import { pauseMs, versionRunOf, type VersionRunRow, versionRunsSql } from '../../domain/changes/version-runs.ts';
import type { EngineUnavailable, QueryFailed } from '../../domain/errors.ts';
import { limits } from '../../domain/limits.ts';
import type { OwnTables } from '../../store/own-tables.ts';
import { QueryClient } from '../../store/query-client.ts';
import { momentKey, processAttributes } from './process-attributes.ts';
import { recordChange } from './record-change.ts';
import { redeployments } from './redeployments.ts';

type Failure = QueryFailed | EngineUnavailable;

/**
 * Writes down the deployments that telemetry shows in [fromMs, toMs) and that are not there yet, and how the rollout of
 * those that are there went on. Looking again changes nothing.
 * @returns those that were not there
 */
export const findDeployments = Effect.fnUntraced(function* (
  fromMs: number,
  toMs: number,
): Effect.fn.Return<readonly Change[], Failure, QueryClient | OwnTables> {
  const client = yield* QueryClient;
  const services = (yield* client.rows<{ service: string }>(startingSql(fromMs, toMs))).map(({ service }) => service);
  // Most of the time no version began: then a week of instances need not be read.
  const runs =
    services.length === 0
      ? []
      : yield* client.rows<VersionRunRow>(versionRunsSql(fromMs, toMs), { parameters: { services } });
  const seen = [...deploymentsOf(runs.map(versionRunOf), fromMs, toMs), ...(yield* redeployments(fromMs, toMs))];
  if (seen.length === 0) return [];
  const stored = yield* storedChanges(seen);
  const fresh = seen.filter((change) => !stored.some((other) => isStored(change, other)));
  const goneOn = seen.flatMap((change) => {
    const known = stored.find(({ id }) => id === change.id);
    const [before, now] = [known?.attributes[rolloutAttribute], change.attributes[rolloutAttribute]];
    return known === undefined || before !== 'rolling' || now === undefined || now === before
      ? []
      : [{ ...known, attributes: { ...known.attributes, [rolloutAttribute]: now } }];
  });
  const said = yield* processAttributes(fresh.map(momentOf));
  const complete = fresh.map((change) => ({
    ...change,
    attributes: { ...said.get(momentKey(momentOf(change))), ...change.attributes },
  }));
  yield* recordChange(...complete, ...goneOn);
  return complete;
});

const hourMs = 3_600_000;
const mostStarting = 5000;

/** Services of which a version began to send spans in the time, after a pause or for the first time: the last hours tell. */
const startingSql = (fromMs: number, toMs: number): string => {
  const hour = (ms: number): number => Math.floor(ms / hourMs) * 3600;
  return `SELECT DISTINCT service FROM (
  SELECT service, first, first > ${pauseMs} + max(last) OVER (PARTITION BY service, environment, version
    ORDER BY first, last ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS starts
  FROM (
    SELECT ServiceName AS service, Environment AS environment, ServiceVersion AS version,
      toUnixTimestamp64Milli(min(FirstSeen)) AS first, toUnixTimestamp64Milli(max(LastSeen)) AS last
    FROM obs_service_instances
    WHERE Hour >= toDateTime(${hour(fromMs - hourMs)}) AND Hour <= toDateTime(${hour(toMs)}) AND ServiceVersion != ''
    GROUP BY service, environment, version, HostName, InstanceId, Hour
  )
)
WHERE starts AND first >= ${Math.floor(fromMs)} AND first < ${Math.ceil(toMs)}
ORDER BY service LIMIT ${mostStarting}`;
};

/** A row that tells of the same is there: late spans may have moved it into another hour, and so given it another id. */
const isStored = (change: Change, other: Change): boolean =>
  other.id === change.id || (other.source === 'telemetry' && isSameChange(change, other));

const momentOf = ({ service, environment, toVersion, atMs }: Change) => ({
  service,
  environment,
  version: toVersion,
  atMs,
});

/** Around the times of those that were seen. */
const aroundMs = 30 * 60_000;

const storedChanges = Effect.fnUntraced(function* (
  seen: readonly Change[],
): Effect.fn.Return<readonly Change[], Failure, QueryClient> {
  const client = yield* QueryClient;
  const times = seen.map(({ atMs }) => atMs);
  const rows = yield* client.rows<ChangeRow>(
    `SELECT ${changeColumns} FROM obs_changes FINAL
WHERE Id IN {ids:Array(String)} OR At >= fromUnixTimestamp64Milli({from:Int64}) AND At < fromUnixTimestamp64Milli({to:Int64}) AND Source = 'telemetry'
ORDER BY Id LIMIT ${20 * limits.changes.read}`,
    {
      parameters: {
        ids: seen.map(({ id }) => id),
        from: Math.floor(Math.min(...times) - aroundMs),
        to: Math.ceil(Math.max(...times) + aroundMs),
      },
    },
  );
  return rows.map(changeOf);
});
