import { keyOf } from '../sql.ts';
import type { ComparedSide, Comparison } from './comparison.ts';
import { mean, type TraceProfile } from './profile.ts';
import { judge, type Judgement } from './worse.ts';

/** Of so few traces, or of such as somebody chose, this counts; a share of failed ones that is this much larger. */
const clear = { times: 1.4, riseMs: 8, rate: 0.2 } as const;
/** Standard errors: of few traces that stand for many, and of many that somebody chose, which are unlike the others on purpose. */
const deviations = { sample: 3.5, chosen: 2, failed: 2 } as const;
const few = 5;

/**
 * Whether the first side fares worse: as `judge` has it, and where it has too few traces, or some that somebody chose
 * (which are no sample), where they take ×1.4 and 8 ms longer, or fail in a fifth more. One trace beside one has no
 * noise to hold it against, a few beside others have.
 */
export function judgeSides({ bad, good, shared }: Pick<Comparison, 'bad' | 'good' | 'shared'>): Judgement {
  const [first, second] = shared ? [bad.profiles, good.profiles] : [asOne(bad.profiles), asOne(good.profiles)];
  const judgement = judge(first, second);
  const areChosen = isChosen(bad) || isChosen(good);
  if (judgement === 'worse' || (judgement !== 'unknown' && !areChosen)) return judgement;
  if (isClearlyWorse(first, second, areChosen)) return 'worse';
  if (judgement === 'better' || isClearlyWorse(second, first, areChosen)) return 'better';
  const isOneByOne = first.length === 1 && second.length === 1;
  return areChosen || isOneByOne ? 'alike' : judgement;
}

/** Named one by one. */
const isChosen = ({ side: { side } }: ComparedSide): boolean => side === undefined || side.side === 'trace';

/** Sides with no root operation in common are compared all in all. */
const asOne = (profiles: readonly TraceProfile[]): readonly TraceProfile[] =>
  profiles.map((profile) => ({ ...profile, operation: { service: '', kind: '', operation: '' } }));

function isClearlyWorse(bad: readonly TraceProfile[], good: readonly TraceProfile[], areChosen: boolean): boolean {
  const pairs = [bad.length, good.length] as const;
  const hasNoise = Math.max(...pairs) > 1 && (!areChosen || Math.min(...pairs) >= few);
  const byOperation = Map.groupBy(good, ({ operation }) => keyOf(operation));
  const own = bad.filter(({ operation }) => byOperation.has(keyOf(operation)));
  const usual = (of: (profile: TraceProfile) => number): number =>
    mean(own, ({ operation }) => mean(byOperation.get(keyOf(operation)) ?? [], of));
  const [badMs, goodMs] = [mean(own, ({ durationMs }) => durationMs), usual(({ durationMs }) => durationMs)];
  const isLonger =
    badMs >= clear.times * goodMs &&
    badMs - goodMs >= clear.riseMs &&
    (!hasNoise || deviationOf(own, good) >= (areChosen ? deviations.chosen : deviations.sample));
  const [failed, others] = [mean(own, share), usual(share)];
  if (isLonger || failed - others < clear.rate) return isLonger;
  const both = (failed * own.length + others * good.length) / (own.length + good.length);
  const error = Math.sqrt(both * (1 - both) * (1 / own.length + 1 / good.length));
  return !hasNoise || areChosen || failed - others >= deviations.failed * error;
}

const share = ({ failed }: TraceProfile): number => Number(failed);

/** Standard errors by which the first take longer, by logarithms of durations, with the spread of both together. */
function deviationOf(bad: readonly TraceProfile[], good: readonly TraceProfile[]): number {
  const log = ({ durationMs }: TraceProfile): number => Math.log(Math.max(durationMs, 0.001));
  const middle = new Map(
    [...Map.groupBy(good, ({ operation }) => keyOf(operation))].map(([key, all]) => [key, mean(all, log)]),
  );
  const beyond = (profile: TraceProfile): number => log(profile) - (middle.get(keyOf(profile.operation)) ?? 0);
  const rise = mean(bad, beyond);
  const squares = (side: readonly TraceProfile[], about: number): number =>
    side.reduce((sum, one) => sum + (beyond(one) - about) ** 2, 0);
  const variance = (squares(bad, rise) + squares(good, 0)) / Math.max(1, bad.length + good.length - 2);
  return rise / Math.sqrt(variance * (1 / bad.length + 1 / good.length) || Number.MIN_VALUE);
}
