import { keyOf } from '../sql.ts';
import { mean, variance, type TraceProfile } from './profile.ts';

/** What matters, and what chance does not bring about among some root operations. */
const least = { traces: 5, times: 1.1, riseMs: 1, deviations: 3.5, failed: 2, rate: 0.03 } as const;

/** `unknown`: there are too few traces to tell. */
export type Judgement = 'worse' | 'better' | 'alike' | 'unknown';

/**
 * Whether traces of the first side take longer, or fail more, than chance would have it: Welch's t of the logarithms of
 * durations, or z of two shares, of any root operation of which both sides have five traces or more.
 */
export function judge(bad: readonly TraceProfile[], good: readonly TraceProfile[]): Judgement {
  const usual = Map.groupBy(good, ({ operation }) => keyOf(operation));
  const pairs = [...Map.groupBy(bad, ({ operation }) => keyOf(operation))]
    .map(([operation, own]) => [own, usual.get(operation) ?? []] as const)
    .filter(([own, others]) => Math.min(own.length, others.length) >= least.traces);
  if (pairs.length === 0) return 'unknown';
  if (pairs.some(([own, others]) => isWorse(own, others))) return 'worse';
  return pairs.some(([own, others]) => isWorse(others, own)) ? 'better' : 'alike';
}

const isWorse = (bad: readonly TraceProfile[], good: readonly TraceProfile[]): boolean =>
  takesLonger(bad, good) || failsMore(bad, good);

const logOf = ({ durationMs }: TraceProfile): number => Math.log(Math.max(durationMs, 0.001));

function takesLonger(bad: readonly TraceProfile[], good: readonly TraceProfile[]): boolean {
  const [badMs, goodMs] = [bad, good].map((side) => mean(side, ({ durationMs }) => durationMs)) as [number, number];
  if (badMs - goodMs < least.riseMs || badMs < goodMs * least.times) return false;
  const error = Math.sqrt(variance(bad, logOf) / bad.length + variance(good, logOf) / good.length);
  return mean(bad, logOf) - mean(good, logOf) >= least.deviations * error;
}

function failsMore(bad: readonly TraceProfile[], good: readonly TraceProfile[]): boolean {
  const failedOf = (side: readonly TraceProfile[]): number => side.filter(({ failed }) => failed).length;
  const [failed, others] = [failedOf(bad), failedOf(good)];
  const rise = failed / bad.length - others / good.length;
  if (failed < least.failed || rise < least.rate) return false;
  const both = (failed + others) / (bad.length + good.length);
  return rise >= least.deviations * Math.sqrt(both * (1 - both) * (1 / bad.length + 1 / good.length));
}

/** Whether traces of the first side fail more, and take less time for it. */
export const failsEarly = (bad: readonly TraceProfile[], good: readonly TraceProfile[]): boolean =>
  failsMore(bad, good) && mean(bad, ({ durationMs }) => durationMs) < mean(good, ({ durationMs }) => durationMs);
