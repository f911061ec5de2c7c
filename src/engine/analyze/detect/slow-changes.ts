import type { Watched } from './features-watched.ts';
import { at, type Page, stride } from './layout.ts';
import { studentSurprise } from './probability.ts';
import { daysLearned, usualOfDay, usualOfWeek, weeksLearned } from './profile.ts';
import { learnTail, slowTail } from './tail.ts';

/**
 * What is too slow for levels that follow: leaks, ramps, a morning that does not come. Every five minutes their mean is
 * compared with the mean an hour before, moved by what the profile of the day says of that hour (`ramp`), and with the
 * profile itself (`season`). Both in parts of the value, and in units of how far they usually are apart.
 */

const stretchWindows = 30;
const stretches = 12;
/** Values count as at most so many standard deviations away from what was expected. */
const clip = 3;
/** Mean squares are averaged over so many five minutes: half a week. */
const memory = 1000;
/** What is ordinary however steady a series was: with a profile of the day, of the week, and without one of the week. */
const floors = { withDay: 0.04, withWeek: 0.06, withoutWeek: 0.35 } as const;

/** @param held what goes on is no example of what is usual: nothing is learned */
export function followSlowly(page: Page, index: number, watched: Watched, window: number, held: boolean): void {
  const numbers = page.numbers;
  const b = index * stride;
  // What is over in minutes is for the other detectors: an hour later it would look like a fall.
  const expected = numbers[b + at.expected]!;
  const far = clip * numbers[b + at.spread]!;
  numbers[b + at.stretchSum]! += Math.max(expected - far, Math.min(expected + far, numbers[b + at.value]!));
  const count = ++numbers[b + at.stretchCount]!;
  if (count < stretchWindows) return;
  const mean = numbers[b + at.stretchSum]! / count;
  numbers[b + at.stretchSum] = 0;
  numbers[b + at.stretchCount] = 0;
  const middle = window - stretchWindows / 2;
  const unit = watched.family === 'count' ? Math.max(1, mean / 2) : 1;
  const day = usualOfDay(page, index, middle);
  const sinceHour = hourChange(page, index, mean, day, middle);
  const ramp = Number.isNaN(sinceHour) ? 0 : sinceHour / unit;
  const byWeek = weeksLearned(page, index, middle) > 0;
  const usual = byWeek ? usualOfWeek(page, index, middle) : day;
  const off = daysLearned(page, index, middle) >= 3 && usual === usual ? (mean - usual) / unit : 0;

  const hourFloor = day === day ? floors.withDay : watched.hourlyDrift;
  numbers[b + at.ramp] = surprise(numbers, b + at.hourNoise, ramp, hourFloor, watched.twoSided);
  const seasonFloor = byWeek ? floors.withWeek : Math.min(floors.withoutWeek, watched.hourlyDrift);
  numbers[b + at.season] = surprise(numbers, b + at.seasonNoise, off, seasonFloor, watched.twoSided);
  numbers[b + at.rawSlow] = Math.max(numbers[b + at.ramp]!, numbers[b + at.season]!);
  numbers[b + at.slowUsual] = numbers[b + at.ramp]! >= numbers[b + at.season]! ? mean - ramp * unit : usual;
  if (!held) {
    if (ramp !== 0) learn(numbers, b + at.hourNoise, ramp, watched.hourlyDrift);
    if (off !== 0) learn(numbers, b + at.seasonNoise, off, watched.hourlyDrift);
    learnTail(numbers, b + at.slowTail, slowTail, numbers[b + at.rawSlow]!);
  }
  const place = numbers[b + at.ringAt]!;
  numbers[b + at.ring + place] = mean;
  numbers[b + at.ringAt] = (place + 1) % stretches;
  numbers[b + at.ringCount] = Math.min(stretches, numbers[b + at.ringCount]! + 1);
}

/** Against the mean an hour before, which the ring is about to overwrite; NaN while there is none. */
function hourChange(page: Page, index: number, mean: number, day: number, middle: number): number {
  const numbers = page.numbers;
  const b = index * stride;
  if (numbers[b + at.ringCount]! < stretches) return Number.NaN;
  const before = numbers[b + at.ring + numbers[b + at.ringAt]!]!;
  const dayBefore = usualOfDay(page, index, middle - 360);
  const ordinary = day === day && dayBefore === dayBefore ? day - dayBefore : 0;
  return mean - before - ordinary;
}

/** Noise and its count lie side by side. Twelve stretches of an hour overlap: they count as one. */
function surprise(numbers: Float64Array, place: number, off: number, floor: number, twoSided: boolean): number {
  if (off === 0 || (off < 0 && !twoSided)) return 0;
  const spread = Math.max(floor, Math.sqrt(numbers[place]!));
  return studentSurprise(off / spread, 4 + numbers[place + 1]! / stretches);
}

function learn(numbers: Float64Array, place: number, off: number, drift: number): void {
  const seen = numbers[place + 1]!;
  if (seen === 0) numbers[place] = (drift / 2) ** 2;
  const square = Math.min(off * off, 9 * Math.max(numbers[place]!, 0.0004));
  numbers[place]! += Math.max(1 / memory, 1 / (seen + 24)) * (square - numbers[place]!);
  numbers[place + 1] = Math.min(240, seen + 1);
}
