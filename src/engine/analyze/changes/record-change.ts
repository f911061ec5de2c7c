import { Effect } from 'effect';
import { type Change } from '../../domain/changes/change.ts';
import { changeRow } from '../../domain/changes/change-rows.ts';
import type { EngineUnavailable, QueryFailed } from '../../domain/errors.ts';
import { OwnTables } from '../../store/own-tables.ts';

/** Writes changes down; one whose id is there already takes its place. For commands, the analyzer and `obs heal` alike. */
export const recordChange = Effect.fnUntraced(function* (
  ...changes: readonly Change[]
): Effect.fn.Return<void, QueryFailed | EngineUnavailable, OwnTables> {
  const tables = yield* OwnTables;
  yield* tables.insert('obs_changes', changes.map(changeRow));
});
