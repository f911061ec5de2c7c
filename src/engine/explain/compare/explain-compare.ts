import { Effect } from 'effect';
import type { BadInput, EngineUnavailable, QueryFailed } from '../../domain/errors.ts';
import type { QueryClient } from '../../store/query-client.ts';
import { describe } from '../describe.ts';
import { withEvidence } from '../explain-trace.ts';
import type { Explanation, Missing } from '../explanation.ts';
import type { Question, Side, TimeRange } from '../question.ts';
import { sum } from '../range/sums.ts';
import type { OperationKey } from '../sql.ts';
import { rootsOf } from './chosen-traces.ts';
import { compareSides, type ComparedSide } from './comparison.ts';
import { missingOf } from './missing.ts';
import { nextOf } from './next.ts';
import { separatedSides } from './separated-sides.ts';
import { readSide, type SideTraces } from './sides.ts';
import { suspectsOf } from './suspects.ts';
import { symptomsOf } from './symptoms.ts';
import { verdictOf } from './verdict.ts';
import { comparisonSentence } from './words.ts';

type Failure = BadInput | QueryFailed | EngineUnavailable;

const mostTold = 8;
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
    { concurrency: 2 },
  );
  return yield* compareTraces(question, bad, good);
});

/**
 * What the traces of one side do that those of the other do not, and what shows it, in words.
 * @param assumed what had to be assumed to choose the sides
 */
export const compareTraces = Effect.fnUntraced(function* (
  question: Question,
  badSide: SideTraces,
  goodSide: SideTraces,
  assumed: readonly Missing[] = [],
): Effect.fn.Return<Explanation, Failure, QueryClient> {
  const compared = yield* compareSides(badSide, goodSide);
  const { bad, good, differences, votes, looked } = compared;
  const profiles = [...bad.profiles, ...good.profiles];
  const findings = yield* Effect.forEach(votes.slice(0, mostFindings), ({ candidate }) => withEvidence(candidate));
  const symptoms = yield* symptomsOf(differences.slice(0, mostTold), bad, good);
  const suspects = suspectsOf(differences, votes, findings, symptoms);
  const separation = yield* separatedSides(question, badSide, goodSide, rootsOf(profiles));
  const shown = votes[0]?.shownBy ?? looked[0];
  const trace = shown === undefined ? null : describe(shown.context, []);
  const iso = (unixMs: number): string => new Date(unixMs).toISOString();
  return {
    version: 2,
    question,
    scope: {
      from: iso(badSide.range.fromMs),
      to: iso(badSide.range.toMs),
      usualFrom: iso(goodSide.range.fromMs),
      usualTo: iso(goodSide.range.toMs),
      onset: null,
      services: [...new Set(differences.map(({ service }) => service))].toSorted(),
      spans: spansOf(bad) + spansOf(good),
      tracesRead: profiles.length,
    },
    verdict: verdictOf(comparisonSentence(bad, good, differences[0]), suspects, findings, differences[0]),
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
    missing: [...assumed, ...missingOf(compared), ...(separation?.missing ?? [])],
    next: nextOf(differences[0], shown?.context.data.traceId),
  };
});

const spansOf = ({ profiles }: ComparedSide): number =>
  sum(profiles, ({ spent }) => sum([...spent.values()], ({ calls }) => calls));
