import { Clock, Effect } from 'effect';
import type { EngineUnavailable, QueryFailed } from '../../domain/errors.ts';
import type { QueryClient } from '../../store/query-client.ts';
import { describe } from '../describe.ts';
import { fetchEvidence, type EvidenceQuery } from '../evidence/evidence.ts';
import { withEvidence } from '../explain-trace.ts';
import type { Explanation, Finding, Suspect } from '../explanation.ts';
import type { Question, TimeRange } from '../question.ts';
import { outermostOf, readCalls, type Call } from './calls.ts';
import { followFlow, readServiceWindows } from './flow.ts';
import { findTraces, lookInto, badTracesSql, tracesEach, usualTracesSql, type LookedInto } from './looked-into.ts';
import { missingOfRange } from './missing-of-range.ts';
import { nextOfRange } from './next-of-range.ts';
import { readOperationWindows, readTotals, type OperationTotals } from './operation-rows.ts';
import { periodsOf, rangeOf, type Periods } from './periods.ts';
import { sum } from './sums.ts';
import { suspectsOf, type Suspected } from './suspects.ts';
import { candidatesOf, onsetOf, worseOperations, type Worse } from './symptoms.ts';
import { symptomEvidence, symptomOf, symptomsInOrder } from './told-symptoms.ts';
import { verdictOfRange } from './verdict.ts';
import { votesOf, type Vote } from './votes.ts';
import { withoutCause } from './without.ts';
import { limits } from '../../domain/limits.ts';

type Loading<A> = Effect.Effect<A, QueryFailed | EngineUnavailable, QueryClient>;

/** What a question about a time comes to, whichever way it was asked. */
export interface RangeAsk {
  readonly question: Question;
  readonly range: TimeRange;
  readonly usual?: TimeRange | undefined;
  /** Whose trouble is asked about; all where there are none. Its cause may lie elsewhere. */
  readonly services?: readonly string[] | undefined;
  readonly operation?: string | undefined;
}

/** Finds what is wrong in a time, who is to blame, and what shows it. */
export const explainRange = Effect.fn('explainRange')(function* (
  ask: RangeAsk,
): Effect.fn.Return<Explanation, QueryFailed | EngineUnavailable, QueryClient> {
  const periods = periodsOf(ask.range, ask.usual, yield* Clock.currentTimeMillis);
  const totals = yield* readTotals(periods.now, periods.usual, ask.services ?? []);
  const spans = sum(totals, ({ calls }) => calls);
  const [worse, calls] = yield* Effect.all([worseIn(periods, totals, ask), readCalls(rangeOf(periods.now), spans)], {
    concurrency: 2,
  });
  const real = worse.filter(({ deviation }) => deviation.what !== 'traffic');
  const shown = real.length > 0 ? real : worse;
  const felt = feltBy(shown, calls);
  const [flows, looked] = yield* Effect.all([flowsOf(felt, calls, periods), lookIntoTraces(felt, shown, periods)], {
    concurrency: 2,
  });
  const votes = votesOf(looked.bad, looked.usual);
  const suspects = suspectsOf({ votes, flows, records: [], worse: shown, changes: new Map() });
  return yield* tell({ ask, periods, totals, worse: shown, calls, felt, votes, looked, suspects, spans });
});

const worseIn = Effect.fnUntraced(function* (
  { now, usual, joined }: Periods,
  totals: readonly OperationTotals[],
  { operation }: RangeAsk,
): Effect.fn.Return<readonly Worse[], QueryFailed | EngineUnavailable, QueryClient> {
  const candidates = candidatesOf(
    operation === undefined ? totals : totals.filter((each) => each.operation === operation),
  );
  const [before, asked] = yield* Effect.all(
    [readOperationWindows(candidates, usual), readOperationWindows(candidates, now)],
    { concurrency: 2 },
  );
  return worseOperations(candidates, before, asked, joined);
});

/** The worst symptom of each service where customers feel it, the one that costs most first. */
function feltBy(worse: readonly Worse[], calls: readonly Call[]): readonly Worse[] {
  const services = [...new Set(worse.map(({ service }) => service))];
  const outermost = new Set(outermostOf(services, calls));
  const asked = worse.filter(({ kind, service }) => outermost.has(service) && kind !== 'Client');
  const of = asked.length > 0 ? asked : worse.filter(({ service }) => outermost.has(service));
  return [...Map.groupBy(of, ({ service }) => service).values()]
    .map((own) => own.reduce((a, b) => (costOf(b) > costOf(a) ? b : a)))
    .toSorted((a, b) => costOf(b) - costOf(a) || (a.service < b.service ? -1 : 1));
}

