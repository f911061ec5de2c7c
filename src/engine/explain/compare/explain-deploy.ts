import { Effect } from 'effect';
import type { BadInput, EngineUnavailable, QueryFailed } from '../../domain/errors.ts';
import type { QueryClient } from '../../store/query-client.ts';
import type { Explanation } from '../explanation.ts';
import type { Question } from '../question.ts';
import { changeSides, type ChangeSides } from './change-sides.ts';
import { isAfter } from './change-verdict.ts';
import { compareSides, type Comparison } from './comparison.ts';
import { findChange } from './find-change.ts';
import { onsetOfSides, type SidesOnset } from './onset.ts';
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
  const since = yield* onsetOfSides(compared, before);
  return yield* tellComparison({
    question: { ...question, id: change.id },
    compared: isAfter(change, since) ? yield* withCalm(compared, sides, since) : compared,
    since,
    assumed: sides.missing,
    by: { change, before: before.range },
  });
});

/** What began before the change is compared with the time before that, as far as there are traces of it. */
const withCalm = Effect.fnUntraced(function* (
  compared: Comparison,
  { good, before: { range } }: ChangeSides,
  { onset }: SidesOnset,
): Effect.fn.Return<Comparison, BadInput | QueryFailed | EngineUnavailable, QueryClient> {
  const calm = { fromMs: range.fromMs, toMs: Math.min(onset?.from ?? range.toMs, range.toMs) };
  if (calm.toMs <= calm.fromMs) return compared;
  const side = yield* readSide({ ...good, range: calm }, calm);
  return side.traceIds.length === 0 ? compared : yield* compareSides(compared.bad.side, side);
});
