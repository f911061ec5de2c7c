import type { MetricSeries, SignalKind } from '../input.ts';
import { medianOf, quantileOf, sortedFinite } from './quantile.ts';

/** How far a metric lies above its usual values. */
export interface OwnDeviation {
  readonly series: MetricSeries;
  /** In spreads of history, upward; below 0 where it fell. */
  readonly deviations: number;
  readonly usual: number;
  readonly present: number;
  /** What one deviation is, in the metric's unit. */
  readonly scale: number;
}

/** Only the first part of history is taken for normal: the trouble may have begun before its end. */
const guardedShare = 2 / 3;
/** A value that is exceeded in a tenth of the abnormal rows: a lasting change, and no single spike. */
const presentQuantile = 0.9;
/** A spread below this share of the values is rounding, whatever history says. */
const leastRelativeSpread = 0.1;
/** A change of the share of errors below this is nothing, even where there never was an error. */
const leastErrorSpread = 0.01;
/** From here on memory is unusual by itself. */
const memoryRises = 2;

/**
 * Judges every series by itself; constant and empty ones score 0.
 * @param weights of the recent rows: those of at least a half are taken to be abnormal
 */
export function ownDeviations(series: readonly MetricSeries[], weights: Float64Array): OwnDeviation[] {
  const middles = series.map(({ history }) => {
    const sorted = sortedFinite(history.subarray(0, Math.ceil(history.length * guardedShare)));
    return { median: quantileOf(sorted, 0.5), iqr: quantileOf(sorted, 0.75) - quantileOf(sorted, 0.25) };
  });
  const typical = new Map<string, number>();
  for (const group of new Set(series.map(groupOf))) {
    const of = middles.filter((_, index) => groupOf(series[index]!) === group).map(({ median }) => Math.abs(median));
    typical.set(group, medianOf(Float64Array.from(of)));
  }
  return swapBusyMemory(
    series.map((each, index) => {
      const { median, iqr } = middles[index]!;
      const abnormal = each.recent.filter((_, row) => weights[row]! >= 0.5);
      const present = quantileOf(sortedFinite(abnormal), presentQuantile);
      const least = leastRelativeSpread * Math.max(Math.abs(median), typical.get(groupOf(each)) || 0);
      const floor = each.kind === 'errors' && each.unit !== 'count' ? leastErrorSpread : 0;
      const scale = Math.max(iqr || 0, least, floor) || 1;
      const deviations = (present - median) / scale;
      return { series: each, deviations: Number.isFinite(deviations) ? deviations : 0, usual: median, present, scale };
    }),
  );
}

/** Metrics of a kind are alike in size; those of no known kind only where they have the same name. */
const groupOf = ({ kind, name, measure = name }: MetricSeries): string =>
  kind === 'other' ? `other ${measure}` : kind;

/**
 * Allocating burns CPU, while burning CPU allocates nothing: where memory rises and CPU still more, memory leads.
 * Within one entity the two change places.
 */
function swapBusyMemory(all: OwnDeviation[]): OwnDeviation[] {
  const find = (entity: number, kind: SignalKind): number =>
    all.reduce(
      (best, { series, deviations }, index) =>
        series.entity === entity && series.kind === kind && !(best >= 0 && all[best]!.deviations >= deviations)
          ? index
          : best,
      -1,
    );
  const swapped = [...all];
  const byEntity = new Set(all.filter(({ series }) => series.kind === 'memory').map(({ series }) => series.entity));
  for (const entity of byEntity) {
    const [memory, cpu] = [find(entity, 'memory'), find(entity, 'cpu')];
    if (memory < 0 || cpu < 0) continue;
    const [ofMemory, ofCpu] = [all[memory]!.deviations, all[cpu]!.deviations];
    if (ofMemory < memoryRises || ofCpu <= ofMemory) continue;
    swapped[memory] = { ...all[memory]!, deviations: ofCpu };
    swapped[cpu] = { ...all[cpu]!, deviations: ofMemory };
  }
  return swapped;
}
