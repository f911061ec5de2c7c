import { Cause, Clock, Effect, FiberMap, Queue, Stream, type Scope } from 'effect';
import { messageOf } from '../../engine/domain/messages.ts';
import type { ExplainFailure } from '../../engine/explain/explain-question.ts';
import type { Explanation } from '../../engine/explain/explanation.ts';
import type { Question } from '../../engine/explain/question.ts';
import type { QueryClient } from '../../engine/store/query-client.ts';
import type { Event } from '../state/events.ts';
import type { Outcome } from '../state/explaining.ts';

export interface Explainer {
  /** From now on this question is worked on, and no other: what was under way is interrupted. Null: none. */
  ask(question: Question | null): void;
}

/**
 * Works on the explanation that the screen shows, one at a time, and lets its seconds pass.
 * @param keep what is done with an answer once it is shown: `obs evidence` finds its evidence by it
 */
export const openExplainer = Effect.fnUntraced(function* (
  send: (event: Event) => void,
  keep: (explanation: Explanation) => Effect.Effect<void>,
): Effect.fn.Return<Explainer, never, QueryClient | Scope.Scope> {
  const work = yield* FiberMap.make<string, void>();
  const wishes = yield* Queue.sliding<Question | null>(1);
  const follow = Effect.fnUntraced(function* (question: Question | null) {
    yield* FiberMap.remove(work, 'question');
    if (question !== null) yield* FiberMap.run(work, 'question', answer(question, send, keep));
  });
  yield* Stream.fromQueue(wishes).pipe(Stream.runForEach(follow), Effect.forkScoped);
  return { ask: (question) => void Queue.offerUnsafe(wishes, question) };
});

const answer = Effect.fnUntraced(function* (
  question: Question,
  send: (event: Event) => void,
  keep: (explanation: Explanation) => Effect.Effect<void>,
) {
  const tick = Effect.map(Clock.currentTimeMillis, (nowMs) => send({ type: 'ticked', nowMs }));
  const ticking = Effect.forever(Effect.andThen(Effect.sleep(1000), tick));
  // Large, and not needed by who only looks.
  const { explainQuestion } = yield* Effect.promise(() => import('../../engine/explain/explain-question.ts'));
  const outcome = yield* explainQuestion(question).pipe(
    Effect.map((explanation): Outcome => ({ state: 'told', explanation })),
    Effect.catchCause(failed),
    Effect.raceFirst(ticking),
  );
  send({ type: 'explained', question, outcome });
  if (outcome.state === 'told') yield* keep(outcome.explanation);
});

function failed(cause: Cause.Cause<ExplainFailure>): Effect.Effect<Outcome> {
  if (Cause.hasInterruptsOnly(cause)) return Effect.interrupt;
  const error = Cause.squash(cause);
  if (typeof error === 'object' && error !== null && '_tag' in error)
    return Effect.succeed({ state: 'failed', ...messageOf(error as ExplainFailure) });
  return Effect.succeed({
    state: 'failed',
    what: 'The explanation failed',
    why: String(error),
    next: 'Esc goes back. This is a mistake of obs: please report it',
  });
}
