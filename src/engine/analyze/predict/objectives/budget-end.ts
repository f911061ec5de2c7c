import { crossing, type CrossingKind } from '../../forecast/crossing.ts';
import { forecastSeries } from '../../forecast/forecast.ts';
import { limits } from '../../../domain/limits.ts';

/** When a budget will be gone, Unix milliseconds; null: not within the horizon. */
export interface BudgetEnd {
  readonly earliestMs: number | null;
  readonly likelyMs: number | null;
  readonly latestMs: number | null;
  /** That it will be gone within the horizon. */
  readonly probability: number;
  readonly kind: CrossingKind | 'spent';
  readonly horizonMs: number;
}

/**
 * A budget is a disk that fills: what was spent, added up, is forecast as a series of its own, and what leaves the period
 * by then is taken off again, for that is known already.
 *
 * @param spent share of the budget that each step of the history spent, oldest first; as long as the period at most
 * @param periodSteps steps of the objective's period
 * @param nowMs end of the last step
 */
export function budgetEnd(spent: Float64Array, periodSteps: number, stepMs: number, nowMs: number): BudgetEnd | null {
  const known = spent.length;
  if (known < limits.predict.fewestValues) return null;
  const horizon = Math.min(known, limits.predict.capacitySteps, periodSteps);
  const horizonMs = nowMs + horizon * stepMs;
  const added = new Float64Array(known);
  let sum = 0;
  for (let step = 0; step < known; step++) added[step] = sum += spent[step]!;
  if (sum >= 1) {
    return { earliestMs: nowMs, likelyMs: nowMs, latestMs: nowMs, probability: 1, kind: 'spent', horizonMs };
  }
  const forecast = forecastSeries(added, { horizon });
  const least = (values: Float64Array): Float64Array =>
    // What is spent is not given back …
    values.map((value, step) => Math.max(value, sum) - gone(added, known + step + 1 - periodSteps));
  const rolled = {
    ...forecast,
    mean: least(forecast.mean),
    lower: least(forecast.lower),
    upper: least(forecast.upper),
  };
  const { earliest, likely, latest, probability, kind } = crossing(rolled, 1, 'above');
  const at = (step: number | null): number | null => (step === null ? null : nowMs + step * stepMs);
  return { earliestMs: at(earliest), likelyMs: at(likely), latestMs: at(latest), probability, kind, horizonMs };
}

/** … until it leaves the period: what had been spent by that step. */
function gone(added: Float64Array, steps: number): number {
  return steps <= 0 ? 0 : added[Math.min(steps, added.length) - 1]!;
}
