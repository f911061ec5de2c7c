import { Effect } from 'effect';
import type { Objective } from '../../config/analyze-settings.ts';
import type { EngineUnavailable, QueryFailed } from '../../domain/errors.ts';
import { limits } from '../../domain/limits.ts';
import type { QueryClient } from '../../store/query-client.ts';
import { joinedCapacity } from './capacity/capacity-series.ts';
import { readDeadlines, type Deadline } from './capacity/deadlines.ts';
import { byUrgency, outlookOf, type Outlook } from './capacity/outlook.ts';
import { readCapacityStreams } from './capacity/read-streams.ts';
import { budgetFeature } from './objectives/budget-feature.ts';
import { objectiveReports, type ObjectiveReport } from './objectives/objective-report.ts';
import { predictionSummary, type PredictionSummary } from './read-predictions.ts';

/** All that can be used up, run out or be spent, the most pressing first. */
export interface Outlooks {
  readonly nowMs: number;
  /** What may be reached: at least one in ten, or a deadline within the horizon. */
  readonly pressing: readonly Outlook[];
  /** The others, looked at and found well. */
  readonly calm: readonly Outlook[];
  /** What is too young to be forecast. */
  readonly tooShort: readonly string[];
  /** What was stored and comes no more. */
  readonly ended: readonly string[];
  /** Objectives whose end cannot be told, and why. */
  readonly untold: readonly { readonly objective: string; readonly why: string }[];
  /** How many objectives were asked for. */
  readonly objectives: number;
  /** Series that were left out for the limit. */
  readonly leftOut: number;
  readonly earlier: Pick<PredictionSummary, 'right' | 'wrong' | 'untold'>;
}

const leastProbability = 0.1;

/** Looks at everything that can be used up: what the metrics' names say by OpenTelemetry's conventions, deadlines, and budgets. */
export const allOutlooks = Effect.fnUntraced(function* (
  objectives: readonly Objective[],
  horizonMs: number,
  nowMs: number,
): Effect.fn.Return<Outlooks, QueryFailed | EngineUnavailable, QueryClient> {
  const streams = yield* readCapacityStreams(limits.predict.historyMs, nowMs);
  const { series: all, ended } = joinedCapacity(streams);
  const series = all.slice(0, limits.predict.capacitySeries);
  const outlooks: Outlook[] = [];
  const tooShort: string[] = [];
  for (const one of series) {
    const outlook = outlookOf(one, horizonMs);
    if (outlook === null) tooShort.push(one.title);
    else outlooks.push(outlook);
    yield* Effect.yieldNow;
  }
  const deadlines = yield* readDeadlines(limits.predict.historyMs, nowMs);
  const reports = yield* objectiveReports(objectives, nowMs);
  const { right, wrong, untold } = yield* predictionSummary;
  const judged = [
    ...outlooks.map((outlook) => ({ outlook, presses: presses(outlook) })),
    ...deadlines.map((deadline) => ({ outlook: deadline.outlook, presses: deadlinePresses(deadline, horizonMs) })),
    ...reports
      .map(budgetOutlook)
      .flatMap((outlook) => (outlook === null ? [] : [{ outlook, presses: presses(outlook) }])),
  ];
  const sorted = (wanted: boolean): Outlook[] =>
    judged
      .filter((one) => one.presses === wanted)
      .map(({ outlook }) => outlook)
      .toSorted(byUrgency);
  return {
    nowMs,
    pressing: sorted(true),
    calm: sorted(false),
    tooShort,
    ended,
    untold: reports.flatMap(({ objective, end, unknown }) =>
      end === null ? [{ objective: objective.name, why: unknown ?? tooYoung }] : [],
    ),
    objectives: objectives.length,
    leftOut: streams.leftOut + all.length - series.length,
    earlier: { right, wrong, untold },
  };
});

/** Why an objective with calls has no end. */
export const tooYoung = 'too young to tell';

const presses = ({ verdict, probability, likelyMs }: Outlook): boolean =>
  verdict === 'reached' || likelyMs !== null || probability >= leastProbability;

/** Within the horizon; or it was always put off with more time left than there is now. */
function deadlinePresses({ outlook, putOffWithMs }: Deadline, horizonMs: number): boolean {
  return outlook.now <= horizonMs || (putOffWithMs !== null && outlook.now < putOffWithMs);
}

function budgetOutlook({ objective, end, spent, seenMs }: ObjectiveReport): Outlook | null {
  if (end === null) return null;
  const kind = objective.operation === null ? 'service' : 'operation';
  const { service, operation } = objective;
  return {
    kind: 'budget',
    name: { kind, service, subject: operation ?? '', feature: budgetFeature(objective) },
    title: `error budget of ${objective.name}`,
    now: spent,
    threshold: 1,
    verdict: end.kind === 'spent' ? 'reached' : end.kind,
    earliestMs: end.earliestMs,
    likelyMs: end.likelyMs,
    latestMs: end.latestMs,
    probability: end.probability,
    horizonMs: end.horizonMs,
    knownMs: seenMs,
  };
}
