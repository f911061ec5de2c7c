import { Clock, Effect } from 'effect';
import type { EngineUnavailable, QueryFailed } from '../../domain/errors.ts';
import type { QueryClient } from '../../store/query-client.ts';
import { describe, shownTrace } from '../describe.ts';
import { fetchEvidence } from '../evidence/evidence.ts';
import { withEvidence } from '../explain-trace.ts';
import type { Explanation, Symptom, Without } from '../explanation.ts';
import { loadAhead } from '../load/load-ahead.ts';
import { loadEnvironments } from '../load/load-environments.ts';
import { readAnomalyFacts } from './anomalies.ts';
import { byEnvironment, missingOfEnvironments, withEnvironment, withFares } from './environments.ts';
import { tellChanges } from './changes.ts';
import { investigate, type Investigation, type RangeAsk } from './investigate.ts';
import { missingOfRange } from './missing-of-range.ts';
import { nextOfRange } from './next-of-range.ts';
import { orderedVotes } from './ordered-votes.ts';
import { rangeOf } from './periods.ts';
import { separatedBy } from './separated.ts';
import type { Suspected } from './suspects.ts';
import type { Worse } from './symptoms.ts';
import { tellSuspects } from './tell-suspects.ts';
import { symptomEvidence, symptomOf, symptomsInOrder } from './told-symptoms.ts';
import { verdictOfRange } from './verdict.ts';
import { withoutCause } from './without.ts';

/** What is wrong in a time, who is to blame, and what shows it. */
export const explainRange = Effect.fn('explainRange')(function* (
  ask: RangeAsk,
): Effect.fn.Return<Explanation, QueryFailed | EngineUnavailable, QueryClient> {
  return yield* tell(yield* investigate(ask));
});

const mostFindings = 5;

type Telling<A> = Effect.Effect<A, QueryFailed | EngineUnavailable, QueryClient>;

/** Fetches what shows it, and puts it into words. */
const tell = Effect.fnUntraced(function* (
  told: Investigation,
): Effect.fn.Return<Explanation, QueryFailed | EngineUnavailable, QueryClient> {
  const { ask, periods, totals, worse, calls, felt, votes, looked, suspects, spans, onset } = told;
  const [first] = suspects;
  const [most] = felt;
  const telling = orderedVotes(votes, suspects).slice(0, mostFindings);
  const findings = yield* Effect.forEach(telling, ({ candidate }) => withEvidence(candidate), { concurrency: 2 });
  const symptoms = yield* tellSymptoms(told);
  const without = yield* withoutFirst(told);
  const about = worstOfFirst(told);
  const separation = about === undefined ? { splits: [], missing: [] } : yield* separationOf(about, told);
  const environments = yield* loadEnvironments(rangeOf(periods.now), []);
  const fares =
    about === undefined || periods.usual === null || !environments.has(about.service)
      ? null
      : yield* byEnvironment(about, rangeOf(periods.usual));
  const nowMs = yield* Clock.currentTimeMillis;
  const ahead = ask.range.fromMs > nowMs ? [] : yield* loadAhead(nowMs);
  const anomalies = yield* readAnomalyFacts(rangeOf(periods.now), ask.services ?? []);
  const rangeMs = (periods.now.toSeconds - periods.now.fromSeconds) * 1000;
  const verdict = verdictOfRange({ suspects, findings, felt: most, totals, rangeMs });
  const shown = (first?.vote ?? votes[0])?.shownBy ?? looked.bad[0];
  const trace = shown === undefined ? null : describe({ ...shown.context, environment: null }, []);
  return {
    version: 2,
    question: ask.question,
    scope: scopeOf(told),
    verdict: withEnvironment(verdict, fares),
    suspects: withFares(yield* tellSuspects(told, findings), fares),
    symptoms,
    without,
    ...shownTrace(trace),
    findings,
    attributes: separation.splits,
    changes: tellChanges(told.changes, onset, first?.service ?? null, calls),
    anomalies,
    missing: [
      ...missingOfRange({ totals, calls, periods, worse, trace, spans, ahead, delayedAtOnce: told.delayedAtOnce }),
      ...missingOfEnvironments(environments, new Set(totals.map(({ service }) => service)), fares),
      ...separation.missing,
    ],
    next: nextOfRange(rangeOf(periods.now), verdict, trace?.trace.traceId ?? null),
  };
});

function scopeOf({ periods: { now, usual }, totals, spans, looked, onset }: Investigation): Explanation['scope'] {
  const iso = (unixMs: number): string => new Date(unixMs).toISOString();
  return {
    from: iso(now.fromSeconds * 1000),
    to: iso(now.toSeconds * 1000),
    usualFrom: usual === null ? null : iso(usual.fromSeconds * 1000),
    usualTo: usual === null ? null : iso(usual.toSeconds * 1000),
    onset: onset === null ? null : { at: iso(onset.at), from: iso(onset.from), to: iso(onset.to) },
    services: [...new Set(totals.map(({ service }) => service))].toSorted(),
    spans,
    tracesRead: looked.bad.length + looked.usual.length,
  };
}

const tellSymptoms = ({ worse, calls, periods }: Investigation): Telling<readonly Symptom[]> =>
  Effect.forEach(
    symptomsInOrder(worse, calls),
    (one) =>
      Effect.map(fetchEvidence(symptomEvidence(one, periods)), (evidence) => ({
        ...symptomOf(one),
        evidence: [evidence],
      })),
    { concurrency: 2 },
  );

/** A service that sends no spans any more cannot be told apart by them. */
const isSilent = (suspect: Suspected | undefined): boolean =>
  suspect?.reasons.some(({ source }) => source === 'silent') === true;

function withoutFirst({ suspects: [first], felt: [most], spans }: Investigation): Telling<Without | null> {
  // Of a host there are no traces without it that would be like the others.
  if (first === undefined || most === undefined || first.kind === 'host') return Effect.succeed(null);
  const { operation = '' } = first.vote?.candidate.culprit ?? {};
  const culprit = {
    service: first.service,
    operation: operation === '' ? null : operation,
    isSilent: isSilent(first),
  };
  return withoutCause(most, culprit, spans);
}

/** What is worst of the first suspect, else of what customers feel: whose calls are told apart. */
function worstOfFirst({ worse, suspects: [first], felt: [most] }: Investigation): Worse | undefined {
  if (most?.deviation.what === 'traffic') return undefined;
  return worse.find(({ service, kind }) => service === first?.service && kind !== 'Client') ?? most;
}

const separationOf = (about: Worse, { periods, suspects: [first] }: Investigation) =>
  separatedBy(
    about,
    periods.usual === null ? null : rangeOf(periods.usual),
    first === undefined || isSilent(first) ? [] : [first.service],
  );
