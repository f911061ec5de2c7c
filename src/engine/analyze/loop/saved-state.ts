import { Effect } from 'effect';
import type { EngineUnavailable, QueryFailed } from '../../domain/errors.ts';
import { OwnTables } from '../../store/own-tables.ts';
import { QueryClient } from '../../store/query-client.ts';

type Failure = QueryFailed | EngineUnavailable;

/** What a part of the analyzer saved last; `null` where it never did. */
export const readState = Effect.fnUntraced(function* (
  part: string,
): Effect.fn.Return<string | null, Failure, QueryClient> {
  const client = yield* QueryClient;
  const rows = yield* client.rows<{ State: string }>(
    'SELECT State FROM obs_analyzer_state FINAL WHERE Part = {part:String}',
    { parameters: { part } },
  );
  return rows[0]?.State ?? null;
});

export const saveState = Effect.fnUntraced(function* (
  part: string,
  state: string,
  nowMs: number,
): Effect.fn.Return<void, Failure, OwnTables> {
  const tables = yield* OwnTables;
  yield* tables.insert('obs_analyzer_state', [
    { Part: part, Saved: (nowMs / 1000).toFixed(3), State: state, Version: nowMs },
  ]);
});
