import { windowsPerDay } from './layout.ts';

/**
 * What comes at the same time of day again and again is a habit of the service, not a finding: a backup at two, a batch on
 * Mondays. Profiles of ten minutes cannot hold what lasts three, so what left the usual is remembered by itself.
 */
export interface Habit {
  /** First window. */
  readonly window: number;
  readonly series: readonly string[];
  /** Largest sum of it. */
  total: number;
}

/** Two days of the last three, or two weekdays of the last three, make a habit; five minutes earlier or later. */
const days = [1, 2, 3, 7, 14, 21] as const;
const needed = 2;
const apart = 30;
/** What is so much more surprising than before is told all the same. */
const more = 1.5;
const kept = 200;
const forgottenAfter = 22 * windowsPerDay;

export function isHabit(habits: readonly Habit[], window: number, series: readonly string[], total: number): boolean {
  let daily = 0;
  let weekly = 0;
  for (const day of days) {
    const before = habits.some(
      (habit) =>
        Math.abs(window - day * windowsPerDay - habit.window) <= apart &&
        total <= more * habit.total &&
        habit.series.some((name) => series.includes(name)),
    );
    if (!before) continue;
    if (day % 7 === 0) weekly++;
    else daily++;
  }
  return daily >= needed || weekly >= needed;
}

/** Remembers what began at `window`; what is remembered of the last minutes is the same. */
export function remember(habits: Habit[], window: number, series: readonly string[], total: number): void {
  const last = habits.at(-1);
  if (
    last !== undefined &&
    Math.abs(window - last.window) <= 3 * apart &&
    last.series.some((name) => series.includes(name))
  ) {
    last.total = Math.max(last.total, total);
    return;
  }
  habits.push({ window, series, total });
  while (habits.length > kept || window - habits[0]!.window > forgottenAfter) habits.shift();
}
