import { Effect } from 'effect';
import type { BadInput, EngineUnavailable, QueryFailed, TraceNotFound } from '../domain/errors.ts';
import type { QueryClient } from '../store/query-client.ts';
import { explainTrace } from './explain-trace.ts';
import type { Explanation } from './explanation.ts';
import type { Question } from './question.ts';
import { explainRange } from './range/explain-range.ts';

export type ExplainFailure = TraceNotFound | BadInput | QueryFailed | EngineUnavailable;

/** Answers whatever can be asked. Deterministic: no model takes part. */
export const explainQuestion = Effect.fn('explainQuestion')(function* (
  question: Question,
): Effect.fn.Return<Explanation, ExplainFailure, QueryClient> {
  switch (question.ask) {
    case 'trace':
      return yield* explainTrace(question.traceId);
    case 'range':
      return yield* explainRange({ question, ...question });
    default:
      return yield* Effect.die(new Error(`${question.ask} cannot be asked yet`));
  }
});