/** A failed call costs as much as so many milliseconds of waiting. */
const failureMs = 2000;

function costOf({ deviation: { what, usual, present, calls, failed } }: Worse): number {
  if (what === 'errors') return (failed - calls * (usual ?? 0)) * failureMs;
  return what === 'duration' ? calls * (present - (usual ?? 0)) : 0;
}

const mostFlows = 3;

/** Follows the calls from whoever feels it. */
const flowsOf = Effect.fnUntraced(function* (
  felt: readonly Worse[],
  calls: readonly Call[],
  { now, usual }: Periods,
): Effect.fn.Return<ReturnType<typeof followFlow>, QueryFailed | EngineUnavailable, QueryClient> {
  const alarms = felt.filter(({ deviation }) => deviation.what !== 'traffic').slice(0, mostFlows);
  if (alarms.length === 0 || calls.length === 0) return [];
  const services = [...new Set(calls.flatMap(({ caller, callee }) => [caller, callee]))];
  const [before, during] = yield* Effect.all([readServiceWindows(services, usual), readServiceWindows(services, now)], {
    concurrency: 2,
  });
  return alarms.flatMap(({ service, deviation }) =>
    followFlow({
      alarmed: service,
      kind: deviation.what === 'errors' ? 'errors' : 'latency',
      atMs: Math.max(now.fromSeconds, deviation.fromSeconds) * 1000,
      calls,
      usual: before,
      now: during,
      usualPeriod: usual,
      nowPeriod: now,
    }),
  );
});

interface Looked {
  readonly bad: readonly LookedInto[];
  readonly usual: readonly LookedInto[];
}

/** Traces of what customers feel, and of what is worst in other services, each beside usual ones of the same operation. */
const lookIntoTraces = Effect.fnUntraced(function* (
  felt: readonly Worse[],
  worse: readonly Worse[],
  { now, usual }: Periods,
): Effect.fn.Return<Looked, QueryFailed | EngineUnavailable, QueryClient> {
  const chosen = chosenOf(felt, worse);
  const each = tracesEach(chosen.length);
  const ids = (statements: readonly string[], most: number): Loading<readonly string[]> =>
    Effect.forEach(statements, findTraces, { concurrency: 3 }).pipe(
      Effect.map((found) => [...new Set(found.flat())].slice(0, most)),
    );
  const range = rangeOf(now);
  const [badIds, usualIds] = yield* Effect.all(
    [
      ids(
        chosen.map((each_) => badTracesSql(each_, range, each)),
        limits.explain.badTraces,
      ),
      usual === null
        ? Effect.succeed([])
        : ids(
            chosen.slice(0, limits.explain.usualTraces).map((one) => usualTracesSql(one, before(one, usual), 1)),
            limits.explain.usualTraces,
          ),
    ],
    { concurrency: 2 },
  );
  const [bad, fine] = yield* Effect.all([lookInto(badIds), lookInto(usualIds)]);
  return { bad, usual: fine };
});

const before = (
  { deviation }: Worse,
  { fromSeconds, toSeconds }: { fromSeconds: number; toSeconds: number },
): TimeRange => ({
  fromMs: fromSeconds * 1000,
  toMs: (fromSeconds < deviation.fromSeconds ? Math.min(toSeconds, deviation.fromSeconds) : toSeconds) * 1000,
});

const mostChosen = 4;

function chosenOf(felt: readonly Worse[], worse: readonly Worse[]): readonly Worse[] {
  const services = new Set<string>();
  const byService = worse.filter(({ service }) => !services.has(service) && services.add(service));
  const all = [...felt.slice(0, 2), ...byService];
  return [...new Set(all)].slice(0, mostChosen);
}

interface Told {
  readonly ask: RangeAsk;
  readonly periods: Periods;
  readonly totals: readonly OperationTotals[];
  readonly worse: readonly Worse[];
  readonly calls: readonly Call[];
  readonly felt: readonly Worse[];
  readonly votes: readonly Vote[];
  readonly looked: Looked;
  readonly suspects: readonly Suspected[];
  readonly spans: number;
}

