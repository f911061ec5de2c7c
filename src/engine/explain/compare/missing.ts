import { limits } from '../../domain/limits.ts';
import type { Missing } from '../explanation.ts';
import { countText } from '../format.ts';
import { missingWhen } from '../missing.ts';
import type { Comparison } from './comparison.ts';
import type { Judgement } from './worse.ts';

/** What a comparison could not see, or had to assume. */
export function missingOf({
  bad: { side: bad, profiles: ofBad },
  good: { side: good, profiles: ofGood },
  shared,
}: Comparison): readonly Missing[] {
  return [
    ...missingWhen(
      !shared,
      'The two sides have no root operation in common: other work differs too.',
      'Compare traces of one operation',
    ),
    ...missingWhen(
      bad.traceIds.length >= limits.explain.sideTraces || good.traceIds.length >= limits.explain.sideTraces,
      `Of each side ${countText(limits.explain.sideTraces, 'trace')} at most stand for all.`,
      null,
    ),
    ...missingWhen(
      shared && (ofBad.length < bad.traceIds.length || ofGood.length < good.traceIds.length),
      `${countText(bad.traceIds.length + good.traceIds.length - ofBad.length - ofGood.length, 'trace')} of root operations that only one side has were left out.`,
      null,
    ),
    ...missingWhen(
      Math.min(ofBad.length, ofGood.length) === 1,
      'A single trace stands for a side: chance cannot be told from cause.',
      'Compare versions or times, which have many',
    ),
  ];
}

/** Why nobody, or not the change that was asked about, is blamed. */
export const missingToJudge = (judgement: Judgement, isOfChange: boolean, hasOnset: boolean): readonly Missing[] => [
  ...missingWhen(
    isOfChange && judgement === 'worse' && !hasOnset,
    'No window of the time after the change is clearly worse than those before: since when cannot be told, so the change is not blamed.',
    'More requests, or a longer time after the change',
  ),
  ...missingWhen(
    judgement === 'unknown',
    `There are too few traces of one operation to tell whether ${isOfChange ? 'the change made anything worse' : 'one side fares worse'}.`,
    'Ask again when there are five and more on both sides',
  ),
  ...missingWhen(
    !isOfChange && judgement === 'better',
    'What slows down, or fails, is looked for in the first side, which fares better here.',
    'Name the worse side first',
  ),
];
