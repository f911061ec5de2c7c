import { printable } from '../../domain/printable.ts';
import { countText, durationText, percentText, quoted } from '../format.ts';
import type { ComparedSide, Comparison } from './comparison.ts';
import { mean, type Difference } from './profile.ts';
import type { Judgement } from './worse.ts';

const nameOf = ({ service, operation }: Difference): string => `${printable(service)} ${quoted(operation)}`;

/** What an operation does in one set of traces and not in the other. */
export function differenceText({
  badMs,
  goodMs,
  badCalls,
  goodCalls,
  badErrors,
  goodErrors,
  ...of
}: Difference): string {
  const name = nameOf({ badMs, goodMs, badCalls, goodCalls, badErrors, goodErrors, ...of });
  const calls = (count: number): string => String(Number(count.toFixed(1)));
  const called = (count: number, ms: number): string =>
    `${count === 1 ? 'once' : `${calls(count)} times`} a trace${ms >= 0.5 ? `, and spends ${durationText(ms)}` : ''}`;
  if (badCalls === 0 && goodCalls > 0) {
    return `${name} is not called; on the other side it is, ${called(goodCalls, goodMs)}.`;
  }
  if (goodCalls === 0 && badCalls > 0) {
    return `${name} is called ${called(badCalls, badMs)}; on the other side it is not called.`;
  }
  const parts = [
    ...(Math.abs(badMs - goodMs) >= 0.5 ? [`spends ${durationText(badMs)} a trace, not ${durationText(goodMs)}`] : []),
    ...(Math.abs(badCalls - goodCalls) >= 0.1
      ? [`is called ${calls(badCalls)} times a trace, not ${calls(goodCalls)}`]
      : []),
    ...(Math.abs(badErrors - goodErrors) >= 0.02
      ? [`fails ${calls(badErrors)} times a trace, not ${calls(goodErrors)}`]
      : []),
  ];
  return `${name} ${parts.join(', ')}.`;
}

/** Both sides in one sentence, and what most of the difference is. */
export const comparisonSentence = (compared: Pick<Comparison, 'bad' | 'good' | 'differences'>): string =>
  `${sidesText(compared)} ${mostText(compared)}`;

/** How long traces of both took, and how many failed. */
export const sidesText = (compared: Pick<Comparison, 'bad' | 'good'>): string => sentenceStart(bothText(compared));

function bothText({ bad, good }: Pick<Comparison, 'bad' | 'good'>): string {
  const took = ({ profiles }: ComparedSide): string =>
    `${durationText(mean(profiles, ({ durationMs }) => durationMs))}${profiles.length === 1 ? '' : ` on average (${countText(profiles.length, 'trace')})`}`;
  const failed = ({ profiles }: ComparedSide): number => profiles.filter((profile) => profile.failed).length;
  const failures =
    failed(bad) + failed(good) === 0 ? '' : `; ${failed(bad)} of the one failed, ${failed(good)} of the other`;
  return `${bad.side.label} took ${took(bad)}, ${good.side.label} ${took(good)}${failures}.`;
}

/** As far as the first side is told to be no worse than the second. */
export function notWorseText(compared: Comparison, judgement: Exclude<Judgement, 'worse'>): string {
  const { bad, good } = compared;
  if (judgement === 'unknown') return `${sidesText(compared)} That is too little to tell whether one fares worse.`;
  if (judgement === 'alike') return `Both fare alike: ${bothText(compared)}`;
  const [badMs, goodMs] = [bad, good].map(({ profiles }) => mean(profiles, ({ durationMs }) => durationMs));
  const [failed, others] = [bad, good].map(({ profiles }) => mean(profiles, (one) => Number(one.failed)));
  const better = [
    ...((badMs ?? 0) < (goodMs ?? 0) * lessBy.times ? ['is faster'] : []),
    ...((others ?? 0) - (failed ?? 0) >= lessBy.rate ? ['fails less'] : []),
  ];
  return `The first ${better.length === 0 ? 'fares better' : better.join(' and ')}: ${bothText(compared)} ${mostText(compared)}`;
}

/** From here on it is worth a word. */
const lessBy = { times: 0.95, rate: 0.02 } as const;

export function mostText({ differences: [first] }: Pick<Comparison, 'differences'>): string {
  if (first === undefined) return 'They do not differ in what they spend their time on.';
  return `${first.share >= 0.05 ? `${percentText(Math.min(1, first.share) * 100)} of the difference: ` : ''}${differenceText(first)}`;
}

/** Names stay as they are. */
const sentenceStart = (text: string): string => text.replace(/^(?=(?:traces?|these|this) )t/, 'T');
