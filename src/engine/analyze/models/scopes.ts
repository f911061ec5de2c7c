import { Effect } from 'effect';
import type { EngineUnavailable, QueryFailed } from '../../domain/errors.ts';
import { limits } from '../../domain/limits.ts';
import { selfServiceName } from '../../domain/self-service.ts';
import { QueryClient } from '../../store/query-client.ts';
import { edgesScope } from './matrix.ts';
import type { ModelRow } from './model-rows.ts';

/** Windows of services are of 10 s, those of calls between services of a minute. */
export const secondsOf = (scope: string): number => (scope === edgesScope ? 60 : 10);

/** How far back a training reads. */
export const reachMs = limits.models.windows * 10_000;

export interface ScopeWindows {
  readonly scope: string;
  /** Within reach, and those after the newest window that a model of this scope was trained or tried on. */
  readonly windows: number;
  readonly fresh: number;
}

/** Every service with windows, and `edges` where there are calls between services. A service of that very name has no model, and obs itself has none. */
export const readScopes = Effect.fnUntraced(function* (
  models: readonly ModelRow[],
  nowMs: number,
): Effect.fn.Return<readonly ScopeWindows[], QueryFailed | EngineUnavailable, QueryClient> {
  const client = yield* QueryClient;
  const newest = new Map<string, number>();
  for (const { scope, dataToMs } of models) newest.set(scope, Math.max(newest.get(scope) ?? 0, dataToMs));
  const rows = yield* client.rows<{ scope: string; windows: string; fresh: string }>(
    `SELECT if(Kind = 'edge', '${edgesScope}', ServiceName) AS scope, uniqExact(Time) AS windows,
  uniqExactIf(Time, toUnixTimestamp(Time) >= transform(scope, {scopes:Array(String)}, {since:Array(UInt32)}, toUInt32(0))) AS fresh
FROM obs_features
WHERE Time >= toDateTime({from:UInt32}) AND Time < toDateTime({to:UInt32})
  AND ((Kind = 'service' AND Seconds = 10 AND ServiceName NOT IN ('${edgesScope}', {self:String})) OR (Kind = 'edge' AND Seconds = 60))
GROUP BY scope`,
    {
      parameters: {
        // An empty list has no type.
        scopes: [...newest.keys(), ''],
        since: [...newest.values(), 0].map((ms) => Math.floor(ms / 1000)),
        self: selfServiceName,
        from: Math.max(0, Math.floor((nowMs - reachMs) / 1000)),
        to: Math.floor(nowMs / 1000),
      },
    },
  );
  return rows.map(({ scope, windows, fresh }) => ({ scope, windows: Number(windows), fresh: Number(fresh) }));
});