const mostFindings = 5;
/** Of quiet times nothing else is known than that nothing was found. */
const quietConfidence = 0.9;

/** Fetches what shows it, and puts it into words. */
const tell = Effect.fnUntraced(function* (
  told: Told,
): Effect.fn.Return<Explanation, QueryFailed | EngineUnavailable, QueryClient> {
  const { ask, periods, totals, worse, calls, felt, votes, looked, suspects, spans } = told;
  const onset = onsetOf(worse);
  const told_ = orderedVotes(votes, suspects).slice(0, mostFindings);
  const findings = yield* Effect.forEach(told_, ({ candidate }) => withEvidence(candidate), { concurrency: 2 });
  const symptoms = yield* Effect.forEach(
    symptomsInOrder(worse, calls),
    (one) =>
      Effect.map(evidenceOf([symptomEvidence(one, periods.usual)]), (evidence) => ({ ...symptomOf(one), evidence })),
    { concurrency: 2 },
  );
  const [first] = suspects;
  const [most] = felt;
  const operation = first?.vote === null || first?.vote === undefined ? null : first.vote.candidate.culprit.operation;
  const without =
    first === undefined || most === undefined
      ? null
      : yield* withoutCause(most, { service: first.service, operation: operation === '' ? null : operation }, spans);
  const verdict = verdictOfRange({
    suspects,
    findings,
    felt: most,
    totals,
    rangeMs: (periods.now.toSeconds - periods.now.fromSeconds) * 1000,
    quietConfidence,
  });
  const shown = (first?.vote ?? votes[0])?.shownBy ?? looked.bad[0];
  const trace = shown === undefined ? null : describe(shown.context, []);
  const iso = (unixMs: number): string => new Date(unixMs).toISOString();
  return {
    version: 2,
    question: ask.question,
    scope: {
      from: iso(periods.now.fromSeconds * 1000),
      to: iso(periods.now.toSeconds * 1000),
      usualFrom: periods.usual === null ? null : iso(periods.usual.fromSeconds * 1000),
      usualTo: periods.usual === null ? null : iso(periods.usual.toSeconds * 1000),
      onset: onset === null ? null : { at: iso(onset.atMs), from: iso(onset.fromMs), to: iso(onset.toMs) },
      services: [...new Set(totals.map(({ service }) => service))].toSorted(),
      spans,
      tracesRead: looked.bad.length + looked.usual.length,
    },
    verdict,
    suspects: suspects.map((suspect) => suspectOf(suspect, findings)),
    symptoms,
    without,
    trace: trace?.trace ?? null,
    path: trace?.path ?? [],
    spans: trace?.spans ?? [],
    errors: trace?.errors ?? null,
    findings,
    attributes: [],
    changes: [],
    anomalies: [],
    logs: trace?.logs ?? [],
    missing: missingOfRange({ totals, calls, periods, worse, trace, spans }),
    next: nextOfRange(rangeOf(periods.now), verdict, trace?.trace.traceId ?? null),
  };
});

const evidenceOf = (queries: readonly EvidenceQuery[]) => Effect.forEach(queries, fetchEvidence);

/** The first suspect's findings lead: they are what the verdict says. */
function orderedVotes(votes: readonly Vote[], suspects: readonly Suspected[]): readonly Vote[] {
  const place = new Map(suspects.map(({ service }, index) => [service, index]));
  const of = ({ service }: Vote): number => place.get(service) ?? suspects.length;
  return votes.filter(({ score }) => score > 0).toSorted((a, b) => of(a) - of(b) || b.score - a.score);
}

function suspectOf(suspected: Suspected, findings: readonly Finding[]): Suspect {
  const { kind, name, service, score, confidence, sinceMs, reasons } = suspected;
  const iso = (unixMs: number): string => new Date(unixMs).toISOString();
  return {
    kind,
    name,
    service,
    score: Math.round(score * 1000) / 1000,
    confidence,
    since: sinceMs === null ? null : { at: iso(sinceMs.at), from: iso(sinceMs.from), to: iso(sinceMs.to) },
    why: reasons.map(({ why }) => why),
    evidence: findings.find(({ culprit }) => culprit.service === service)?.evidence ?? [],
  };
}
