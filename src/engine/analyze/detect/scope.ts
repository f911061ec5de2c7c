import type { LearnedFrom } from '../../domain/anomaly.ts';
import type { Vote } from '../../domain/vote.ts';
import { windowsPerDay } from './layout.ts';
import { type GroupMaxima, newMaxima, type ScopeTail, startScopeTail } from './scope-score.ts';
import type { Series } from './series.ts';
import type { Habit } from './habits.ts';
import type { OpenAnomaly } from './anomaly-tracker.ts';

/** What is judged together: a service with all of its series, or a host. */
export interface Scope {
  readonly key: string;
  /** Empty for a host. */
  readonly service: string;
  readonly tail: ScopeTail;
  /** Of the window in hand: all surprises, and those of changes that matter. */
  readonly all: GroupMaxima;
  readonly mattering: GroupMaxima;
  readonly scored: Series[];
  readonly surprises: number[];
  /** The series whose change matters, as places in `scored`. */
  readonly carrying: number[];
  window: number;
  /** Sums of the window before, of all and of what matters. */
  before: readonly [number, number];
  votes: readonly Vote[];
  open: OpenAnomaly | null;
  /** What left the usual before, oldest first. */
  readonly habits: Habit[];
  /** The last one that ended, which may go on. */
  last: OpenAnomaly | null;
}

export const newScope = (key: string, service: string): Scope => ({
  key,
  service,
  tail: startScopeTail(),
  all: newMaxima(),
  mattering: newMaxima(),
  scored: [],
  surprises: [],
  carrying: [],
  window: 0,
  before: [0, 0],
  votes: [],
  open: null,
  habits: [],
  last: null,
});

export function beginWindow(scope: Scope, window: number): void {
  scope.window = window;
  scope.scored.length = 0;
  scope.surprises.length = 0;
  scope.carrying.length = 0;
  scope.all.largest.fill(0);
  scope.all.counts.fill(0);
  scope.mattering.largest.fill(0);
  scope.mattering.counts.fill(0);
  scope.votes = [];
}

export function learnedOf({ tail }: Scope): LearnedFrom {
  if (tail.windows < 360) return 'minutes';
  if (tail.windows < windowsPerDay) return 'hours';
  return tail.windows < 14 * windowsPerDay ? 'days' : 'weeks';
}
