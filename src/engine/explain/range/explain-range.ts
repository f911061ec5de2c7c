import { Clock, Effect } from 'effect';
import type { EngineUnavailable, QueryFailed } from '../../domain/errors.ts';
import type { QueryClient } from '../../store/query-client.ts';
import { describe } from '../describe.ts';
import { eachOnce } from '../evidence/all-evidence.ts';
import { fetchEvidence, type EvidenceQuery } from '../evidence/evidence.ts';
import { withEvidence } from '../explain-trace.ts';
import type { Explanation, Finding, Suspect } from '../explanation.ts';
import { loadAhead } from '../load/load-ahead.ts';
import { loadEnvironments } from '../load/load-environments.ts';
import { readAnomalyFacts } from './anomalies.ts';
import { byEnvironment, missingOfEnvironments, withEnvironment, withFares } from './environments.ts';
import { tellChanges } from './changes.ts';
import { investigate, type Investigation, type RangeAsk } from './investigate.ts';
import { missingOfRange } from './missing-of-range.ts';
import { nextOfRange } from './next-of-range.ts';
import { rangeOf } from './periods.ts';
import { separatedBy } from './separated.ts';
import { faresText, reasonEvidence } from './reason-evidence.ts';
import type { Reason, Suspected } from './suspects.ts';
import { symptomEvidence, symptomOf, symptomsInOrder } from './told-symptoms.ts';
import { verdictOfRange } from './verdict.ts';
import type { Vote } from './votes.ts';
import { withoutCause } from './without.ts';

/** What is wrong in a time, who is to blame, and what shows it. */
export const explainRange = Effect.fn('explainRange')(function* (
  ask: RangeAsk,
): Effect.fn.Return<Explanation, QueryFailed | EngineUnavailable, QueryClient> {
  return yield* tell(yield* investigate(ask));
});

const mostFindings = 5;

/** Fetches what shows it, and puts it into words. */
const tell = Effect.fnUntraced(function* (
  told: Investigation,
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
    // Of a host there are no traces without it that would be like the others.
    first === undefined || most === undefined || first.kind === 'host'
      ? null
      : yield* withoutCause(
          most,
          { service: first.service, operation: operation === '' ? null : operation, isSilent },
          spans,
        );
  const isTraffic = most?.deviation.what === 'traffic';
  const about = isTraffic
    ? undefined
    : (worse.find(({ service, kind }) => service === first?.service && kind !== 'Client') ?? most);
  const separation =
    about === undefined
      ? { splits: [], missing: [] }
      : yield* separatedBy(
          about,
          periods.usual === null ? null : rangeOf(periods.usual),
          first === undefined || isSilent ? [] : [first.service],
        );
  const environments = yield* loadEnvironments(rangeOf(periods.now), []);
  const fares =
    about === undefined || periods.usual === null || !environments.has(about.service)
      ? null
      : yield* byEnvironment(about, rangeOf(periods.usual));
  const nowMs = yield* Clock.currentTimeMillis;
  const ahead = ask.range.fromMs > nowMs ? [] : yield* loadAhead(nowMs);
  const anomalies = yield* readAnomalyFacts(rangeOf(periods.now), ask.services ?? []);
  const verdict = verdictOfRange({
    suspects,
    findings,
    felt: most,
    totals,
    rangeMs: (periods.now.toSeconds - periods.now.fromSeconds) * 1000,
  });
  const shown = (first?.vote ?? votes[0])?.shownBy ?? looked.bad[0];
  const trace = shown === undefined ? null : describe({ ...shown.context, environment: null }, []);
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
    verdict: withEnvironment(verdict, fares),
    suspects: withFares(
      yield* Effect.forEach(suspects, (suspect) => suspectOf(suspect, findings, told), { concurrency: 2 }),
      fares,
    ),
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
    missing: [
      ...missingOfRange({ totals, calls, periods, worse, trace, spans, ahead, delayedAtOnce: told.delayedAtOnce }),
      ...missingOfEnvironments(environments, new Set(totals.map(({ service }) => service)), fares),
      ...separation.missing,
    ],
    next: nextOfRange(rangeOf(periods.now), verdict, trace?.trace.traceId ?? null),
  };
});

const evidenceOf = (queries: readonly EvidenceQuery[]) => Effect.forEach(queries, fetchEvidence);

/** A suspect with this part of the first one's score is told by its best finding before the second one of the first. */
const leastLeading = 1 / 3;

/**
 * The best finding of each likely suspect leads, the first suspect's before all: it is what the verdict says. Of one
 * service they stay as they were.
 */
function orderedVotes(votes: readonly Vote[], suspects: readonly Suspected[]): readonly Vote[] {
  const place = new Map(suspects.map(({ service }, index) => [service, index]));
  const of = ({ service }: Vote): number => place.get(service) ?? suspects.length;
  const own = votes.filter(({ score }) => score > 0).toSorted((a, b) => of(a) - of(b));
  const leads = suspects
    .filter(({ score }) => score >= (suspects[0]?.score ?? 0) * leastLeading)
    .flatMap(({ service }) => own.find((vote) => vote.service === service) ?? []);
  return [...new Set([...leads, ...own])];
}

const suspectOf = Effect.fnUntraced(function* (
  suspected: Suspected,
  findings: readonly Finding[],
  told: Investigation,
): Effect.fn.Return<Suspect, QueryFailed | EngineUnavailable, QueryClient> {
  const { kind, name, service, instance, score, confidence, sinceMs, reasons } = suspected;
  const iso = (unixMs: number): string => new Date(unixMs).toISOString();
  const own = told.records.filter((record) => record.service === service && record.instance === instance);
  const queries =
    kind === 'host' && told.host !== null
      ? [told.host.evidence]
      : [...own.flatMap(({ evidence }) => evidence), ...reasonEvidence(suspected, told)];
  const shown = yield* evidenceOf(queries);
  const found = findings.find(({ culprit }) => culprit.service === service)?.evidence ?? [];
  const whyIn = ({ source, why }: Reason): string =>
    source === 'calls'
      ? `${why}${faresText(
          service,
          shown.flatMap(({ rows }) => rows),
          told.felt[0],
        )}`
      : why;
  return {
    kind,
    name,
    service,
    score: Math.round(score * 1000) / 1000,
    confidence,
    since: sinceMs === null ? null : { at: iso(sinceMs.at), from: iso(sinceMs.from), to: iso(sinceMs.to) },
    why: reasons.map(whyIn),
    evidence: eachOnce([{ of: name, evidence: [...found, ...shown] }]).map(({ evidence }) => evidence),
  };
});
