import { Effect } from 'effect';
import type { EngineUnavailable, QueryFailed } from '../../domain/errors.ts';
import type { QueryClient } from '../../store/query-client.ts';
import { tracesAndOthers, twoTimes, twoValues, twoVersions, type Populations } from '../attributes/population.ts';
import { separatingAttributes, type Separation } from '../attributes/separate.ts';
import type { Question } from '../question.ts';
import { keyOf, textList, type OperationKey } from '../sql.ts';
import type { SideTraces } from './sides.ts';

const mostSplits = 4;

/**
 * Attribute values that requests of the first side have and those of the second have not; null where a side is a single
 * trace, which has all of its values.
 * @param roots operations that the traces of both sides begin with, the most frequent first
 */
export const separatedSides = Effect.fnUntraced(function* (
  question: Question,
  bad: SideTraces,
  good: SideTraces,
  roots: readonly OperationKey[],
): Effect.fn.Return<Separation | null, QueryFailed | EngineUnavailable, QueryClient> {
  const populations = populationsOf(question, bad, good, roots);
  return populations === null ? null : yield* separatingAttributes({ ...populations, limit: mostSplits });
});

function populationsOf(
  question: Question,
  bad: SideTraces,
  good: SideTraces,
  roots: readonly OperationKey[],
): Populations | null {
  const [root, ...others] = roots;
  if (root === undefined) return null;
  const range = {
    fromMs: Math.min(bad.range.fromMs, good.range.fromMs),
    toMs: Math.max(bad.range.toMs, good.range.toMs),
  };
  if (question.ask === 'traces') {
    const all = tracesAndOthers(bad.traceIds, [root, ...others], range);
    if (question.leftOut === undefined) return all;
    // Those that stand for the others are none of the traces that were left out.
    return { ...all, good: { ...all.good, where: `${all.good.where} AND TraceId IN ${textList(good.traceIds)}` } };
  }
  const [first, second] = [bad.side, good.side];
  if (first?.side === 'version' && second?.side === 'version' && first.service === second.service) {
    const versions = twoVersions({ service: first.service, range }, first.version, second.version);
    return {
      bad: { ...versions.bad, where: bad.where, ...bad.range },
      good: { ...versions.good, where: good.where, ...good.range },
    };
  }
  if (first?.side === 'passing' && second?.side === 'passing') {
    const times = twoTimes(root, first.range, second.range);
    const isWhole = first.roots.some((one) => keyOf(one) === keyOf(root));
    const passing = ({ where }: SideTraces): string =>
      isWhole ? ` AND ${where}` : ` AND TraceId IN (SELECT TraceId FROM otel_traces WHERE ${where})`;
    return {
      bad: { ...times.bad, where: `${times.bad.where}${passing(bad)}` },
      good: { ...times.good, where: `${times.good.where}${passing(good)}` },
    };
  }
  if (first?.side === 'attribute' && second?.side === 'attribute' && first.key === second.key) {
    return twoValues({ ...root, range }, first.key, first.value, second.value);
  }
  if (first?.side === 'time' && second?.side === 'time') return twoTimes(root, first.range, second.range);
  return null;
}
