import { Effect } from 'effect';
import type { EngineUnavailable, QueryFailed } from '../../domain/errors.ts';
import type { QueryClient } from '../../store/query-client.ts';
import type { Candidate } from '../candidate.ts';
import type { TraceContext } from '../context.ts';
import { fetchEvidence } from '../evidence/evidence.ts';
import type { Explanation, Symptom } from '../explanation.ts';
import { readAnomalyFacts } from '../range/anomalies.ts';
import { endOf } from '../times.ts';
import { servicesOf } from '../trace-tree.ts';
import { verdictOf } from '../verdict.ts';
import { changesOfTrace, tellChangesOfTrace } from './changes-of-trace.ts';
import { separatedRequests } from './separated-requests.ts';
import { suspectServices } from './suspects.ts';
import { symptomEvidence } from './symptom-evidence.ts';
import { symptomsOfTrace } from './symptoms-of-trace.ts';
import { withoutFinding } from './without-finding.ts';

/** What an answer about a trace says beside the trace itself. */
export type Circumstances = Pick<
  Explanation,
  'symptoms' | 'without' | 'attributes' | 'changes' | 'anomalies' | 'missing'
>;

export const noCircumstances: Circumstances = {
  symptoms: [],
  without: null,
  attributes: [],
  changes: [],
  anomalies: [],
  missing: [],
};

/** Asks the store for them; nothing where the trace is as usual. */
export const readCircumstances = Effect.fnUntraced(function* (
  context: TraceContext,
  candidates: readonly Candidate[],
): Effect.fn.Return<Circumstances, QueryFailed | EngineUnavailable, QueryClient> {
  const verdict = verdictOf(context, candidates);
  if (verdict.severity === null) return noCircumstances;
  const [first] = candidates;
  const [separated, changes, without, symptoms, anomalies] = yield* Effect.all(
    [
      separatedRequests(context),
      changesOfTrace(context),
      first === undefined ? Effect.succeed(null) : withoutFinding(first, context),
      readSymptoms(context),
      anomaliesOfTrace(context),
    ],
    { concurrency: 3 },
  );
  return {
    symptoms,
    without,
    attributes: separated.attributes,
    changes: tellChangesOfTrace(changes, context, suspectServices(candidates), verdict.culprit),
    anomalies,
    missing: separated.missing,
  };
});

/** With what shows them: a statement or two for all of them together. */
const readSymptoms = Effect.fnUntraced(function* (
  context: TraceContext,
): Effect.fn.Return<readonly Symptom[], QueryFailed | EngineUnavailable, QueryClient> {
  const symptoms = symptomsOfTrace(context);
  const { queries, of } = symptomEvidence(symptoms, context);
  const fetched = yield* Effect.forEach(queries, fetchEvidence, { concurrency: 2 });
  const evidence = new Map(queries.map((query, place) => [query, fetched[place]]));
  return symptoms.map((symptom) => {
    const { spans: _, ...told } = symptom;
    return { ...told, evidence: of(symptom).flatMap((query) => evidence.get(query) ?? []) };
  });
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
