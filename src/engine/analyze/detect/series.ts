import type { SeriesName } from '../../domain/anomaly.ts';
import type { Watched } from './features-watched.ts';
import { at, type Page, stride } from './layout.ts';
import { adoptPresent, learnLevel, scoreLevel, startLevels, startNoise } from './level-series.ts';
import { adoptRare, learnRare, scoreRare, startRare } from './rare-series.ts';
import { onScale, quantileEffect, quantileVariance } from './scales.ts';
import { followSlowly } from './slow-changes.ts';
import { calibrated, endPeak, learnTail, levelTail, shiftTail, slowTail, startTail } from './tail.ts';

/** A watched series: its name, what it is, and where its numbers lie. */
export interface Series {
  readonly name: SeriesName;
  readonly watched: Watched;
  readonly slot: number;
  readonly page: Page;
  /** In its page. */
  readonly index: number;
}

/** After so many windows without a value the short-term level says nothing any more: five minutes. */
const longGap = 30;
/** A change is taken for the new usual after an hour, or sooner when less is known than that. */
const adoptAfter = { most: 360, least: 60 } as const;

/** Calibrated surprise from which on learning waits, until it is below the other, for so many windows at most. */
const suspicion = { from: 3, until: 2, windows: 12 } as const;

const isRare = (watched: Watched): boolean => watched.family === 'share' || watched.family === 'rare';

export function startSeries({ page, index, watched }: Series): void {
  const b = index * stride;
  page.numbers.fill(0, b, b + stride);
  page.numbers[b + at.scale] = watched.scale;
  page.numbers[b + at.callSpread] = 0.5;
  page.numbers[b + at.base] = 1;
  page.numbers[b + at.byDay] = Number.NaN;
  page.numbers[b + at.byWeek] = Number.NaN;
  startTail(page.numbers, b + at.levelTail, levelTail);
  startTail(page.numbers, b + at.shiftTail, shiftTail);
  startTail(page.numbers, b + at.slowTail, slowTail);
  if (isRare(watched)) startRare(page.numbers, b);
  else startNoise(page.numbers, b, watched);
}

/**
 * Scores the value of a window: afterwards `at.level`, `at.shift` and `at.slowSurprise` are calibrated surprises.
 *
 * @param value in the feature's unit; of a share of errors the number of errors
 * @param calls that the value is from, where the feature is of calls
 * @returns the largest of the three
 */
export function scoreSeries(series: Series, value: number, calls: number, window: number): number {
  const { page, index, watched } = series;
  const numbers = page.numbers;
  const b = index * stride;
  if (window - numbers[b + at.newest]! > longGap) beginAnew(numbers, b);
  numbers[b + at.newest] = window;
  numbers[b + at.calls] = calls;
  if (isRare(watched)) scoreRare(numbers, b, value, window);
  else {
    if (watched.family === 'latency') {
      numbers[b + at.callEffect] = quantileEffect(watched.quantile, calls);
      numbers[b + at.base] = 0.01 + 0.25 * quantileVariance(watched.quantile, calls);
    } else if (watched.family === 'gauge') {
      if (!Number.isInteger(value)) numbers[b + at.broken] = 1;
    }
    if (watched.family === 'gauge' && numbers[b + at.scale] === 0) {
      if (value === 0) return zero(numbers, b);
      numbers[b + at.scale] = Math.max(Math.abs(value) / 4, numbers[b + at.broken] === 1 ? 1e-9 : 1);
      numbers[b + at.levelWindows] = 0;
      numbers[b + at.windows] = 0;
    }
    scoreLevel(page, index, watched, onScale(numbers, b, watched, value), window);
  }
  const level = calibrated(numbers, b + at.levelTail, levelTail, numbers[b + at.rawLevel]!);
  const shift = calibrated(numbers, b + at.shiftTail, shiftTail, numbers[b + at.rawShift]!);
  const slow = calibrated(numbers, b + at.slowTail, slowTail, numbers[b + at.rawSlow]!);
  numbers[b + at.level] = level;
  numbers[b + at.shift] = shift;
  numbers[b + at.slowSurprise] = slow;
  const off = Math.abs(numbers[b + at.z]!);
  if (off < 2) numbers[b + at.outSince] = 0;
  else if (numbers[b + at.outSince] === 0) numbers[b + at.outSince] = window;
  if (level >= shift && level >= slow) {
    numbers[b + at.strongest] = 0;
    return level;
  }
  if (shift >= slow) {
    numbers[b + at.strongest] = 1;
    return shift;
  }
  numbers[b + at.strongest] = numbers[b + at.ramp]! >= numbers[b + at.season]! ? 2 : 3;
  return slow;
}

