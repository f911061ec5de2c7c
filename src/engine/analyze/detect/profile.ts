import { cells, dayCells, type Page, windowsPerDay } from './layout.ts';

/** What was usual at this time of day (ten minutes a cell) and of the week (an hour a cell), of one series. */

/** Windows since a Monday, 0:00 UTC. */
const windowOfWeek = (window: number): number => (window + 3 * windowsPerDay) % (7 * windowsPerDay);

/** Interpolated between the middles of two cells; NaN when one of the two is not known yet. */
function between(page: Page, from: number, count: number, place: number): number {
  const shifted = place - 0.5;
  const low = Math.floor(shifted);
  const part = shifted - low;
  const first = from + ((low + count) % count);
  const second = from + ((low + 1) % count);
  if (page.learned[first] === 0 || page.learned[second] === 0) return Number.NaN;
  return page.profile[first]! * (1 - part) + page.profile[second]! * part;
}

export const usualOfDay = (page: Page, index: number, window: number): number =>
  between(page, index * cells, dayCells, (window % windowsPerDay) / 60);

export const usualOfWeek = (page: Page, index: number, window: number): number =>
  between(page, index * cells + dayCells, 168, windowOfWeek(window) / 360);

/** In how many days this time of day was seen. */
export const daysLearned = (page: Page, index: number, window: number): number =>
  page.learned[index * cells + Math.floor((window % windowsPerDay) / 60)]!;

export const weeksLearned = (page: Page, index: number, window: number): number =>
  page.learned[index * cells + dayCells + Math.floor(windowOfWeek(window) / 360)]!;

export const cellOf = (window: number): number => Math.floor(window / 60);

/** @param cell of `cellOf`; a mean of ten minutes is learned once they are over */
export function learnCell(page: Page, index: number, cell: number, mean: number): void {
  const window = cell * 60;
  move(page, index * cells + (cell % dayCells), mean, 0.15, 1);
  // An hour's cell gets six of these.
  move(page, index * cells + dayCells + Math.floor(windowOfWeek(window) / 360), mean, 0.3, 6);
}

function move(page: Page, place: number, mean: number, least: number, parts: number): void {
  const seen = page.learned[place]!;
  const weeks = Math.floor(seen / parts);
  const inFirst = weeks === 0;
  const gain = inFirst ? 1 / (seen + 1) : Math.max(least, 1 / (weeks + 1)) / parts;
  page.profile[place]! += gain * (mean - (seen === 0 ? 0 : page.profile[place]!));
  page.learned[place] = Math.min(255, seen + 1);
}
