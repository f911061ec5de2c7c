import { at, stride } from './layout.ts';
import { fromScale } from './scales.ts';
import type { Series } from './series.ts';

export type DetectorName = 'level' | 'season' | 'shift' | 'rare' | 'ramp' | 'combination';

/** How far a series is from its usual in the newest window, in the feature's unit; of errors among calls as shares. */
export interface Deviation {
  readonly value: number;
  readonly usual: number;
  readonly usualLow: number;
  readonly usualHigh: number;
  readonly detector: DetectorName;
}

const slowDetectors = ['level', 'shift', 'ramp', 'season'] as const;

/** One in a hundred normal values lies further out. */
const hundredth = 2.576;

export function deviationOf(series: Series): Deviation {
  const { watched } = series;
  const numbers = series.page.numbers;
  const b = series.index * stride;
  const strongest = numbers[b + at.strongest]!;
  if (watched.family === 'share' || watched.family === 'rare') {
    const exposure = watched.family === 'share' ? Math.max(1, numbers[b + at.calls]!) : 1;
    const usual = numbers[b + at.expected]! / exposure;
    const spread = numbers[b + at.spread]! / exposure;
    const now = numbers[b + at.value]! / exposure;
    const value = strongest === 0 ? now : numbers[b + at.present]! * 0.8 + now * 0.2;
    return { value, usual, usualLow: 0, usualHigh: usual + hundredth * spread, detector: 'rare' };
  }
  const now = numbers[b + at.value]!;
  const value = strongest === 0 ? now : numbers[b + at.present]! * 0.8 + now * 0.2;
  const usual = [at.expected, at.reference, at.slowUsual, at.slowUsual][strongest]!;
  const middle = numbers[b + usual]!;
  const spread = hundredth * numbers[b + (strongest === 0 ? at.spread : at.referenceSpread)]!;
  const natural = (scaled: number): number => fromScale(numbers, b, watched, scaled);
  return {
    value: natural(value),
    usual: natural(middle),
    usualLow: natural(watched.family === 'count' ? Math.max(0, middle - spread) : middle - spread),
    usualHigh: natural(middle + spread),
    detector: watched.feature.startsWith('model ') ? 'combination' : slowDetectors[strongest]!,
  };
}

/** First window of what is going on: since when values are out, or since when a sum grew. An hour back at most. */
export function sinceWindow(series: Series, window: number): number {
  const numbers = series.page.numbers;
  const b = series.index * stride;
  const strongest = numbers[b + at.strongest]!;
  if (strongest >= 2) return window - (strongest === 2 ? 180 : 30);
  const out = numbers[b + at.outSince]!;
  const up = numbers[b + at.up]! >= numbers[b + at.down]!;
  const sum = numbers[b + (up ? at.upSince : at.downSince)]!;
  const since = strongest === 0 || sum === 0 ? out : out === 0 ? sum : Math.min(out, sum);
  return since === 0 ? window : Math.max(since, window - 360);
}
