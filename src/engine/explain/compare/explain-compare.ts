import { Effect } from 'effect';
import { BadInput, type EngineUnavailable, type QueryFailed } from '../../domain/errors.ts';
import { limits } from '../../domain/limits.ts';
import type { QueryClient } from '../../store/query-client.ts';
import { quoteText } from '../../store/sql-text.ts';
import { confidences } from '../confidence.ts';
import { describe } from '../describe.ts';
import { fetchEvidence, type EvidenceQuery } from '../evidence/evidence.ts';
import { withEvidence } from '../explain-trace.ts';
import type { Explanation, Finding, Missing, Suspect, Symptom, Verdict } from '../explanation.ts';
import { countText } from '../format.ts';
import { missingWhen } from '../missing.ts';
import { option } from '../next-steps.ts';
import type { Question, Side, TimeRange } from '../question.ts';
import { lookInto } from '../range/looked-into.ts';
import { votesOf, type Vote } from '../range/votes.ts';
import { keyOf, textList, type OperationKey } from '../sql.ts';
import { during } from '../time-sql.ts';
import { differencesOf, type Difference, type TraceProfile } from './profile.ts';
import { readProfiles } from './read-profiles.ts';
import { separatedSides } from './separated-sides.ts';
import { readSide, type SideTraces } from './sides.ts';
import { comparisonSentence, differenceText } from './words.ts';

type Failure = BadInput | QueryFailed | EngineUnavailable;

const mostTold = 8;
const mostLookedInto = 4;
const mostFindings = 4;

/** Two sides, and what the first has that the second has not. Both may be chosen by traces of the same root operation alone. */
export const explainCompare = Effect.fn('explainCompare')(function* (
  question: Question,
  sides: { readonly bad: Side; readonly good: Side },
  within: TimeRange,
  operation?: OperationKey,
): Effect.fn.Return<Explanation, Failure, QueryClient> {
  const [bad, good] = yield* Effect.all(
    [readSide(sides.bad, within, operation), readSide(sides.good, within, operation)],
    {
      concurrency: 2,
    },
  );
  return yield* compareTraces(question, bad, good);
});

/**
 * What the traces of one side do that those of the other do not.
 * @param assumed what had to be assumed to choose the sides
 */
export const compareTraces = Effect.fnUntraced(function* (
  question: Question,
  bad: SideTraces,
  good: SideTraces,
  assumed: readonly Missing[] = [],
): Effect.fn.Return<Explanation, Failure, QueryClient> {
  for (const side of [bad, good]) {
    if (side.traceIds.length === 0) {
      return yield* new BadInput({
        what: 'There is nothing to compare',
        why: `no trace was received of ${side.label}`,
        hint: 'List some with `obs traces`, or look further back with --since',
      });
    }
  }
  const [all, allGood] = yield* Effect.all(
    [readProfiles(bad.traceIds, bad.range), readProfiles(good.traceIds, good.range)],
    {
      concurrency: 2,
    },
  );
  const { ofBad, ofGood, shared } = alike(all, allGood);
  const differences = differencesOf(ofBad, ofGood);
  const looked = yield* lookInto(typicalOf(ofBad), typicalOf(ofGood));
  const votes = votesOf(looked.bad, looked.usual).filter(({ score }) => score > 0.05);
  const findings = yield* Effect.forEach(votes.slice(0, mostFindings), ({ candidate }) => withEvidence(candidate));
  const told = differences.slice(0, mostTold);
  const symptoms = yield* Effect.forEach(
    told,
    (difference) =>
      Effect.map(fetchEvidence(differenceEvidence(difference, bad, good, ofBad, ofGood)), (evidence) => ({
        ...symptomOf(difference, ofBad),
        evidence: [evidence],
      })),
    { concurrency: 2 },
  );
  const suspects = suspectsOf(differences, votes, findings, symptoms);
  const separation = yield* separatedSides(question, bad, good, rootsOf([...ofBad, ...ofGood]));
  const shown = votes[0]?.shownBy ?? looked.bad[0];
  const trace = shown === undefined ? null : describe(shown.context, []);
  const iso = (unixMs: number): string => new Date(unixMs).toISOString();
  return {
    version: 2,
    question,
    scope: {
      from: iso(bad.range.fromMs),
      to: iso(bad.range.toMs),
      usualFrom: iso(good.range.fromMs),
      usualTo: iso(good.range.toMs),
      onset: null,
      services: [...new Set(differences.map(({ service }) => service))].toSorted(),
      spans: [...ofBad, ...ofGood].reduce(
        (sum, { spent }) => sum + [...spent.values()].reduce((n, { calls }) => n + calls, 0),
        0,
      ),
      tracesRead: ofBad.length + ofGood.length,
    },
    verdict: verdictOf(
      comparisonSentence({ bad: bad.label, good: good.label }, ofBad, ofGood, differences[0]),
      suspects,
      findings,
      differences[0],
    ),
    suspects,
    symptoms,
    without: null,
    trace: trace?.trace ?? null,
    path: trace?.path ?? [],
    spans: trace?.spans ?? [],
    errors: trace?.errors ?? null,
    findings,
    attributes: separation?.splits ?? [],
    changes: [],
    anomalies: [],
    logs: trace?.logs ?? [],
    missing: [...assumed, ...missingOf(bad, good, ofBad, ofGood, shared), ...(separation?.missing ?? [])],
    next: nextOf(differences[0], shown?.context.data.traceId),
  };
});

