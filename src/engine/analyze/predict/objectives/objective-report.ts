import { Effect } from 'effect';
import type { Objective } from '../../../config/analyze-settings.ts';
import type { EngineUnavailable, QueryFailed } from '../../../domain/errors.ts';
import type { QueryClient } from '../../../store/query-client.ts';
import { firstCallMs } from '../series/golden-signals.ts';
import { closedSteps, dayMs, stepFor } from '../series/steps.ts';
import { nothingOf } from '../series/unknown-names.ts';
import { budgetEnd, type BudgetEnd } from './budget-end.ts';
import { burnOf, burnSpans, type BurnWindow } from './burn.ts';
import { countsOfSpans, countsOfSteps } from './request-counts.ts';

export interface ObjectiveReport {
  readonly objective: Objective;
  /** How much of the period there are calls of, milliseconds. */
  readonly seenMs: number;
  readonly calls: number;
  readonly bad: number;
  readonly badLow: number;
  readonly badHigh: number;
  /** 0 to 1; `null` without calls. */
  readonly goodShare: number | null;
  /** Share of the period's budget that is spent; above 1: more than there is. */
  readonly spent: number;
  readonly windows: readonly BurnWindow[];
  readonly end: BudgetEnd | null;
  /** The most severe of the windows that burn too fast. */
  readonly burning: 'critical' | 'warning' | null;
  /** Why there is nothing to report: an unknown service or operation. */
  readonly unknown: string | null;
}

/** Steps in which a budget's spending is added up. */
const mostSteps = 400;

/**
 * What became of an objective over its period up to now. The budget is that of a whole period at the traffic that was
 * seen: of a store that is two days old, the other days count as without a bad call.
 */
export const objectiveReport = Effect.fnUntraced(function* (
  objective: Objective,
  nowMs: number,
): Effect.fn.Return<ObjectiveReport, QueryFailed | EngineUnavailable, QueryClient> {
  const { service, operation, days, target } = objective;
  const periodMs = days * dayMs;
  const toMs = Math.floor(nowMs / 60_000) * 60_000;
  const firstMs = yield* firstCallMs(objective, toMs - periodMs);
  if (firstMs === null || firstMs >= toMs) {
    const { what, why } = yield* operation === null
      ? nothingOf('service', service, null)
      : nothingOf('operation', operation, service);
    return { ...nothing(objective), unknown: `${what}: ${why}` };
  }
  const [period, ...spans] = yield* countsOfSpans(objective, [periodMs, ...burnSpans], toMs);
  const { calls, bad, badLow, badHigh } = period!;
  const seenMs = toMs - Math.max(firstMs, toMs - periodMs);
  const budget = (1 - target) * calls * (periodMs / seenMs);
  const stepMs = Math.max(60_000, stepFor(seenMs, mostSteps));
  // The first step may have begun before the first call.
  const steps = closedSteps(toMs - seenMs - stepMs + 1, toMs + 15_000, stepMs);
  const counts = yield* countsOfSteps(objective, steps);
  const spent = new Float64Array(Math.max(0, (steps.toMs - steps.fromMs) / steps.stepMs));
  for (const [at, step] of counts) {
    const index = (at * 1000 - steps.fromMs) / steps.stepMs;
    if (index >= 0 && index < spent.length) spent[index] = step.bad / budget;
  }
  const windows = burnOf(objective, spans);
  const burning = windows.filter(({ isBurning }) => isBurning).map(({ severity }) => severity);
  return {
    objective,
    seenMs,
    calls,
    bad,
    badLow,
    badHigh,
    goodShare: calls === 0 ? null : 1 - bad / calls,
    spent: calls === 0 ? 0 : bad / budget,
    windows,
    end: calls === 0 ? null : budgetEnd(spent, Math.round(periodMs / steps.stepMs), steps.stepMs, steps.toMs),
    burning: burning.includes('critical') ? 'critical' : (burning[0] ?? null),
    unknown: null,
  };
});

const nothing = (objective: Objective): ObjectiveReport => ({
  objective,
  seenMs: 0,
  calls: 0,
  bad: 0,
  badLow: 0,
  badHigh: 0,
  goodShare: null,
  spent: 0,
  windows: [],
  end: null,
  burning: null,
  unknown: null,
});

/** All objectives, in the order of the configuration. */
export const objectiveReports = (
  objectives: readonly Objective[],
  nowMs: number,
): Effect.Effect<readonly ObjectiveReport[], QueryFailed | EngineUnavailable, QueryClient> =>
  Effect.forEach(objectives, (objective) => objectiveReport(objective, nowMs));
