import { Effect } from 'effect';
import { type Change, changeId } from '../../domain/changes/change.ts';
import type { EngineUnavailable, QueryFailed } from '../../domain/errors.ts';
import { limits } from '../../domain/limits.ts';
import { QueryClient } from '../../store/query-client.ts';
import { deploymentName, momentKey, processAttributes, type SpanMoment } from './process-attributes.ts';

interface InstanceRow {
  readonly service: string;
  readonly environment: string;
  readonly version: string;
  readonly instance: string;
  readonly first_ms: string;
  readonly latest_ms: string;
}

/** Another process of the version whose spans are read to compare with; older ones cost too much to look for. */
const comparedMs = 2 * 3_600_000;
const dayMs = 24 * 3_600_000;

/** A process that came, and one of the same service and version that was there before. */
interface Pair {
  readonly came: SpanMoment;
  readonly former: SpanMoment;
}

/**
 * Deployments that leave the version as it is: a process that was not seen before, whose `deployment.id` (or commit) is
 * another than that of the processes before it. First seen in [fromMs, toMs).
 */
export const redeployments = Effect.fnUntraced(function* (
  fromMs: number,
  toMs: number,
): Effect.fn.Return<readonly Change[], QueryFailed | EngineUnavailable, QueryClient> {
  const client = yield* QueryClient;
  const rows = yield* client.rows<InstanceRow>(instancesSql, {
    parameters: {
      hour: Math.floor((toMs - dayMs) / 1000),
      recentHour: Math.floor((fromMs - comparedMs) / 1000),
      from: Math.floor(fromMs),
      to: Math.ceil(toMs),
    },
  });
  const groups = Map.groupBy(rows, (row) => `${row.service}\u0000${row.environment}\u0000${row.version}`);
  const pairs = [...groups.values()].flatMap((own) => pairOf(own, fromMs)).slice(0, limits.changes.lookedInto);
  const attributes = yield* processAttributes(pairs.flatMap(({ came, former }) => [came, former]));
  return pairs.flatMap(({ came, former }) => {
    const [own, before] = [attributes.get(momentKey(came)), attributes.get(momentKey(former))];
    const [name, nameBefore] = [deploymentName(own ?? {}), deploymentName(before ?? {})];
    if (own === undefined || name === '' || nameBefore === '' || name === nameBefore) return [];
    const { service, environment, version, atMs } = came;
    const id = changeId('deployment', service, environment, version, nameBefore, name, Math.floor(atMs / dayMs));
    return [
      {
        id,
        atMs,
        kind: 'deployment' as const,
        service,
        environment,
        fromVersion: version,
        toVersion: version,
        source: 'telemetry' as const,
        note: '',
        link: '',
        attributes: own,
      },
    ];
  });
});

/** The newest process that came in the time, and the one of those before it that has the newest row. */
function pairOf(rows: readonly InstanceRow[], fromMs: number): readonly Pair[] {
  const at = (row: InstanceRow, ms: string): SpanMoment => ({
    service: row.service,
    environment: row.environment,
    version: row.version,
    atMs: Number(ms),
  });
  const came = rows
    .filter(({ first_ms }) => Number(first_ms) >= fromMs)
    .reduce<InstanceRow | undefined>(
      (a, b) => (a === undefined || Number(b.first_ms) > Number(a.first_ms) ? b : a),
      undefined,
    );
  const former = rows
    .filter(({ first_ms }) => Number(first_ms) < fromMs)
    .reduce<InstanceRow | undefined>(
      (a, b) => (a === undefined || Number(b.latest_ms) > Number(a.latest_ms) ? b : a),
      undefined,
    );
  if (came === undefined || former === undefined) return [];
  const isNear = Number(former.latest_ms) > Number(came.first_ms) - comparedMs;
  return isNear ? [{ came: at(came, came.first_ms), former: at(former, former.latest_ms) }] : [];
}

/** Instances of versions of which one was first seen in the time: when each was first seen in a day, and the start of its newest hour. */
const instancesSql = `SELECT service, environment, version, instance, first_ms, latest_ms FROM (
  SELECT *, max(first_ms) OVER (PARTITION BY service, environment, version) AS newest_ms FROM (
    SELECT ServiceName AS service, Environment AS environment, ServiceVersion AS version, concat(HostName, ' ', InstanceId) AS instance,
      min(toUnixTimestamp64Milli(FirstSeen)) AS first_ms, max(toUnixTimestamp64Milli(FirstSeen)) AS latest_ms
    FROM obs_service_instances
    WHERE Hour >= toDateTime({hour:UInt32}) AND FirstSeen < fromUnixTimestamp64Milli({to:Int64})
      AND (ServiceName, Environment, ServiceVersion) GLOBAL IN (
        SELECT ServiceName, Environment, ServiceVersion FROM obs_service_instances
        WHERE Hour >= toStartOfHour(toDateTime({recentHour:UInt32})) AND FirstSeen < fromUnixTimestamp64Milli({to:Int64})
        GROUP BY ServiceName, Environment, ServiceVersion, HostName, InstanceId
        HAVING min(FirstSeen) >= fromUnixTimestamp64Milli({from:Int64})
      )
    GROUP BY service, environment, version, instance
  )
)
WHERE newest_ms >= {from:Int64}
ORDER BY first_ms DESC, service, environment, version, instance LIMIT ${limits.changes.instancesRead}`;
