import { Effect } from 'effect';
import type { Change } from '../../domain/changes/change.ts';
import { changeColumns, changeOf, type ChangeRow } from '../../domain/changes/change-rows.ts';
import { deploymentsOf } from '../../domain/changes/deployments.ts';
import { joinedChange, mergeChanges } from '../../domain/changes/same-change.ts';
import { versionRunOf, type VersionRunRow, versionRunsSql } from '../../domain/changes/version-runs.ts';
import type { EngineUnavailable, QueryFailed } from '../../domain/errors.ts';
import { limits } from '../../domain/limits.ts';
import { QueryClient } from '../../store/query-client.ts';
import { type Evidence, fetchEvidence } from '../evidence/evidence.ts';
import { seenEvidence, storedEvidence } from './change-evidence.ts';

/** A change, with the rows that say so: of who told it and of the spans that show it. */
export interface KnownChange extends Change {
  readonly evidence: readonly Evidence[];
}

/** Unix milliseconds, up to, not including, `toMs`; all services where none are named. */
export interface ChangeQuestion {
  readonly fromMs: number;
  readonly toMs: number;
  readonly services?: readonly string[];
  /** Of these alone deployments are looked for in what spans tell of versions, where others are known to have none. */
  readonly deployed?: readonly string[];
  /** The newest; each has its evidence fetched. */
  readonly limit: number;
}

/**
 * What is written in `obs_changes`, and the deployments that the analyzer would find in the same time but did not yet:
 * it looks every minute, and may be switched off. Under the same ids, so that nothing is there twice.
 */
export const readChanges = Effect.fnUntraced(function* ({
  fromMs,
  toMs,
  services = [],
  deployed,
  limit,
}: ChangeQuestion): Effect.fn.Return<readonly KnownChange[], QueryFailed | EngineUnavailable, QueryClient> {
  const client = yield* QueryClient;
  const parameters = { services, from: Math.floor(fromMs), to: Math.ceil(toMs) };
  const [rows, runs] = yield* Effect.all(
    [
      client.rows<ChangeRow>(storedSql, { parameters }),
      deployed?.length === 0
        ? Effect.succeed([])
        : client.rows<VersionRunRow>(versionRunsSql(fromMs, toMs), { parameters: { services: deployed ?? services } }),
    ],
    { concurrency: 2 },
  );
  const stored = rows.map(changeOf);
  const ids = new Set(stored.map(({ id }) => id));
  const seen = deploymentsOf(runs.map(versionRunOf), fromMs, toMs).filter(({ id }) => !ids.has(id));
  const drafts = [
    ...stored.map((change) => ({ ...change, asked: [storedEvidence(change)] })),
    ...seen.map((change) => ({ ...change, asked: [seenEvidence(change)] })),
  ];
  const merged = mergeChanges(drafts, (kept, other) => ({
    ...joinedChange(kept, other),
    asked: [...kept.asked, ...other.asked],
  }));
  return yield* Effect.forEach(merged.slice(0, limit), ({ asked, ...change }) =>
    Effect.map(Effect.forEach(asked, fetchEvidence), (evidence): KnownChange => ({ ...change, evidence })),
  );
});

const storedSql = `SELECT ${changeColumns} FROM obs_changes FINAL
WHERE At >= fromUnixTimestamp64Milli({from:Int64}) AND At < fromUnixTimestamp64Milli({to:Int64})
  AND (empty({services:Array(String)}) OR ServiceName IN {services:Array(String)})
ORDER BY At DESC, Id LIMIT ${limits.changes.read}`;
