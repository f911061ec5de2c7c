import { Effect } from 'effect';
import type { EngineUnavailable, QueryFailed } from '../../../domain/errors.ts';
import type { Prediction } from '../../../domain/prediction.ts';
import type { QueryClient } from '../../../store/query-client.ts';
import type { Reached } from '../claims/mark-crossing.ts';
import { dayMs, stepFor } from '../series/steps.ts';
import { budgetObjective } from './budget-feature.ts';
import { countsOfSteps } from './request-counts.ts';

const mostSteps = 1500;

/** When the budget that a claim is of was spent since it was made. `null`: there are no calls any more. */
export const burnReached = Effect.fnUntraced(function* (
  { series, madeMs }: Prediction,
  nowMs: number,
): Effect.fn.Return<Reached | null, QueryFailed | EngineUnavailable, QueryClient> {
  const objective = budgetObjective(series);
  if (objective === null) return null;
  const periodMs = objective.days * dayMs;
  const fromMs = madeMs - periodMs;
  const stepMs = Math.max(60_000, stepFor(nowMs - fromMs, mostSteps));
  const startMs = Math.floor(fromMs / stepMs) * stepMs;
  const toMs = Math.floor(nowMs / stepMs) * stepMs;
  const counts = yield* countsOfSteps(objective, { fromMs: startMs, toMs, stepMs });
  if (counts.size === 0) return null;
  const seconds = stepMs / 1000;
  const period = Math.round(periodMs / stepMs);
  const first = Math.min(...counts.keys());
  const sum = { calls: 0, bad: 0 };
  for (let at = first; at * 1000 < toMs; at += seconds) {
    const [now, gone] = [counts.get(at), counts.get(at - period * seconds)];
    sum.calls += (now?.calls ?? 0) - (gone?.calls ?? 0);
    sum.bad += (now?.bad ?? 0) - (gone?.bad ?? 0);
    const seen = Math.min(period, (at - first) / seconds + 1);
    const budget = (1 - objective.target) * sum.calls * (period / seen);
    const endMs = (at + seconds) * 1000;
    if (endMs > madeMs && sum.calls > 0 && sum.bad >= budget) return { atMs: endMs, knownToMs: toMs, stepMs };
  }
  return { atMs: null, knownToMs: toMs, stepMs };
});
