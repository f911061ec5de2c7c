import { Effect } from 'effect';
import type { EngineUnavailable, QueryFailed } from '../domain/errors.ts';
import { Store } from './store.ts';

/** Rows of a statement that the store asks for itself: 64-bit integers as numbers, so only for counts and sizes. */
export function readRows<Row>(sql: string): Effect.Effect<readonly Row[], QueryFailed | EngineUnavailable, Store> {
  return Effect.gen(function* () {
    const store = yield* Store;
    const { body } = yield* store.run({
      sql,
      format: 'JSON',
      settings: { output_format_json_quote_64bit_integers: 0 },
    });
    const answer = JSON.parse(new TextDecoder().decode(body)) as { readonly data: readonly Row[] };
    return answer.data;
  });
}
