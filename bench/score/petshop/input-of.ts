import type { CauseInput, MetricSeries } from '../../../src/engine/cause/input.ts';
import type { PetshopCase } from './cases.ts';

const empty = new Float64Array();
/** Histories are shared by cases: their shares of errors are computed once. */
const shares = new WeakMap<Float64Array, Float64Array>();

/** A case as the engine takes it: latency in seconds, availability as the share of failed requests. */
export function inputOf({ names, calls, history, recent, target }: PetshopCase): CauseInput {
  const series = names.flatMap((name, entity): MetricSeries[] => {
    const [before, around] = [history.nodes.get(name) ?? {}, recent.nodes.get(name) ?? {}];
    const made: MetricSeries[] = [];
    const add = (
      metric: 'requests' | 'latency' | 'availability',
      kind: MetricSeries['kind'],
      change: (values: Float64Array) => Float64Array,
    ): void => {
      if (before[metric] === undefined && around[metric] === undefined) return;
      const stretches = { history: change(before[metric] ?? empty), recent: change(around[metric] ?? empty) };
      made.push({ entity, kind, name: metric, ...(kind === 'errors' && { unit: 'share' }), ...stretches });
    };
    add('requests', 'requests', (values) => values);
    add('latency', 'latency', (values) => values);
    add('availability', 'errors', failedShares);
    return made;
  });
  return {
    entities: names.map((name) => ({ name, kind: 'service' })),
    calls,
    metrics: { recentMs: recent.times.map((seconds) => seconds * 1000), series },
    alarm: { entity: names.indexOf(target.node), kind: target.metric === 'latency' ? 'latency' : 'errors' },
    alarmAt: target.unixSeconds * 1000,
  };
}

function failedShares(availability: Float64Array): Float64Array {
  const known = shares.get(availability) ?? availability.map((percent) => 1 - percent / 100);
  shares.set(availability, known);
  return known;
}
