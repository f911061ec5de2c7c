import { noiseVariance } from './scales.ts';
import type { Watched } from './features-watched.ts';
import { at, type Page, stride } from './layout.ts';
import { studentSurprise } from './probability.ts';
import { cellOf, learnCell, usualOfDay, usualOfWeek } from './profile.ts';

/**
 * Series with a level: counts, latencies, gauges. Five predictions (fast, middle and slow level, profile of the day, of the
 * week) are weighted by how well each has predicted; the distance of a value from their blend, in units of its usual
 * noise, is the surprise of `level`. A cumulative sum of the distances from the slow ones alone is that of `shift`.
 */

const gains = { fast: 0.2, middle: 0.03, slow: 0.015, trend: 5e-5, profile: 0.02 } as const;
/** Windows that errors and noise are averaged over, at most, and what the prior for noise counts as. */
const memory = { errors: 300, noise: 1000, prior: 8, inertia: 300, inertiaPrior: 16 } as const;
/** Noise before anything is known: relative variance of counts; factor for latencies; variance on the scale of gauges. */
const firstNoise = { count: 0.05, latency: 1, gauge: 0.01, share: 0, rare: 0 } as const;
/** Before anything is known: variance of sums over that of independent noise. */
const firstInertia = { count: 6, latency: 6, gauge: 16, share: 1, rare: 1 } as const;
const inertiaWindows = 30;
const leastNoise = { count: 1e-4, latency: 0.02, gauge: 1e-4, share: 0, rare: 0 } as const;
/** A residual counts as at most so many standard deviations when noise and levels are learned. */
const clip = 3;
/** Page's reference value: half of the shift, in standard deviations, that is found the fastest. */
const half = 0.5;
const sumCap = 40;

export function startLevels(numbers: Float64Array, base: number, value: number): void {
  numbers.fill(value, base + at.fast, base + at.slow + 1);
  numbers[base + at.trend] = 0;
  numbers[base + at.present] = value;
  numbers[base + at.levelWindows] = 0;
  numbers.fill(0, base + at.up, base + at.calmDown + 1);
}

export function startNoise(numbers: Float64Array, base: number, watched: Watched): void {
  numbers[base + at.noise] = firstNoise[watched.family];
  numbers[base + at.slowNoise] = firstNoise[watched.family];
  numbers[base + at.inertia] = firstInertia[watched.family];
}

/** Scores a value, which lies on the series's scale; learns nothing. */
export function scoreLevel(page: Page, index: number, watched: Watched, value: number, window: number): void {
  const numbers = page.numbers;
  const b = index * stride;
  const byDay = usualOfDay(page, index, window);
  const byWeek = usualOfWeek(page, index, window);
  numbers[b + at.byDay] = byDay;
  numbers[b + at.byWeek] = byWeek;
  if (numbers[b + at.levelWindows] === 0) startLevels(numbers, b, value);
  welcomeProfile(numbers, b, byDay, 3, at.afterDay);
  welcomeProfile(numbers, b, byWeek, 4, at.afterWeek);
  const weight = (place: number): number => 1 / (numbers[b + at.errors + place]! ** 2 + 1e-12);
  const slow = numbers[b + at.slow]! + numbers[b + at.trend]!;
  let weights = weight(2);
  let sum = weights * slow;
  if (byDay === byDay) {
    const day = weight(3);
    sum += day * (byDay + numbers[b + at.afterDay]!);
    weights += day;
  }
  if (byWeek === byWeek) {
    const week = weight(4);
    sum += week * (byWeek + numbers[b + at.afterWeek]!);
    weights += week;
  }
  const reference = sum / weights;
  const fast = weight(0);
  const middle = weight(1);
  const expected = (sum + fast * numbers[b + at.fast]! + middle * numbers[b + at.middle]!) / (weights + fast + middle);
  const factor = numbers[b + at.base]!;
  // A level that is a mean of few values is itself as uncertain as that.
  const whole = watched.family === 'gauge' && numbers[b + at.broken] === 0 ? oneMore(numbers, b, expected) : 0;
  const young = 1 + 1 / Math.max(1, numbers[b + at.levelWindows]!);
  const spread = Math.sqrt(young * noiseVariance(watched, numbers[b + at.noise]!, expected, factor) + whole);
  const slowSpread = Math.sqrt(young * noiseVariance(watched, numbers[b + at.slowNoise]!, reference, factor) + whole);
  const z = (value - expected) / spread;
  numbers[b + at.value] = value;
  numbers[b + at.expected] = expected;
  numbers[b + at.spread] = spread;
  numbers[b + at.reference] = reference;
  numbers[b + at.referenceSpread] = slowSpread;
  numbers[b + at.z] = z;
  const known = numbers[b + at.windows]!;
  const freedom = Math.min(60, 10 + known);
  numbers[b + at.rawLevel] = known < 3 || (z < 0 && !watched.twoSided) ? 0 : studentSurprise(z, freedom);
  const distance = Math.max(-4, Math.min(4, (value - reference) / slowSpread));
  numbers[b + at.distance] = distance;
  accumulate(numbers, b, distance / Math.sqrt(numbers[b + at.inertia]!), window);
  const largest = watched.twoSided ? Math.max(numbers[b + at.up]!, numbers[b + at.down]!) : numbers[b + at.up]!;
  numbers[b + at.rawShift] = known < 6 ? 0 : (2 * half * largest) / Math.LN10;
}

