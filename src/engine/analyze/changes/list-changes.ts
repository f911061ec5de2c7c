import { Effect } from 'effect';
import type { Change } from '../../domain/changes/change.ts';
import { changeColumns, changeOf, type ChangeRow } from '../../domain/changes/change-rows.ts';
import { joinedChange, mergeChanges } from '../../domain/changes/same-change.ts';
import { BadInput, type EngineUnavailable, type QueryFailed } from '../../domain/errors.ts';
import { printable } from '../../domain/printable.ts';
import { Conditions } from '../../search/conditions.ts';
import { QueryClient } from '../../store/query-client.ts';

type Failure = QueryFailed | EngineUnavailable;

/** Changes of [fromMs, toMs). */
export interface ChangeRange {
  readonly fromMs: number;
  readonly toMs: number;
  readonly service?: string | undefined;
  readonly limit: number;
}

/** The newest first; what was told and seen of one deployment is one. */
export const listChanges = Effect.fnUntraced(function* ({
  fromMs,
  toMs,
  service,
  limit,
}: ChangeRange): Effect.fn.Return<readonly Change[], Failure, QueryClient> {
  const client = yield* QueryClient;
  const conditions = new Conditions().between('At', fromMs, toMs);
  if (service !== undefined) conditions.add('ServiceName = {}', 'String', service);
  // Twice as many: two rows may be one change.
  const rows = yield* client.rows<ChangeRow>(
    `SELECT ${changeColumns} FROM obs_changes FINAL WHERE ${conditions.where} ORDER BY At DESC, Id LIMIT ${2 * Math.floor(limit)}`,
    { parameters: conditions.parameters },
  );
  return mergeChanges(rows.map(changeOf), joinedChange).slice(0, limit);
});

const named = 5;

/** @param prefix of a change's id, as long as it names one alone; a whole id names that one */
export const findChange = Effect.fnUntraced(function* (
  prefix: string,
): Effect.fn.Return<Change, BadInput | Failure, QueryClient> {
  const typed = prefix.trim();
  const found = typed === '' ? [] : yield* byPrefix(typed);
  const [first, second] = found;
  const whole = found.find(({ id }) => id === typed);
  if (whole !== undefined) return whole;
  if (first !== undefined && second === undefined) return first;
  const near = first === undefined ? yield* byPrefix('') : found;
  const ids = near.slice(0, named).map(({ id }) => id);
  return yield* new BadInput({
    what: `Cannot show change "${printable(prefix)}"`,
    why: first === undefined ? 'no change has an id that begins like this' : 'several ids begin like this',
    hint:
      ids.length === 0
        ? 'The store holds no change yet; note one with `obs change add`'
        : `${first === undefined ? 'The newest' : 'They'} are ${ids.join(', ')}`,
  });
});

const byPrefix = Effect.fnUntraced(function* (
  prefix: string,
): Effect.fn.Return<readonly Change[], Failure, QueryClient> {
  const client = yield* QueryClient;
  const rows = yield* client.rows<ChangeRow>(
    `SELECT ${changeColumns} FROM obs_changes FINAL WHERE startsWith(Id, {prefix:String})
ORDER BY Id = {prefix:String} DESC, At DESC, Id LIMIT ${named + 1}`,
    { parameters: { prefix } },
  );
  return rows.map(changeOf);
});
