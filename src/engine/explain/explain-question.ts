import { Clock, Effect } from 'effect';
import type { BadInput, EngineUnavailable, QueryFailed, TraceNotFound } from '../domain/errors.ts';
import type { QueryClient } from '../store/query-client.ts';
import { findTrouble } from './ask/found.ts';
import { troubleRange } from './ask/trouble-range.ts';
import { explainCompare } from './compare/explain-compare.ts';
import { explainDeploy } from './compare/explain-deploy.ts';
import { explainTraces } from './compare/explain-traces.ts';
import { explainTrace } from './explain-trace.ts';
import type { Explanation } from './explanation.ts';
import type { Question } from './question.ts';
import { explainRange } from './range/explain-range.ts';

export type ExplainFailure = TraceNotFound | BadInput | QueryFailed | EngineUnavailable;

/** Answers whatever can be asked. Deterministic: no model takes part. */
export const explainQuestion = Effect.fn('explainQuestion')(function* (
  question: Question,
): Effect.fn.Return<Explanation, ExplainFailure, QueryClient> {
  const now = yield* Clock.currentTimeMillis;
  switch (question.ask) {
    case 'trace':
      return yield* explainTrace(question.traceId);
    case 'range':
      return yield* explainRange({ question, ...question });
    case 'incident':
    case 'anomaly': {
      const found = yield* findTrouble(question.ask, question.id);
      const { services } = found;
      return yield* explainRange({
        question: { ...question, id: found.id },
        range: troubleRange(found, now),
        ...(services.length === 0 ? {} : { services }),
      });
    }
    case 'deploy':
      return yield* explainDeploy(question, now);
    case 'compare':
      return yield* explainCompare(question, question, question.within);
    case 'traces':
      return yield* explainTraces(question);
  }
});
