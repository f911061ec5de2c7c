import type { CauseInput, MetricSeries } from '../input.ts';
import type { OwnDeviation } from '../metrics/own-deviations.ts';
import { callGraph } from './call-graph.ts';

/** What a victim of its callees still keeps. */
const waitsOnly = 0.02;

/**
 * The share of each latency's and errors' rise that its entity's callees do not have, 0.02 to 1; other metrics are their
 * entity's own. For where calls are known and no alarm says from where to follow them.
 * @param weights of the recent rows: those of at least a half are taken to be abnormal
 */
export function ownShares(
  judged: readonly OwnDeviation[],
  { entities, calls, metrics }: CauseInput,
  weights: Float64Array,
): (of: OwnDeviation) => number {
  const { callees, callers } = callGraph(entities.length, calls);
  const requests = new Map(
    (metrics?.series ?? [])
      .filter(({ kind }) => kind === 'requests')
      .map((each) => [each.entity, meanOf(each, weights)]),
  );
  const rises = new Map<string, number>();
  for (const { series, present, usual } of judged) {
    const asked = series.unit === 'count' ? 1 : (requests.get(series.entity) ?? 1);
    const key = `${series.entity} ${series.kind}`;
    rises.set(key, Math.max(rises.get(key) ?? 0, (present - usual) * asked || 0));
  }
  return ({ series: { entity, kind } }) => {
    const riseOf = (of: number): number => rises.get(`${of} ${kind}`) ?? 0;
    const rise = riseOf(entity);
    if ((kind !== 'latency' && kind !== 'errors') || !(rise > 0)) return 1;
    const waited = callees[entity]!.reduce((sum, callee) => {
      const all = callers[callee]!.reduce((of, caller) => of + riseOf(caller), 0);
      return sum + riseOf(callee) * (rise / all);
    }, 0);
    return Math.max(waitsOnly, 1 - waited / rise);
  };
}

function meanOf({ recent }: MetricSeries, weights: Float64Array): number {
  const abnormal = recent.filter((value, row) => weights[row]! >= 0.5 && Number.isFinite(value));
  return abnormal.reduce((sum, value) => sum + value, 0) / Math.max(1, abnormal.length);
}
