import { limits } from '../../domain/limits.ts';
import type { Missing } from '../explanation.ts';
import { countText } from '../format.ts';
import { missingWhen } from '../missing.ts';
import type { Comparison } from './comparison.ts';

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
