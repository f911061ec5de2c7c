import { Clock, Effect } from 'effect';
import type { EngineUnavailable, QueryFailed } from '../../domain/errors.ts';
import type { QueryClient } from '../../store/query-client.ts';
import type { OnsetMs } from '../changes/place-changes.ts';
import type { KnownChange } from '../changes/read-changes.ts';
import { describe } from '../describe.ts';
import { fetchEvidence, type EvidenceQuery } from '../evidence/evidence.ts';
import { withEvidence } from '../explain-trace.ts';
import type { Explanation, Finding, Suspect } from '../explanation.ts';
import type { Question, TimeRange } from '../question.ts';
import { recordFindings, type RecordFinding } from '../records/record-findings.ts';
import { blameByCalls } from './blame.ts';
import { readCalls, type Call } from './calls.ts';
import { changeReasons, changesAround, relatedTo, tellChanges } from './changes.ts';
import { feltBy } from './felt.ts';
import { lookIntoTraces, type Looked } from './choose-traces.ts';
import { missingOfRange } from './missing-of-range.ts';
import { nextOfRange } from './next-of-range.ts';
import { readOperationWindows, readTotals, type OperationTotals } from './operation-rows.ts';
import { periodsOf, rangeOf, type Periods } from './periods.ts';
import { analysedIn, unusual } from './unusual-records.ts';
import { sum } from './sums.ts';
import { readAnomalyFacts } from './anomalies.ts';
import { separatedBy } from './separated.ts';
import { suspectsOf, type Suspected } from './suspects.ts';
import { candidatesOf, onsetOf, worseOperations, type Worse } from './symptoms.ts';
import { symptomEvidence, symptomOf, symptomsInOrder } from './told-symptoms.ts';
import { verdictOfRange } from './verdict.ts';
import { votesOf, type Vote } from './votes.ts';
import { withoutCause } from './without.ts';

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
  const [blame, looked] = yield* Effect.all(
    [blameByCalls(felt, shown, calls, periods), lookIntoTraces(felt, shown, periods)],
    {
      concurrency: 2,
    },
  );
  const votes = votesOf(looked.bad, looked.usual);
  const onset = onsetOf(shown);
  const records = unusual(
    spans === 0 ? [] : yield* recordFindings(analysedIn(periods.now, onset), ask.usual ?? null),
    ask.services ?? [],
    real.length > 0,
  );
  const changes = yield* changesAround(rangeOf(periods.now), onset, relatedTo(ask.services, calls));
  const suspects = suspectsOf({ votes, ...blame, records, worse: shown, changes: changeReasons(changes, onset) });
  return yield* tell({
    ask,
    periods,
    totals,
    worse: shown,
    calls,
    felt,
    votes,
    looked,
    suspects,
    spans,
    onset,
    changes,
    records,
  });
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
  readonly onset: OnsetMs | null;
  readonly changes: readonly KnownChange[];
  readonly records: readonly RecordFinding[];
}

const mostFindings = 5;

/** Fetches what shows it, and puts it into words. */
const tell = Effect.fnUntraced(function* (
  told: Told,
): Effect.fn.Return<Explanation, QueryFailed | EngineUnavailable, QueryClient> {
  const { ask, periods, totals, worse, calls, felt, votes, looked, suspects, spans, onset } = told;
  const telling = orderedVotes(votes, suspects).slice(0, mostFindings);
  const findings = yield* Effect.forEach(telling, ({ candidate }) => withEvidence(candidate), { concurrency: 2 });
  const symptoms = yield* Effect.forEach(
    symptomsInOrder(worse, calls),
    (one) =>
      Effect.map(evidenceOf([symptomEvidence(one, periods.usual)]), (evidence) => ({ ...symptomOf(one), evidence })),
    { concurrency: 2 },
  );
  const [first] = suspects;
  const [most] = felt;
  const operation = first?.vote === null || first?.vote === undefined ? null : first.vote.candidate.culprit.operation;
  // One that sends no spans cannot be told apart by them.
  const isSilent = first?.reasons.some(({ source }) => source === 'silent') === true;
  const without =
    first === undefined || most === undefined
      ? null
      : yield* withoutCause(
          most,
          { service: first.service, operation: operation === '' ? null : operation, isSilent },
          spans,
        );
  const about = worse.find(({ service, kind }) => service === first?.service && kind !== 'Client') ?? most;
  const separation =
    about === undefined
      ? { splits: [], missing: [] }
      : yield* separatedBy(
          about,
          periods.usual === null ? null : rangeOf(periods.usual),
          first === undefined ? [] : [first.service],
        );
  const anomalies = yield* readAnomalyFacts(rangeOf(periods.now), ask.services ?? []);
  const verdict = verdictOfRange({
    suspects,
    findings,
    felt: most,
    totals,
    rangeMs: (periods.now.toSeconds - periods.now.fromSeconds) * 1000,
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
      onset: onset === null ? null : { at: iso(onset.at), from: iso(onset.from), to: iso(onset.to) },
      services: [...new Set(totals.map(({ service }) => service))].toSorted(),
      spans,
      tracesRead: looked.bad.length + looked.usual.length,
    },
    verdict,
    suspects: yield* Effect.forEach(suspects, (suspect, place) => suspectOf(suspect, findings, told.records, place)),
    symptoms,
    without,
    trace: trace?.trace ?? null,
    path: trace?.path ?? [],
    spans: trace?.spans ?? [],
    errors: trace?.errors ?? null,
    findings,
    attributes: separation.splits,
    changes: tellChanges(told.changes, onset, first?.service ?? null, calls),
    anomalies,
    logs: trace?.logs ?? [],
    missing: [...missingOfRange({ totals, calls, periods, worse, trace, spans }), ...separation.missing],
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

/** Of so many suspects what their records show is fetched. */
const shownRecords = 3;

const suspectOf = Effect.fnUntraced(function* (
  suspected: Suspected,
  findings: readonly Finding[],
  records: readonly RecordFinding[],
  place: number,
): Effect.fn.Return<Suspect, QueryFailed | EngineUnavailable, QueryClient> {
  const { kind, name, service, instance, score, confidence, sinceMs, reasons } = suspected;
  const iso = (unixMs: number): string => new Date(unixMs).toISOString();
  const own = records.filter((record) => record.service === service && record.instance === instance);
  const shown = place < shownRecords ? yield* evidenceOf(own.flatMap(({ evidence }) => evidence)) : [];
  return {
    kind,
    name,
    service,
    score: Math.round(score * 1000) / 1000,
    confidence,
    since: sinceMs === null ? null : { at: iso(sinceMs.at), from: iso(sinceMs.from), to: iso(sinceMs.to) },
    why: reasons.map(({ why }) => why),
    evidence: [...(findings.find(({ culprit }) => culprit.service === service)?.evidence ?? []), ...shown],
  };
});