/** A profile that is known for the first time begins where the level is, and has to earn its weight. */
function welcomeProfile(numbers: Float64Array, b: number, usual: number, place: number, after: number): void {
  if (usual !== usual || numbers[b + at.errors + place] !== 0) return;
  numbers[b + after] = numbers[b + at.slow]! - usual;
  numbers[b + at.errors + place] = 4 * numbers[b + at.errors + 2]!;
}

/**
 * Learns by how much sums of this series's noise spread further than those of independent noise would: the variance ratio
 * of Lo and MacKinlay (1988), over five minutes. Load that drifts a little all the time would else look like shifts.
 */
function learnInertia(numbers: Float64Array, b: number): void {
  numbers[b + at.distanceSum]! += numbers[b + at.distance]!;
  const count = ++numbers[b + at.distanceCount]!;
  if (count < inertiaWindows) return;
  const ratio = Math.min(inertiaWindows, numbers[b + at.distanceSum]! ** 2 / count);
  const seen = ++numbers[b + at.stretches]!;
  const gain = Math.max(1 / memory.inertia, 1 / (seen + memory.inertiaPrior));
  numbers[b + at.inertia] = Math.max(1, numbers[b + at.inertia]! + gain * (ratio - numbers[b + at.inertia]!));
  numbers[b + at.distanceSum] = 0;
  numbers[b + at.distanceCount] = 0;
}

/** Of a gauge of whole numbers, the square of half a step on its scale, asinh(x/s). */
const oneMore = (numbers: Float64Array, b: number, expected: number): number =>
  (0.5 / (numbers[b + at.scale]! * Math.cosh(expected))) ** 2;

/**
 * Page's cumulative sums (1954), upward and downward: under no change they have an exponential tail with rate 2 × half. The
 * last time that one was 0 tells when the change began. Five windows without a trace of it end a sum at once.
 */
function accumulate(numbers: Float64Array, b: number, z: number, window: number): void {
  one(numbers, b + at.up, b + at.upSince, b + at.calmUp, z, window);
  one(numbers, b + at.down, b + at.downSince, b + at.calmDown, -z, window);
}

function one(numbers: Float64Array, sum: number, since: number, calm: number, z: number, window: number): void {
  numbers[calm] = z < half ? numbers[calm]! + 1 : 0;
  const next = numbers[calm]! >= 5 ? 0 : Math.min(sumCap, numbers[sum]! + z - half);
  if (next <= 0) {
    numbers[sum] = 0;
    numbers[since] = 0;
    return;
  }
  if (numbers[since] === 0) numbers[since] = window;
  numbers[sum] = next;
}

