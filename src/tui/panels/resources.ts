import { limits } from '../../engine/domain/limits.ts';
import type { DeploymentRow, InstanceRow, RequestFor, Resources } from '../state/data.ts';
import { number, ofServices, text, type Panel, type Row } from './panel.ts';

const day = 86_400_000;

/** Who ran where in which version: over the range, and a day at least, for deployments are rarer than requests. */
export function resourcesPanel(request: RequestFor<'resources'>, nowMs: number): Panel<'resources'> {
  const only = ofServices(request.services);
  const from = Math.floor((nowMs - Math.max(request.rangeMs, day)) / 3_600_000) * 3600;
  return {
    statements: [
      {
        sql: `SELECT ServiceName AS service, ServiceVersion AS version, Environment AS environment, HostName AS host, InstanceId AS instance,
  toFloat64(toUnixTimestamp64Milli(min(FirstSeen))) AS firstMs, toFloat64(toUnixTimestamp64Milli(max(LastSeen))) AS lastMs,
  toFloat64(sum(Spans)) AS spans, toFloat64(sum(Errors)) AS errors
FROM obs_service_instances
WHERE Hour >= toDateTime({from:UInt32})${only.sql}
GROUP BY service, version, environment, host, instance
ORDER BY service, instance, firstMs
LIMIT ${limits.watch.instances}`,
        parameters: { from, ...only.parameters },
      },
    ],
    decode: (rows = []) => resourcesOf(rows.map(instanceOf)),
  };
}

function instanceOf(row: Row): InstanceRow {
  const firstMs = number(row, 'firstMs');
  const lastMs = number(row, 'lastMs');
  const spans = number(row, 'spans');
  return {
    service: text(row, 'service'),
    instance: text(row, 'instance'),
    host: text(row, 'host'),
    version: text(row, 'version'),
    environment: text(row, 'environment'),
    spans,
    errors: number(row, 'errors'),
    perSecond: spans / Math.max(1, (lastMs - firstMs) / 1000),
    firstMs,
    lastMs,
  };
}

/** Versions in the order in which they came up, per service and environment; the newest first. */
export function resourcesOf(instances: readonly InstanceRow[]): Resources {
  const deployments: DeploymentRow[] = [];
  const named = instances.filter((i) => i.version !== '');
  for (const line of Map.groupBy(named, (i) => JSON.stringify([i.service, i.environment])).values()) {
    const versions = [...Map.groupBy(line, (i) => i.version)]
      .map(([version, members]) => deploymentOf(version, members))
      .sort((a, b) => a.sinceMs - b.sinceMs);
    for (const [index, version] of versions.entries()) {
      const former = versions[index - 1];
      deployments.push(
        former === undefined ? version : { ...version, previous: former.version, errorRateBefore: former.errorRate },
      );
    }
  }
  deployments.sort((a, b) => b.sinceMs - a.sinceMs || (a.service < b.service ? -1 : 1));
  return { deployments, instances };
}

function deploymentOf(version: string, members: readonly InstanceRow[]): DeploymentRow {
  const sum = (of: (i: InstanceRow) => number): number => members.reduce((total, i) => total + of(i), 0);
  const spans = sum((i) => i.spans);
  return {
    service: members[0]?.service ?? '',
    version,
    previous: '',
    environment: members[0]?.environment ?? '',
    sinceMs: Math.min(...members.map((i) => i.firstMs)),
    instances: new Set(members.map((i) => i.instance)).size,
    perSecond: sum((i) => i.perSecond),
    errorRate: spans === 0 ? 0 : sum((i) => i.errors) / spans,
    errorRateBefore: null,
  };
}
