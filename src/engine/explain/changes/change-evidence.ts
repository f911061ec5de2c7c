import type { Change } from '../../domain/changes/change.ts';
import { quoteText } from '../../store/sql-text.ts';
import type { EvidenceQuery } from '../evidence/evidence.ts';
import { moment, second } from '../sql.ts';

const hourSeconds = 3600;
const rowsShown = 10;

/** Of a change that is written down: what does not change when its rollout goes on. */
export const storedEvidence = ({ id, atMs, service }: Change): EvidenceQuery => ({
  title: `What is written down of this change of ${service}`,
  sql: `SELECT Id AS id, formatDateTime(At, '%FT%T.%fZ', 'UTC') AS at, Kind AS kind, ServiceName AS service, Environment AS environment,
  FromVersion AS from_version, ToVersion AS to_version, Source AS source, Note AS note, Link AS link
FROM obs_changes FINAL
WHERE Id = ${quoteText(id)} AND At >= ${momentMs(atMs - 1)} AND At <= ${momentMs(atMs + 1)}
ORDER BY Id LIMIT 1`,
});

/** Of a deployment that nobody wrote down yet: when versions came, by process and hour, up to its first span. */
export function seenEvidence({ service, environment, atMs }: Change): EvidenceQuery {
  const atSecond = Math.floor(atMs / 1000);
  return {
    title: `Versions of ${service} up to this deployment, the newest first`,
    sql: `SELECT ServiceVersion AS version, formatDateTime(Hour, '%FT%TZ', 'UTC') AS hour, HostName AS host, InstanceId AS instance,
  formatDateTime(min(FirstSeen) AS first, '%FT%T.%fZ', 'UTC') AS first_seen
FROM obs_service_instances
WHERE ServiceName = ${quoteText(service)} AND Environment = ${quoteText(environment)} AND ServiceVersion != ''
  AND Hour >= ${second(atSecond - 24 * hourSeconds)} AND Hour <= ${second(atSecond)}
GROUP BY version, Hour, host, instance HAVING first < ${momentMs(atMs + 1)}
ORDER BY first DESC, version, host, instance LIMIT ${rowsShown}`,
  };
}

const momentMs = (ms: number): string => moment(BigInt(Math.round(ms)) * 1_000_000n);
