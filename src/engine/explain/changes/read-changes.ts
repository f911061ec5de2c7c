import { Effect } from 'effect';
import type { Change } from '../../domain/changes/change.ts';
import { changeColumns, changeOf, type ChangeRow } from '../../domain/changes/change-rows.ts';
import { deploymentsOf } from '../../domain/changes/deployments.ts';
import { joinedChange, mergeChanges } from '../../domain/changes/same-change.ts';
import { versionRunOf, type VersionRunRow, versionRunsSql } from '../../domain/changes/version-runs.ts';
import type { EngineUnavailable, QueryFailed } from '../../domain/errors.ts';
import { limits } from '../../domain/limits.ts';
import { QueryClient } from '../../store/query-client.ts';
import type { TimeRange } from '../question.ts';

/**
 * Changes of a time, the newest first: those that are written down, and deployments that spans show and nobody has
 * written down yet, since the analyzer is off or has not come to it.
 * @param services whose changes; all where there are none
 */
export const readChanges = Effect.fnUntraced(function* (
  { fromMs, toMs }: TimeRange,
  services: readonly string[],
): Effect.fn.Return<readonly Change[], QueryFailed | EngineUnavailable, QueryClient> {
  const client = yield* QueryClient;
  const [rows, runs] = yield* Effect.all(
    [
      client.rows<ChangeRow>(
        `SELECT ${changeColumns} FROM obs_changes FINAL
WHERE At >= fromUnixTimestamp64Milli({from:Int64}) AND At < fromUnixTimestamp64Milli({to:Int64})
  AND (empty({services:Array(String)}) OR ServiceName IN {services:Array(String)})
ORDER BY At DESC, Id LIMIT ${limits.changes.read}`,
        { parameters: { from: Math.floor(fromMs), to: Math.ceil(toMs), services } },
      ),
      client.rows<VersionRunRow>(versionRunsSql(fromMs, toMs), { parameters: { services } }),
    ],
    { concurrency: 2 },
  );
  const seen = deploymentsOf(runs.map(versionRunOf), fromMs, toMs);
  return mergeChanges([...rows.map(changeOf), ...seen], joinedChange);
});
