import { Effect } from 'effect';
import type { EngineUnavailable, QueryFailed } from '../../domain/errors.ts';
import type { QueryClient } from '../../store/query-client.ts';
import { readArtefact } from './artefact.ts';
import { openJudge, trackedScores } from './judge.ts';
import { knownTrouble } from './known-trouble.ts';
import { leaveOut } from './leave-out.ts';
import { type ModelRow, readFileOf } from './model-rows.ts';
import { quantile } from './prove.ts';
import { readMatrix } from './read-matrix.ts';

/** The newest windows that are looked at, and how many of them must be usual. */
const recentMs = 3_600_000;
const leastShare = 0.5;
/** Usual windows score so many times what was usual when the model was made. */
const driftTimes = 1.5;

/**
 * How many times its usual score a model gives the usual windows of the last hour, where that says that it no longer
 * knows its service; else `null`. An unreadable model has drifted in any case.
 */
export const driftOf = Effect.fnUntraced(function* (
  model: ModelRow,
  nowMs: number,
): Effect.fn.Return<number | null, QueryFailed | EngineUnavailable, QueryClient> {
  return yield* Effect.scoped(
    Effect.gen(function* () {
      const artefact = yield* readArtefact(yield* readFileOf(model));
      const judge = yield* openJudge(artefact);
      const { card } = artefact;
      const fromMs = nowMs - recentMs;
      const matrix = yield* readMatrix(card.columns, card.seconds, fromMs, nowMs);
      const kept = leaveOut(matrix, yield* knownTrouble(model.scope, fromMs, nowMs));
      if (kept.times.length < (leastShare * recentMs) / (card.seconds * 1000)) return null;
      const errors = yield* Effect.promise(() => judge.errors(kept.values));
      const begins = (row: number): boolean =>
        row === 0 || kept.times[row]! - kept.times[row - 1]! > 3000 * card.seconds;
      const median = quantile(trackedScores(card, errors, begins).toSorted(), 0.5);
      return median >= driftTimes ? median : null;
    }),
  ).pipe(Effect.catchTag('ModelUnreadable', () => Effect.succeed(Infinity)));
});
