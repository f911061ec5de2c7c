import { Effect } from 'effect';
import type { BadInput, EngineUnavailable, QueryFailed } from '../../domain/errors.ts';
import type { QueryClient } from '../../store/query-client.ts';
import type { Explanation } from '../explanation.ts';
import type { Question } from '../question.ts';
import { changeSides } from './change-sides.ts';
import { compareTraces } from './explain-compare.ts';
import { findChange } from './find-change.ts';
import { readSide } from './sides.ts';

/** What changed with a deployment, or with another change of a service; see `changeSides`. */
export const explainDeploy = Effect.fn('explainDeploy')(function* (
  question: Extract<Question, { readonly ask: 'deploy' }>,
  nowMs: number,
): Effect.fn.Return<Explanation, BadInput | QueryFailed | EngineUnavailable, QueryClient> {
  const found = yield* findChange(question.id, nowMs);
  const sides = yield* changeSides(found, nowMs);
  const [bad, good] = yield* Effect.all(
    [readSide(sides.bad, sides.before.range), readSide(sides.good, sides.before.range)],
    { concurrency: 2 },
  );
  return yield* compareTraces({ ...question, id: found.change.id }, bad, good, sides.missing);
});
