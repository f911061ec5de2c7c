import type { ResourceSeries } from './input.ts';

/** An instance's CPU or memory above what it usually needs. */
export interface ResourceDeviation {
  readonly series: ResourceSeries;
  /** Deviations above the median. */
  readonly z: number;
  readonly usual: number;
  readonly highest: number;
  /** Unix milliseconds of the first value that high. */
  readonly sinceMs: number;
}

/** Of values before the analysed window. */
export const mostBefore = 180;
/** Of spread: percentage points of the limit, or part of the usual value where no limit is known. */
const leastPoints = 5;
const leastPart = 0.5;
const leastZ = 3;

/** The highest deviation of each instance, those above 3 only. */
export function resourceDeviations(series: readonly ResourceSeries[]): ResourceDeviation[] {
  const most = new Map<string, ResourceDeviation>();
  for (const one of series) {
    const deviation = deviationOf(one);
    if (deviation === undefined || deviation.z <= leastZ) continue;
    if (deviation.z > (most.get(one.instance)?.z ?? 0)) most.set(one.instance, deviation);
  }
  return [...most.values()];
}

function deviationOf(series: ResourceSeries): ResourceDeviation | undefined {
  const before = series.before.slice(-mostBefore);
  if (before.length < 3 || series.present.length === 0) return undefined;
  const usual = median(before);
  const spread = 1.4826 * median(before.map((value) => Math.abs(value - usual)));
  const scale = Math.max(spread, series.isPercent ? leastPoints : leastPart * Math.abs(usual));
  if (!(scale > 0)) return undefined;
  const highest = series.present.reduce((max, { value }) => Math.max(max, value), -Infinity);
  const z = (highest - usual) / scale;
  const since = series.present.find(({ value }) => value - usual >= (highest - usual) / 2);
  return { series, z, usual, highest, sinceMs: since?.timeMs ?? 0 };
}

/** Of at least one value. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
