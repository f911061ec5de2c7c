import type { Prediction } from '../../../domain/prediction.ts';
import type { ObjectiveReport } from '../objectives/objective-report.ts';
import type { Outlook } from '../capacity/outlook.ts';
import { budgetFeature } from '../objectives/budget-feature.ts';
import { claimId } from './claim-rows.ts';

/** Crossings less likely than this are no claim. */
const leastProbability = 0.5;

/** What can be claimed of what is filling up: that its level gets there for good. Peaks of a season, and deadlines, are no claims. */
export function crossingClaim(outlook: Outlook, nowMs: number): Prediction | null {
  if (outlook.verdict !== 'lasting' || outlook.probability < leastProbability) return null;
  const { name: series, threshold, title, earliestMs, likelyMs, latestMs, horizonMs, probability } = outlook;
  return {
    ...unsaid,
    id: claimId('crossing', series, threshold, nowMs),
    madeMs: nowMs,
    series,
    kind: 'crossing',
    title: `${title} ${outlook.kind === 'queue' ? 'has grown' : 'is full'}`,
    threshold,
    direction: 'above',
    atMs: horizonMs,
    earliestMs,
    likelyMs,
    latestMs,
    probability,
  };
}

/** That the budget of an objective will be gone. */
export function burnClaim({ objective, end }: ObjectiveReport, nowMs: number): Prediction | null {
  if (end === null || end.kind === 'spent' || end.probability < leastProbability || end.likelyMs === null) return null;
  const series = {
    kind: objective.operation === null ? 'service' : 'operation',
    service: objective.service,
    subject: objective.operation ?? '',
    feature: budgetFeature(objective),
  } as const;
  return {
    ...unsaid,
    id: claimId('burn', series, 1, nowMs),
    madeMs: nowMs,
    series,
    kind: 'burn',
    title: `the error budget of ${objective.name} is spent`,
    threshold: 1,
    direction: 'above',
    atMs: end.horizonMs,
    earliestMs: end.earliestMs,
    likelyMs: end.likelyMs,
    latestMs: end.latestMs,
    probability: end.probability,
  };
}

const unsaid = { low: null, likely: null, high: null, outcome: 'open', markedMs: null, actual: null } as const;
