import { Effect } from 'effect';
import type { EngineUnavailable, QueryFailed } from '../../domain/errors.ts';
import { QueryClient } from '../../store/query-client.ts';
import type { TimeRange } from '../question.ts';
import { second, textList } from '../sql.ts';

/** Services that run in several environments under one name, and in which; statistics are by name alone. */
export type Environments = ReadonlyMap<string, readonly string[]>;

const hourSeconds = 3600;
const mostServices = 2000;
const mostEach = 10;

/** `deployment.environment.name`, or as it was called before semantic conventions 1.27. */
export const environmentSql = `if(ResourceAttributes['deployment.environment.name'] != '', ResourceAttributes['deployment.environment.name'], ResourceAttributes['deployment.environment'])`;

/** @param services all where there are none */
export const loadEnvironments = Effect.fnUntraced(function* (
  { fromMs, toMs }: TimeRange,
  services: readonly string[],
): Effect.fn.Return<Environments, QueryFailed | EngineUnavailable, QueryClient> {
  const client = yield* QueryClient;
  const hour = (unixMs: number): number => Math.floor(unixMs / 1000 / hourSeconds) * hourSeconds;
  const rows = yield* client.rows<{ readonly service: string; readonly environments: readonly string[] }>(
    `SELECT ServiceName AS service, arraySort(groupUniqArray(${mostEach})(Environment)) AS environments
FROM obs_service_instances
WHERE Hour >= ${second(hour(fromMs))} AND Hour <= ${second(hour(toMs))} AND Environment != ''${services.length === 0 ? '' : ` AND ServiceName IN ${textList(services)}`}
GROUP BY service HAVING length(environments) > 1 ORDER BY service LIMIT ${mostServices}`,
  );
  return new Map(rows.map(({ service, environments }) => [service, environments]));
});
