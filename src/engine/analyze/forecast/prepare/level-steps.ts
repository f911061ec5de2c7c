import type { Seasons } from '../gaussian-process/kernel.ts';
import { median } from '../clean.ts';
import { detrend, prefixSums } from '../season/season-strength.ts';

/** A step must exceed the jumps that are rare here (this quantile of those elsewhere) by this factor … */
const leastRatio = 3;
const rare = 0.99;

/** … and this share of it must happen within `edge` samples: a ramp is no step. */
const leastSharpness = 0.6;
const edge = 2;

/** Seasons before and after that tell the levels: what returns within them is an outage, and no step. */
const windowSeasons = 2;

const mostSteps = 3;

export interface Levelled {
  /** The values with everything before a step moved to the level after it. */
  readonly values: Float64Array;
  /** Positions of the first values at a new level. */
  readonly steps: readonly number[];
}

/**
 * Level steps (a deploy, a doubled fleet) taken out of a transformed series without gaps: what came before still tells
 * the shape of the season, and nothing about the level. Looked for in the values less their season, by the jump between
 * the medians of two neighbouring windows, compared with such jumps elsewhere in the series: a random walk and a ramp
 * jump everywhere, and a week of working days has its two jumps every week, so that none of them has steps.
 */
export function removeSteps(z: Float64Array, seasons: Seasons): Levelled {
  let values = z;
  const steps: number[] = [];
  while (steps.length < mostSteps) {
    const found = largestStep(values, seasons);
    if (found === undefined) break;
    if (values === z) values = z.slice();
    for (let i = 0; i < found.at; i++) values[i]! += found.height;
    steps.push(found.at);
  }
  return { values, steps };
}

function largestStep(z: Float64Array, { period, unit }: Seasons): { at: number; height: number } | undefined {
  const level = period === null ? z : lessSeason(z, period);
  const window = windowSeasons * unit;
  const n = level.length;
  if (n < 5 * window) return undefined;
  const jumps = new Float64Array(n);
  for (let at = window; at + window <= n; at++) {
    jumps[at] = medianOf(level, at, at + window) - medianOf(level, at - window, at);
  }
  let best = window;
  for (let at = window; at + window <= n; at++) if (Math.abs(jumps[at]!) > Math.abs(jumps[best]!)) best = at;
  const elsewhere = jumps.filter((_, at) => at >= window && at + window <= n && Math.abs(at - best) > 2 * window);
  const usual = elsewhere.map(Math.abs).sort()[Math.floor(rare * elsewhere.length)]!;
  const height = jumps[best]!;
  if (!(Math.abs(height) > leastRatio * Math.max(usual, 1e-9))) return undefined;
  const at = sharpest(level, best, Math.sign(height), window >> 1);
  const inner = medianOf(level, at, at + edge) - medianOf(level, at - edge, at);
  if (inner * Math.sign(height) < leastSharpness * Math.abs(height)) return undefined;
  return { at, height };
}

/** Where near `around` the largest single difference in the step's direction is. */
function sharpest(level: Float64Array, around: number, sign: number, reach: number): number {
  let best = around;
  for (let at = Math.max(edge, around - reach); at <= Math.min(level.length - edge, around + reach); at++) {
    const difference = (index: number): number => (level[index]! - level[index - 1]!) * sign;
    if (difference(at) > difference(best)) best = at;
  }
  return best;
}

/** The values less the season's shape: per place in the season, the median of what exceeds the moving average. */
function lessSeason(z: Float64Array, period: number): Float64Array {
  const n = z.length;
  const excess = detrend(z, period, prefixSums(z));
  const half = period >> 1;
  const shape = new Float64Array(period);
  for (let place = 0; place < period; place++) {
    const seen: number[] = [];
    for (let i = place; i + half < n; i += period) if (i >= half) seen.push(excess[i]!);
    shape[place] = median(Float64Array.from(seen));
  }
  return Float64Array.from(z, (value, i) => value - shape[i % period]!);
}

function medianOf(values: Float64Array, from: number, to: number): number {
  return median(values.slice(from, to));
}
