import { Effect } from 'effect';
import type { BadInput, EngineUnavailable, QueryFailed } from '../../domain/errors.ts';
import type { QueryClient } from '../../store/query-client.ts';
import type { Explanation } from '../explanation.ts';
import type { Question } from '../question.ts';
import { changeSides } from './change-sides.ts';
import { compareSides } from './comparison.ts';
import { findChange } from './find-change.ts';
import { onsetOfSides } from './onset.ts';
import { readSide } from './sides.ts';
import { tellComparison } from './tell.ts';

/** What changed with a deployment, or with another change of a service; see `changeSides`. */
export const explainDeploy = Effect.fn('explainDeploy')(function* (
  question: Extract<Question, { readonly ask: 'deploy' }>,
  nowMs: number,
): Effect.fn.Return<Explanation, BadInput | QueryFailed | EngineUnavailable, QueryClient> {
  const found = yield* findChange(question.id, nowMs);
  const { change } = found;
  const sides = yield* changeSides(found, nowMs);
  const { before } = sides;
  const [bad, good] = yield* Effect.all([readSide(sides.bad, before.range), readSide(sides.good, before.range)], {
    concurrency: 2,
  });
  const compared = yield* compareSides(bad, good);
  return yield* tellComparison({
    question: { ...question, id: change.id },
    compared,
    since: yield* onsetOfSides(compared, before),
    assumed: sides.missing,
    by: { change, before: before.range },
  });
});
