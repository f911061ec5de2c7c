import { Clock, Effect } from 'effect';
import type { OwnTables } from '../../store/own-tables.ts';
import type { QueryClient } from '../../store/query-client.ts';
import { createPatterns } from '../meeting/patterns.ts';
import type { Attempts } from './attempts.ts';
import { readState, saveState } from './saved-state.ts';

export interface PatternMining {
  /** Counts patterns of logs and shapes of traces of the minutes that were closed. */
  readonly mine: Effect.Effect<void, never, QueryClient | OwnTables>;
  readonly save: Effect.Effect<void, never, OwnTables>;
}

const part = 'patterns';

/** @param onEvent minutes that were left out, and what could not be taken over from before */
export const openPatternMining = Effect.fnUntraced(function* (
  attempts: Attempts,
  onEvent: (event: string) => void,
): Effect.fn.Return<PatternMining, never, QueryClient> {
  const patterns = createPatterns(yield* attempts.attempt('read known patterns', readState(part), null));
  return {
    mine: Effect.gen(function* () {
      const now = yield* Clock.currentTimeMillis;
      const report = yield* attempts.attempt('count patterns', patterns.mine(now), null);
      if (report === null) return;
      const { note, skippedMinutes } = report;
      if (note !== null) onEvent(`analyzer: patterns: ${note}`);
      if (skippedMinutes > 0)
        onEvent(`analyzer: patterns of ${skippedMinutes} minutes were not counted: too far behind`);
    }),
    save: Effect.gen(function* () {
      const now = yield* Clock.currentTimeMillis;
      yield* attempts.attempt('save patterns', saveState(part, patterns.state(), now), undefined);
    }),
  };
});
