import { madToDeviation, median } from '../clean.ts';
import type { Seasons } from '../gaussian-process/kernel.ts';
import { autocorrelation, peaksOf } from './autocorrelation.ts';
import { refinePeriod } from './refine-period.ts';
import { isPeak, prefixSums, seasonStrength } from './season-strength.ts';

/** Shorter rhythms are taken for noise. */
const leastPeriod = 4;

/** A season must repeat at least this well; with few repetitions chance alone reaches more. */
const leastStrengths = [
  { repetitions: 10, strength: 0.3 },
  { repetitions: 5, strength: 0.5 },
  { repetitions: 3, strength: 0.7 },
  { repetitions: 0, strength: 0.8 },
];

/** A multiple of the period repeats as well as the period; only one that is better by this much counts. */
const clearlyBetter = 0.04;

/** A long season has at least this many short ones (a week of working days); below, the short one is a part of its shape. */
const fewestInLong = 5;
const mostInLong = 24;
const leastInner = 7;
const leastInnerStrength = 0.3;

/** The short season within a long one may be much weaker than that, and still be there. */
const leastShareOfLong = 0.3;

/** Values looked at; the last ones. */
export const mostValues = 2048;

/** Robust deviations beyond which a value is an outlier, where a season is looked for. */
const clipAt = 4;

/** Time scale of a series without season: what the kernels' constants call a season. */
const plainUnit = 24;

interface Candidate {
  readonly period: number;
  readonly strength: number;
}

/**
 * The period of a series without gaps, in samples, found by how well it repeats, and the longer one above it.
 */
export function findSeasons(z: Float64Array): Seasons {
  let recent = z.subarray(Math.max(0, z.length - mostValues));
  let prefix = prefixSums(recent);
  let found = strongest(recent, prefix);
  if (found === undefined) {
    // A few outliers drown a season; but they may be the season themselves, so that the values as they are come first.
    recent = clip(recent);
    prefix = prefixSums(recent);
    found = strongest(recent, prefix);
  }
  if (found === undefined) return { period: null, long: null, unit: plainUnit };
  const exact = refinePeriod(recent, found.period);
  const inner = shortWithin(recent, prefix, { ...found, period: exact });
  return seasonsOf(inner ?? exact, inner === undefined ? 7 * exact : exact, z.length);
}

/** `long` only when the series holds it twice. */
export function seasonsOf(period: number, long: number, length: number): Seasons {
  return { period, long: 2 * long <= length ? long : null, unit: period };
}

/** The shortest period that repeats about as well as the best one. */
function strongest(z: Float64Array, prefix: Float64Array): Candidate | undefined {
  const candidates = candidatesOf(z)
    .map((period) => ({ period, strength: seasonStrength(z, period, prefix) }))
    .filter(({ period, strength }) => strength >= needed(z.length, period))
    .filter(({ period }) => isPeak(z, period, prefix));
  const best = Math.max(...candidates.map(({ strength }) => strength));
  const chance = 1.5 / Math.sqrt(z.length);
  return candidates.find(({ strength }) => strength >= best - Math.max(clearlyBetter, chance));
}

function needed(length: number, period: number): number {
  const of = leastStrengths.find(({ repetitions }) => length >= repetitions * period)!;
  return Math.max(of.strength, 3.5 / Math.sqrt(length));
}

/** Peaks of the autocorrelation, of the values less a line (for noisy series) and of their steps (for those that wander). */
function candidatesOf(z: Float64Array): number[] {
  const count = Math.floor(z.length / 2);
  const steps = Float64Array.from({ length: Math.max(0, z.length - 1) }, (_, i) => z[i + 1]! - z[i]!);
  const peaks = [...peaksOf(autocorrelation(lessLine(z), count)), ...peaksOf(autocorrelation(steps, count))];
  return [...new Set(peaks)].filter((lag) => lag >= leastPeriod).sort((a, b) => a - b);
}

/** A season of which the long one holds a whole number, and which repeats by itself. */
function shortWithin(z: Float64Array, prefix: Float64Array, long: Candidate): number | undefined {
  let best: Candidate | undefined;
  for (let count = fewestInLong; count <= mostInLong; count++) {
    if (long.period % count !== 0 || long.period / count < leastInner) continue;
    const period = long.period / count;
    const strength = seasonStrength(z, period, prefix);
    if (strength < Math.max(leastInnerStrength, leastShareOfLong * long.strength) || !isPeak(z, period, prefix))
      continue;
    if (best === undefined || strength > best.strength) best = { period, strength };
  }
  return best?.period;
}

/** The values drawn in to within some robust deviations of the median. */
function clip(z: Float64Array): Float64Array {
  const middle = median(z.slice());
  const most = clipAt * madToDeviation * median(z.map((value) => Math.abs(value - middle)));
  return z.map((value) => Math.min(Math.max(value, middle - most), middle + most));
}

/** The values less their least-squares line. */
function lessLine(z: Float64Array): Float64Array {
  const n = z.length;
  const middle = (n - 1) / 2;
  let mean = 0;
  let slope = 0;
  let spread = 0;
  for (let i = 0; i < n; i++) mean += z[i]! / n;
  for (let i = 0; i < n; i++) {
    slope += (i - middle) * (z[i]! - mean);
    spread += (i - middle) ** 2;
  }
  const rise = spread > 0 ? slope / spread : 0;
  return Float64Array.from(z, (value, i) => value - mean - rise * (i - middle));
}
