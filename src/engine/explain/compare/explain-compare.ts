import { Effect } from 'effect';
import type { BadInput, EngineUnavailable, QueryFailed } from '../../domain/errors.ts';
import type { QueryClient } from '../../store/query-client.ts';
import type { Explanation } from '../explanation.ts';
import type { Question, Side, TimeRange } from '../question.ts';
import type { OperationKey } from '../sql.ts';
import { compareSides, type Comparison } from './comparison.ts';
import { onsetOfSides, type SidesOnset } from './onset.ts';
import { readSide } from './sides.ts';
import { tellComparison } from './tell.ts';

type Failure = BadInput | QueryFailed | EngineUnavailable;

/** Two sides, and what the first has that the second has not. Both may be chosen by traces of the same root operation alone. */
export const explainCompare = Effect.fn('explainCompare')(function* (
  question: Question,
  sides: { readonly bad: Side; readonly good: Side },
  within: TimeRange,
  operation?: OperationKey,
): Effect.fn.Return<Explanation, Failure, QueryClient> {
  const [bad, good] = yield* Effect.all(
    [readSide(sides.bad, within, operation), readSide(sides.good, within, operation)],
    { concurrency: 2 },
  );
  const compared = yield* compareSides(bad, good);
  return yield* tellComparison({ question, compared, since: yield* sinceOf(compared), assumed: [] });
});

/** Where one time is followed by the other. Of versions, attributes and traces when it began cannot be told by the sides alone. */
const sinceOf = (compared: Comparison): Effect.Effect<SidesOnset, QueryFailed | EngineUnavailable, QueryClient> => {
  const [bad, good] = [compared.bad.side, compared.good.side];
  const areJoined =
    bad.side?.side === 'time' && good.side?.side === 'time' && Math.abs(bad.range.fromMs - good.range.toMs) <= 1000;
  return areJoined ? onsetOfSides(compared, good) : Effect.succeed({ worse: [], onset: null });
};