/** Learns the value that was scored last. */
export function learnLevel(page: Page, index: number, watched: Watched, window: number): void {
  const numbers = page.numbers;
  const b = index * stride;
  const value = numbers[b + at.value]!;
  const expected = numbers[b + at.expected]!;
  const spread = numbers[b + at.spread]!;
  const known = numbers[b + at.windows]!;
  const young = numbers[b + at.levelWindows]!;
  learnInertia(numbers, b);
  const far = clip * spread;
  const taken = young < 3 ? value : Math.max(expected - far, Math.min(expected + far, value));

  learnNoise(numbers, b + at.noise, watched, taken - expected, expected, numbers[b + at.base]!, known);
  const reference = numbers[b + at.reference]!;
  const slowFar = clip * numbers[b + at.referenceSpread]!;
  const slowResidual = Math.max(-slowFar, Math.min(slowFar, value - reference));
  learnNoise(numbers, b + at.slowNoise, watched, slowResidual, reference, numbers[b + at.base]!, known);

  const gain = Math.max(1 / memory.errors, 1 / (known + 4));
  const start = 1 / (young + 1);
  const miss = (place: number, prediction: number): void => {
    const error = Math.min((taken - prediction) ** 2, 9 * spread * spread);
    const before = numbers[b + at.errors + place]!;
    numbers[b + at.errors + place] = before === 0 ? spread * spread : before + gain * (error - before);
  };
  const slow = numbers[b + at.slow]! + numbers[b + at.trend]!;
  miss(0, numbers[b + at.fast]!);
  miss(1, numbers[b + at.middle]!);
  miss(2, slow);
  numbers[b + at.fast]! += Math.max(gains.fast, start) * (taken - numbers[b + at.fast]!);
  numbers[b + at.middle]! += Math.max(gains.middle, start) * (taken - numbers[b + at.middle]!);
  numbers[b + at.slow] = slow + Math.max(gains.slow, start) * (taken - slow);
  if (young > 200) numbers[b + at.trend]! += gains.trend * (taken - slow);
  const byDay = numbers[b + at.byDay]!;
  if (byDay === byDay) {
    miss(3, byDay + numbers[b + at.afterDay]!);
    numbers[b + at.afterDay]! += gains.profile * (taken - byDay - numbers[b + at.afterDay]!);
  }
  const byWeek = numbers[b + at.byWeek]!;
  if (byWeek === byWeek) {
    miss(4, byWeek + numbers[b + at.afterWeek]!);
    numbers[b + at.afterWeek]! += gains.profile * (taken - byWeek - numbers[b + at.afterWeek]!);
  }
  learnProfile(page, index, taken, window);
  numbers[b + at.windows] = known + 1;
  numbers[b + at.levelWindows] = young + 1;
}

function learnNoise(
  numbers: Float64Array,
  place: number,
  watched: Watched,
  residual: number,
  expected: number,
  base: number,
  known: number,
): void {
  const gain = Math.max(1 / memory.noise, 1 / (known + memory.prior));
  const noise = numbers[place]!;
  const square = residual * residual;
  let next;
  if (watched.family === 'count') {
    // Few events tell little of what is beyond Poisson's own noise.
    const mean = (expected * expected) / 4;
    next = noise + ((gain * mean) / (mean + 10)) * ((square - 1) / (mean + 0.5) - noise);
  } else {
    next = noise + gain * (square / base - noise);
  }
  numbers[place] = Math.max(leastNoise[watched.family], next);
}

function learnProfile(page: Page, index: number, value: number, window: number): void {
  const numbers = page.numbers;
  const b = index * stride;
  const cell = cellOf(window);
  if (numbers[b + at.cell] !== cell) {
    const count = numbers[b + at.cellCount]!;
    // A cell of which less than a third was seen is not taken for the whole.
    if (count >= 20) learnCell(page, index, numbers[b + at.cell]!, numbers[b + at.cellSum]! / count);
    numbers[b + at.cell] = cell;
    numbers[b + at.cellSum] = 0;
    numbers[b + at.cellCount] = 0;
  }
  numbers[b + at.cellSum]! += value;
  numbers[b + at.cellCount]!++;
}

/** Takes the present for usual, after it has lasted long enough. */
export function adoptPresent(numbers: Float64Array, base: number): void {
  const present = numbers[base + at.present]!;
  const byDay = numbers[base + at.byDay]!;
  const byWeek = numbers[base + at.byWeek]!;
  startLevels(numbers, base, present);
  numbers[base + at.levelWindows] = 10;
  if (byDay === byDay) numbers[base + at.afterDay] = present - byDay;
  if (byWeek === byWeek) numbers[base + at.afterWeek] = present - byWeek;
  numbers[base + at.ringCount] = 0;
  numbers[base + at.season] = 0;
  numbers[base + at.ramp] = 0;
}
