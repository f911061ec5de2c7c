import { Effect } from 'effect';
import type { EngineUnavailable, QueryFailed } from '../../domain/errors.ts';
import type { QueryClient } from '../../store/query-client.ts';
import type { Candidate } from '../candidate.ts';
import type { TraceContext } from '../context.ts';
import type { Explanation } from '../explanation.ts';
import { readAnomalyFacts } from '../range/anomalies.ts';
import { endOf } from '../times.ts';
import { servicesOf } from '../trace-tree.ts';
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
  const [changes, anomalies] = yield* Effect.all([changesOfTrace(context), anomaliesOfTrace(context)], {
    concurrency: 2,
  });
  const blamed = verdict.culprit?.service ?? null;
  return {
    ...noCircumstances,
    changes: tellChangesOfTrace(changes, context, suspectServices(candidates), blamed),
    anomalies,
  };
});

/** Windows are judged whole: what was found just before may be the beginning of the same. */
const shortlyBeforeMs = 2 * 60_000;

/** What the analyzer found in the trace's services from shortly before up to its end. */
const anomaliesOfTrace = (context: TraceContext): ReturnType<typeof readAnomalyFacts> =>
  readAnomalyFacts(
    {
      fromMs: Number(context.data.originNs / 1_000_000n) - shortlyBeforeMs,
      toMs: Math.ceil(Number(endOf(context)) / 1e6),
    },
    servicesOf(context.tree),
  );
