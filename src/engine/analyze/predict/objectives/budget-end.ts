import { limits } from '../../../domain/limits.ts';
import { normalQuantile, normalShare } from '../../forecast/normal.ts';

/** When a budget will be gone, Unix milliseconds; null: not within the horizon. */
export interface BudgetEnd {
  readonly earliestMs: number | null;
  readonly likelyMs: number | null;
  readonly latestMs: number | null;
  /** That it will be gone within the horizon. */
  readonly probability: number;
  /** `lasting`: it will be gone if it burns on as lately. */
  readonly kind: 'spent' | 'lasting' | 'none';
  readonly horizonMs: number;
}

/** How far the next span is from the last one, as a deviation of logarithms, before anything is seen; and what that belief counts. */
const usualDeviation = 0.7;
const believed = 4;

/** Earliest and latest are told with 95 %. */
const reach = normalQuantile(0.975);

/**
 * In the time to come as much is spent as in the same time up to now: an hour ahead is judged by the last hour, a week by
 * the last week, so that a burn that has just begun counts for what is near, and one that is over for what is far. How
 * far that is off is learned from the same history: the spread of the logarithm of what one span spent over what the
 * span before it did. What leaves the objective's period meanwhile is given back.
 *
 * @param spent share of the budget that each step of the history spent, oldest first; as long as the period at most
 * @param periodSteps steps of the objective's period
 * @param nowMs end of the last step
 */
export function budgetEnd(spent: Float64Array, periodSteps: number, stepMs: number, nowMs: number): BudgetEnd | null {
  const known = spent.length;
  if (known < limits.predict.fewestValues) return null;
  const horizon = Math.min(known, periodSteps);
  const horizonMs = nowMs + horizon * stepMs;
  const added = new Float64Array(known + 1);
  for (let step = 0; step < known; step++) added[step + 1] = added[step]! + spent[step]!;
  const sum = added[known]!;
  if (sum >= 1) {
    return { earliestMs: nowMs, likelyMs: nowMs, latestMs: nowMs, probability: 1, kind: 'spent', horizonMs };
  }
  const least = spent.reduce((min, value) => (value > 0 && value < min ? value : min), Number.POSITIVE_INFINITY) / 2;
  const [earliest, likely, latest] = [new First(), new First(), new First()];
  let probability = 0;
  for (let steps = 1; steps <= horizon; steps++) {
    const last = added[known]! - added[known - steps]!;
    if (last === 0) continue;
    const left = added[Math.min(known, Math.max(0, known + steps - periodSteps))]!;
    const needed = 1 - sum + left;
    const deviation = deviationOf(added, steps, least);
    const far = Math.log(last / needed) / deviation;
    earliest.see(steps, far >= -reach);
    likely.see(steps, far >= 0);
    latest.see(steps, far >= reach);
    probability = Math.max(probability, normalShare(far));
  }
  const at = ({ step }: First): number | null => (step === null ? null : nowMs + step * stepMs);
  return {
    earliestMs: at(earliest),
    likelyMs: at(likely),
    latestMs: at(latest),
    probability,
    kind: likely.step === null ? 'none' : 'lasting',
    horizonMs,
  };
}

/** The first step at which something was so. */
class First {
  step: number | null = null;
  see(step: number, isSo: boolean): void {
    if (isSo) this.step ??= step;
  }
}

/** Deviation of log(what a span spent / what the one before did), over the spans of the history that do not overlap. */
function deviationOf(added: Float64Array, steps: number, least: number): number {
  let squares = believed * usualDeviation ** 2;
  let count = believed;
  for (let end = added.length - 1; end - 2 * steps >= 0; end -= steps) {
    const [next, before] = [added[end]! - added[end - steps]!, added[end - steps]! - added[end - 2 * steps]!];
    // Spans without a bad call tell nothing of how fast it burns when it does.
    if (next === 0 && before === 0) continue;
    squares += Math.log((next + least) / (before + least)) ** 2;
    count++;
  }
  return Math.sqrt(squares / count);
}
