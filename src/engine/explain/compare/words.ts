import { printable } from '../../domain/printable.ts';
import { countText, durationText, percentText, quoted } from '../format.ts';
import type { ComparedSide } from './comparison.ts';
import { mean, type Difference, type TraceProfile } from './profile.ts';

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
export function comparisonSentence(
  { side: badSide, profiles: bad }: ComparedSide,
  { side: goodSide, profiles: good }: ComparedSide,
  first: Difference | undefined,
): string {
  const took = (profiles: readonly TraceProfile[]): string =>
    `${durationText(mean(profiles, ({ durationMs }) => durationMs))}${profiles.length === 1 ? '' : ` on average (${countText(profiles.length, 'trace')})`}`;
  const failed = (profiles: readonly TraceProfile[]): number => profiles.filter((profile) => profile.failed).length;
  const failures =
    failed(bad) + failed(good) === 0 ? '' : `; ${failed(bad)} of the one failed, ${failed(good)} of the other`;
  const why =
    first === undefined
      ? 'They do not differ in what they spend their time on.'
      : `${first.share >= 0.05 ? `${percentText(Math.min(1, first.share) * 100)} of the difference: ` : ''}${differenceText(first)}`;
  return `${sentenceStart(badSide.label)} took ${took(bad)}, ${goodSide.label} ${took(good)}${failures}. ${why}`;
}

/** Names stay as they are. */
const sentenceStart = (label: string): string => label.replace(/^(?=(?:traces?|these|this) )t/, 'T');
