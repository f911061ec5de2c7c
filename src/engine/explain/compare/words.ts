import { printable } from '../../domain/printable.ts';
import { countText, durationText, percentText, quoted } from '../format.ts';
import type { ComparedSide, Comparison } from './comparison.ts';
import { mean, type Difference } from './profile.ts';

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
export function sidesText({ bad, good }: Pick<Comparison, 'bad' | 'good'>): string {
  const took = ({ profiles }: ComparedSide): string =>
    `${durationText(mean(profiles, ({ durationMs }) => durationMs))}${profiles.length === 1 ? '' : ` on average (${countText(profiles.length, 'trace')})`}`;
  const failed = ({ profiles }: ComparedSide): number => profiles.filter((profile) => profile.failed).length;
  const failures =
    failed(bad) + failed(good) === 0 ? '' : `; ${failed(bad)} of the one failed, ${failed(good)} of the other`;
  return `${sentenceStart(bad.side.label)} took ${took(bad)}, ${good.side.label} ${took(good)}${failures}.`;
}

export function mostText({ differences: [first] }: Pick<Comparison, 'differences'>): string {
  if (first === undefined) return 'They do not differ in what they spend their time on.';
  return `${first.share >= 0.05 ? `${percentText(Math.min(1, first.share) * 100)} of the difference: ` : ''}${differenceText(first)}`;
}

/** Names stay as they are. */
const sentenceStart = (label: string): string => label.replace(/^(?=(?:traces?|these|this) )t/, 'T');