/** Traces of the root operations that both sides have; all of them where they share none. */
function alike(bad: readonly TraceProfile[], good: readonly TraceProfile[]) {
  const root = ({ operation: { service, operation } }: TraceProfile): string => `${service}\u0000${operation}`;
  const [ofBad, ofGood] = [new Set(bad.map(root)), new Set(good.map(root))];
  const both = new Set([...ofBad].filter((name) => ofGood.has(name)));
  if (both.size === 0) return { ofBad: bad, ofGood: good, shared: false };
  const within = (profiles: readonly TraceProfile[]): readonly TraceProfile[] =>
    profiles.filter((one) => both.has(root(one)));
  return { ofBad: within(bad), ofGood: within(good), shared: true };
}

/** Operations that traces begin with, the most frequent first. */
function rootsOf(profiles: readonly TraceProfile[]): readonly OperationKey[] {
  const byRoot = Map.groupBy(profiles, ({ operation }) => keyOf(operation));
  return [...byRoot.values()].toSorted((a, b) => b.length - a.length).map(([first]) => first!.operation);
}

/** Failed ones first, then those around the middle of the durations. */
function typicalOf(profiles: readonly TraceProfile[]): readonly string[] {
  const middle =
    profiles.map(({ durationMs }) => durationMs).toSorted((a, b) => a - b)[Math.floor(profiles.length / 2)] ?? 0;
  return profiles
    .toSorted(
      (a, b) =>
        Number(b.failed) - Number(a.failed) ||
        Math.abs(a.durationMs - middle) - Math.abs(b.durationMs - middle) ||
        (a.traceId < b.traceId ? -1 : 1),
    )
    .slice(0, mostLookedInto)
    .map(({ traceId }) => traceId);
}

function symptomOf(difference: Difference, bad: readonly TraceProfile[]): Omit<Symptom, 'evidence'> {
  const { service, operation, kind, badMs, goodMs, badErrors, goodErrors, badCalls } = difference;
  const inErrors = Math.abs(badErrors - goodErrors) >= 0.02;
  return {
    service,
    operation,
    kind,
    what: inErrors ? 'errors' : 'duration',
    usual: inErrors ? goodErrors : goodMs,
    present: inErrors ? badErrors : badMs,
    calls: Math.round(badCalls * bad.length),
    failed: Math.round(badErrors * bad.length),
    since: null,
    sentence: differenceText(difference),
  };
}

/** Calls, failures and whole durations of the operation in the traces of both sides. */
function differenceEvidence(
  { service, kind, operation }: Difference,
  bad: SideTraces,
  good: SideTraces,
  ofBad: readonly TraceProfile[],
  ofGood: readonly TraceProfile[],
): EvidenceQuery {
  const part = (label: string, { range }: SideTraces, profiles: readonly TraceProfile[]): string =>
    `SELECT ${quoteText(label)} AS side, ${profiles.length} AS traces, count() AS calls, countIf(StatusCode = 'Error') AS failed, round(sum(Duration) / 1e6, 3) AS total_ms
FROM otel_traces WHERE ${during({ fromMs: range.fromMs - 60_000, toMs: range.toMs + 60_000 })}
  AND ServiceName = ${quoteText(service)} AND SpanKind = ${quoteText(kind)} AND SpanName = ${quoteText(operation)}
  AND TraceId IN ${textList(profiles.map(({ traceId }) => traceId))}`;
  return {
    title: `${service} ${operation} in both`,
    sql: `SELECT side, traces, calls, failed, total_ms FROM (\n${part('the first', bad, ofBad)}\nUNION ALL\n${part('the second', good, ofGood)}\n) ORDER BY side`,
  };
}

