import { Effect } from 'effect';
import type { Change } from '../../domain/changes/change.ts';
import { changeColumns, changeOf, type ChangeRow } from '../../domain/changes/change-rows.ts';
import { deploymentsOf } from '../../domain/changes/deployments.ts';
import { isSameChange } from '../../domain/changes/same-change.ts';
import { versionRunOf, type VersionRunRow, versionRunsSql } from '../../domain/changes/version-runs.ts';
import { BadInput, type EngineUnavailable, type QueryFailed } from '../../domain/errors.ts';
import { printable } from '../../domain/printable.ts';
import { QueryClient } from '../../store/query-client.ts';
import { readChanges, type KnownChange } from '../changes/read-changes.ts';

type Failure = BadInput | QueryFailed | EngineUnavailable;

export interface FoundChange {
  /** With what telemetry and who told of it know together. */
  readonly change: KnownChange;
  /** Other changes of the same service and environment within an hour, notes left out; the newest first. */
  readonly others: readonly KnownChange[];
}

const named = 5;
const aroundMs = 60 * 60_000;
const mostAround = 50;
/** A deployment that nobody wrote down yet is looked for so far back: answers name its id too. */
const unwrittenMs = 24 * 60 * 60_000;

/** The change whose id begins like this, as long as it is one alone. */
export const findChange = Effect.fnUntraced(function* (
  prefix: string,
  nowMs: number,
): Effect.fn.Return<FoundChange, Failure, QueryClient> {
  const row = yield* rowOf(prefix, nowMs);
  const around = yield* readChanges({
    fromMs: row.atMs - aroundMs,
    toMs: row.atMs + aroundMs,
    services: [row.service],
    limit: mostAround,
  });
  const same = around.find(({ id }) => id === row.id) ?? around.find((one) => isSameChange(one, row));
  const change = same ?? { ...row, evidence: [] };
  const isElsewhere = ({ environment }: Change): boolean =>
    environment !== '' && change.environment !== '' && environment !== change.environment;
  return { change, others: around.filter((one) => one !== same && one.kind !== 'note' && !isElsewhere(one)) };
});

const rowOf = Effect.fnUntraced(function* (
  prefix: string,
  nowMs: number,
): Effect.fn.Return<Change, Failure, QueryClient> {
  const asked = prefix.trim().toLowerCase();
  const written = asked === '' ? [] : yield* writtenChanges(asked);
  const found = written.length > 0 || asked === '' ? written : yield* unwrittenChanges(asked, nowMs);
  const [first, second] = found;
  if (first !== undefined && second === undefined) return first;
  const near = first === undefined ? yield* writtenChanges('') : found;
  const ids = near.slice(0, named).map(({ id, service }) => `${printable(id)} (${printable(service)})`);
  return yield* new BadInput({
    what: `Cannot explain deployment "${printable(prefix)}"`,
    why: first === undefined ? 'no change has an id that begins like this' : 'several ids begin like this',
    hint:
      ids.length === 0
        ? 'No change is known yet: set `service.version`, or tell one with `obs change add`'
        : `${first === undefined ? 'The newest' : 'They'} are ${ids.join(', ')}`,
  });
});

const writtenChanges = Effect.fnUntraced(function* (
  prefix: string,
): Effect.fn.Return<readonly Change[], QueryFailed | EngineUnavailable, QueryClient> {
  const client = yield* QueryClient;
  const rows = yield* client.rows<ChangeRow>(
    `SELECT ${changeColumns} FROM obs_changes FINAL WHERE startsWith(Id, {prefix:String}) ORDER BY At DESC, Id LIMIT ${named + 1}`,
    { parameters: { prefix } },
  );
  return rows.map(changeOf);
});

/** Deployments of the last day as the analyzer would find them. */
const unwrittenChanges = Effect.fnUntraced(function* (
  prefix: string,
  nowMs: number,
): Effect.fn.Return<readonly Change[], QueryFailed | EngineUnavailable, QueryClient> {
  const client = yield* QueryClient;
  const fromMs = nowMs - unwrittenMs;
  const runs = yield* client.rows<VersionRunRow>(versionRunsSql(fromMs, nowMs), { parameters: { services: [] } });
  return deploymentsOf(runs.map(versionRunOf), fromMs, nowMs).filter(({ id }) => id.startsWith(prefix));
});
