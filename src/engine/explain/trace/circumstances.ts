import { Effect } from 'effect';
import type { EngineUnavailable, QueryFailed } from '../../domain/errors.ts';
import type { QueryClient } from '../../store/query-client.ts';
import type { Candidate } from '../candidate.ts';
import type { TraceContext } from '../context.ts';
import type { Explanation } from '../explanation.ts';
import { verdictOf } from '../verdict.ts';
import { changesOfTrace, tellChangesOfTrace } from './changes-of-trace.ts';
import { suspectServices } from './suspects.ts';

/** What an answer about a trace says beside the trace itself. */
export type Circumstances = Pick<Explanation, 'symptoms' | 'without' | 'attributes' | 'changes' | 'anomalies'>;

export const noCircumstances: Circumstances = {
  symptoms: [],
  without: null,
  attributes: [],
  changes: [],
  anomalies: [],
};

/** Asks the store for them; nothing where the trace is as usual. */
export const readCircumstances = Effect.fnUntraced(function* (
  context: TraceContext,
  candidates: readonly Candidate[],
): Effect.fn.Return<Circumstances, QueryFailed | EngineUnavailable, QueryClient> {
  const verdict = verdictOf(context, candidates);
  if (verdict.severity === null) return noCircumstances;
  const changes = yield* changesOfTrace(context);
  return {
    ...noCircumstances,
    changes: tellChangesOfTrace(changes, context, suspectServices(candidates), verdict.culprit?.service ?? null),
  };
});