/** Services by their part of the difference, and by the shapes that only one side shows. */
function suspectsOf(
  differences: readonly Difference[],
  votes: readonly Vote[],
  findings: readonly Finding[],
  symptoms: readonly Symptom[],
): readonly Suspect[] {
  const scores = new Map<string, number>();
  const add = (service: string, score: number): void => void scores.set(service, (scores.get(service) ?? 0) + score);
  for (const { service, share, badErrors, goodErrors } of differences) {
    add(service, 5 * Math.max(0, Math.min(1, share)) + 3 * Math.max(0, Math.min(1, badErrors - goodErrors)));
  }
  for (const { service, score } of votes) add(service, 6 * score);
  const ranked = [...scores].filter(([, score]) => score >= 0.5).sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
  const sure = confidences(ranked.map(([, score]) => score));
  return ranked.slice(0, mostTold).map(([service, score], index): Suspect => ({
    kind: 'service',
    name: service,
    service,
    score: Math.round(score * 1000) / 1000,
    confidence: sure[index]!,
    since: null,
    why: [
      ...findings.filter(({ culprit }) => culprit.service === service).map(({ title }) => title),
      ...symptoms.filter((symptom) => symptom.service === service).map(({ sentence }) => sentence),
    ],
    evidence: symptoms.find((symptom) => symptom.service === service)?.evidence ?? [],
  }));
}

function verdictOf(
  sentence: string,
  suspects: readonly Suspect[],
  findings: readonly Finding[],
  first: Difference | undefined,
): Verdict {
  const [suspect] = suspects;
  if (suspect === undefined) return { sentence, finding: null, culprit: null, severity: null, confidence: 0 };
  const finding = findings.find(({ culprit }) => culprit.service === suspect.service);
  const operation = first?.service === suspect.service ? first.operation : '';
  return {
    sentence: finding === undefined ? sentence : `${sentence} Why: ${finding.title}.`,
    finding: finding?.id ?? null,
    culprit: finding?.culprit ?? { service: suspect.service, operation, spanId: '' },
    severity: finding?.severity ?? 'info',
    confidence: suspect.confidence,
  };
}

function missingOf(
  bad: SideTraces,
  good: SideTraces,
  ofBad: readonly TraceProfile[],
  ofGood: readonly TraceProfile[],
  shared: boolean,
): readonly Missing[] {
  return [
    ...missingWhen(
      !shared,
      'The two sides have no root operation in common: other work differs too.',
      'Compare traces of one operation',
    ),
    ...missingWhen(
      bad.traceIds.length >= limits.explain.sideTraces || good.traceIds.length >= limits.explain.sideTraces,
      `Of each side ${countText(limits.explain.sideTraces, 'trace')} at most stand for all.`,
      null,
    ),
    ...missingWhen(
      shared && (ofBad.length < bad.traceIds.length || ofGood.length < good.traceIds.length),
      `${countText(bad.traceIds.length + good.traceIds.length - ofBad.length - ofGood.length, 'trace')} of root operations that only one side has were left out.`,
      null,
    ),
    ...missingWhen(
      Math.min(ofBad.length, ofGood.length) === 1,
      'A single trace stands for a side: chance cannot be told from cause.',
      'Compare versions or times, which have many',
    ),
  ];
}

const nextOf = (first: Difference | undefined, traceId: string | undefined): Explanation['next'] => [
  ...(traceId === undefined ? [] : [{ command: `obs explain ${traceId}`, why: 'a trace that shows it, in full' }]),
  ...(first === undefined
    ? []
    : [
        {
          command: `obs traces${option('--service', first.service)}${option('--operation', first.operation)} --slowest`,
          why: 'traces where it takes longest',
        },
      ]),
  { command: 'obs evidence --all', why: 'whether its evidence still holds' },
];
