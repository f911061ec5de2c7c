import { Effect } from 'effect';
import type { EngineUnavailable, QueryFailed } from '../../domain/errors.ts';
import type { QueryClient } from '../../store/query-client.ts';
import type { KnownChange } from '../changes/read-changes.ts';
import { describe, shownTrace } from '../describe.ts';
import { withEvidence } from '../explain-trace.ts';
import type { Explanation, Missing } from '../explanation.ts';
import type { Question, TimeRange } from '../question.ts';
import { readAnomalyFacts } from '../range/anomalies.ts';
import { changeReasons } from '../range/changes.ts';
import { sum } from '../range/sums.ts';
import type { Vote } from '../range/votes.ts';
import { isAfter, verdictOfChange } from './change-verdict.ts';
import { besides, changesOfSides, tellChangesOfSides } from './changes.ts';
import { rootsOf } from './chosen-traces.ts';
import type { Comparison, ComparedSide } from './comparison.ts';
import { judgeSides } from './judge-sides.ts';
import { missingOf, missingToJudge } from './missing.ts';
import { nextOf } from './next.ts';
import type { SidesOnset } from './onset.ts';
import { separatedSides } from './separated-sides.ts';
import { suspectsOf, withChanges } from './suspects.ts';
import { symptomsOf } from './symptoms.ts';
import { verdictOfSides } from './verdict.ts';
import { withoutSuspect } from './without.ts';
import { failsEarly, judge } from './worse.ts';

/** Two sides that were compared, and what is known beside. */
export interface Compared {
  readonly question: Question;
  readonly compared: Comparison;
  readonly since: SidesOnset;
  /** What had to be assumed to choose the sides. */
  readonly assumed: readonly Missing[];
  /** The change that the sides differ by, and the time before it. */
  readonly by?: { readonly change: KnownChange; readonly before: TimeRange };
}

const mostTold = 8;
const mostFindings = 4;

/** What the traces of one side do that those of the other do not, with what shows it, in words. */
export const tellComparison = Effect.fnUntraced(function* ({
  question,
  compared,
  since: seen,
  assumed,
  by,
}: Compared): Effect.fn.Return<Explanation, QueryFailed | EngineUnavailable, QueryClient> {
  const { bad, good, differences, looked } = compared;
  const profiles = [...bad.profiles, ...good.profiles];
  const change = by?.change;
  const judgement = change === undefined ? judgeSides(compared) : judge(bad.profiles, good.profiles);
  // What chance brings about has no beginning.
  const since: SidesOnset = judgement === 'worse' ? seen : { worse: [], onset: null };
  const isFine = judgement !== 'worse';
  const votes = isFine ? [] : compared.votes.filter((vote) => !isOf(vote, change, since));
  const services = [...new Set(profiles.flatMap(({ spent }) => [...spent.values()].map(({ service }) => service)))];
  const changes = besides(
    yield* changesOfSides(bad.side.range, by?.before ?? good.side.range, services.toSorted()),
    change,
  );
  const findings = yield* Effect.forEach(votes.slice(0, mostFindings), ({ candidate }) => withEvidence(candidate));
  const symptoms = yield* symptomsOf(differences.slice(0, mostTold), bad, good, since.worse);
  const suspects = isFine
    ? []
    : suspectsOf({
        differences,
        votes,
        findings,
        symptoms,
        worse: since.worse,
        isCutShort: failsEarly(bad.profiles, good.profiles),
        changes: changeReasons(change === undefined ? changes : [change, ...changes], since.onset),
      });
  const [first] = suspects;
  const [root] = rootsOf(bad.profiles);
  const without =
    first === undefined || root === undefined ? null : yield* withoutSuspect(bad, good, root, first.service);
  const differing = [...new Set(differences.map(({ service }) => service))].toSorted();
  const anomalies = differing.length === 0 ? [] : yield* readAnomalyFacts(bad.side.range, differing);
  const separation = yield* separatedSides(question, bad.side, good.side, rootsOf(profiles));
  const shown = votes[0]?.shownBy ?? looked[0];
  const trace = shown === undefined ? null : describe(shown.context, []);
  const iso = (unixMs: number): string => new Date(unixMs).toISOString();
  const { onset } = since;
  const told = tellChangesOfSides(changes, change, onset, first?.service ?? null, looked);
  return {
    version: 2,
    question,
    scope: {
      from: iso(bad.side.range.fromMs),
      to: iso(bad.side.range.toMs),
      usualFrom: iso(good.side.range.fromMs),
      usualTo: iso(good.side.range.toMs),
      onset: onset === null ? null : { at: iso(onset.at), from: iso(onset.from), to: iso(onset.to) },
      services: differing,
      spans: spansOf(bad) + spansOf(good),
      tracesRead: profiles.length,
    },
    verdict:
      change === undefined
        ? verdictOfSides(compared, judgement, suspects, findings)
        : verdictOfChange({ compared, judgement, since, change, suspects, findings }),
    suspects: withChanges(suspects, told),
    symptoms,
    without,
    ...shownTrace(trace),
    findings,
    attributes: separation?.splits ?? [],
    changes: told,
    anomalies,
    missing: [
      ...assumed,
      ...missingToJudge(judgement, change !== undefined, onset !== null),
      ...missingOf(compared),
      ...(separation?.missing ?? []),
    ],
    next: nextOf(differences[0], shown?.context.data.traceId),
  };
});

/** A shape that blames a change which came after the trouble. */
const isOf = ({ candidate: { id, culprit } }: Vote, change: KnownChange | undefined, since: SidesOnset): boolean =>
  change !== undefined && id === 'bad-deploy' && culprit.service === change.service && isAfter(change, since);

const spansOf = ({ profiles }: ComparedSide): number =>
  sum(profiles, ({ spent }) => sum([...spent.values()], ({ calls }) => calls));