/** Whether a sum of windows that is out of the usual still grows: a window that is as usual carries nothing. */
export function stillGoesOn({ page, index, watched }: Series): boolean {
  const numbers = page.numbers;
  const b = index * stride;
  if (numbers[b + at.strongest] !== 1) return true;
  if (isRare(watched)) return numbers[b + at.value]! > numbers[b + at.expected]!;
  return numbers[b + (numbers[b + at.up]! >= numbers[b + at.down]! ? at.calmUp : at.calmDown)]! < 2;
}

/** A series that was only ever 0 has no scale yet. */
function zero(numbers: Float64Array, b: number): number {
  numbers.fill(0, b + at.value, b + at.expected + 1);
  numbers[b + at.z] = 0;
  numbers.fill(0, b + at.level, b + at.slowSurprise + 1);
  return 0;
}

/**
 * Learns from the window that was scored last.
 *
 * @param held it is part of an anomaly, and no example of the usual
 * @returns whether what went on is taken for usual now
 */
export function learnSeries(series: Series, window: number, held: boolean, surprise: number): boolean {
  const { page, index, watched } = series;
  const numbers = page.numbers;
  const b = index * stride;
  if (watched.family === 'gauge' && numbers[b + at.scale] === 0) return false;
  const rare = isRare(watched);
  const seen =
    rare && watched.family === 'share'
      ? numbers[b + at.value]! / Math.max(1, numbers[b + at.calls]!)
      : numbers[b + at.value]!;
  const gain = numbers[b + at.windows] === 0 ? 1 : 0.2;
  numbers[b + at.present]! += gain * (seen - numbers[b + at.present]!);
  if (!rare) followSlowly(page, index, watched, window, held);
  if (held) {
    endPeak(numbers, b + at.levelTail, levelTail);
    endPeak(numbers, b + at.shiftTail, shiftTail);
    endPeak(numbers, b + at.slowTail, slowTail);
    if (numbers[b + at.heldSince] === 0) numbers[b + at.heldSince] = window;
    const limit = Math.min(adoptAfter.most, Math.max(adoptAfter.least, numbers[b + at.windows]!));
    if (window - numbers[b + at.heldSince]! < limit) return false;
    numbers[b + at.heldSince] = 0;
    if (rare) adoptRare(numbers, b, watched);
    else adoptPresent(numbers, b);
    return true;
  }
  numbers[b + at.heldSince] = 0;
  learnTail(numbers, b + at.levelTail, levelTail, numbers[b + at.rawLevel]!);
  learnTail(numbers, b + at.shiftTail, shiftTail, numbers[b + at.rawShift]!);
  if (waits(numbers, b, surprise)) return false;
  if (rare) learnRare(numbers, b);
  else {
    if (watched.family === 'latency' && watched.quantile > 0.5) learnCallSpread(numbers, b);
    learnLevel(page, index, watched, window);
  }
  return false;
}

/**
 * Levels wait while a series is suspicious: what would raise an alarm together with the next windows must not be half
 * learned by then. Two minutes at most, or a harmless change would never be learned.
 */
function waits(numbers: Float64Array, b: number, surprise: number): boolean {
  const waited = numbers[b + at.waited]!;
  if (surprise < (waited > 0 ? suspicion.until : suspicion.from)) {
    numbers[b + at.waited] = 0;
    return false;
  }
  if (waited >= suspicion.windows) return false;
  numbers[b + at.waited] = waited + 1;
  return true;
}

/** How much more a quantile of many calls is than one of few, by least mean squares; the level moves with it. */
function learnCallSpread(numbers: Float64Array, b: number): void {
  const effect = numbers[b + at.callEffect]!;
  const mean = numbers[b + at.meanEffect]!;
  const away = effect - mean;
  const first = numbers[b + at.windows] === 0;
  numbers[b + at.meanEffect] = first ? effect : mean + 0.002 * away;
  if (first) return;
  const spread = numbers[b + at.spread]!;
  const residual = Math.max(-3, Math.min(3, numbers[b + at.z]!)) * spread;
  const next = numbers[b + at.callSpread]! + (0.003 * residual * away) / (0.1 + away * away);
  numbers[b + at.callSpread] = Math.max(0, Math.min(3, next));
}

/** After a long gap: what is known of noise, tails and the day is kept. */
export function beginAnew(numbers: Float64Array, b: number): void {
  if (numbers[b + at.levelWindows] === 0) return;
  startLevels(numbers, b, 0);
  numbers[b + at.cellCount] = 0;
  numbers[b + at.cellSum] = 0;
  numbers[b + at.stretchCount] = 0;
  numbers[b + at.stretchSum] = 0;
  numbers[b + at.ringCount] = 0;
  numbers[b + at.rawSlow] = 0;
  numbers[b + at.ramp] = 0;
  numbers[b + at.season] = 0;
  numbers[b + at.heldSince] = 0;
}
