import { AlarmLevel } from './alarm-level.ts';
import { DayRhythm, type DayRhythmSnapshot } from './day-rhythm.ts';
import { changes, levels, shifts, value } from './quantities.ts';
import { keptValues, Novelties } from './quantity.ts';
import { RecentMaximum, type RecentMaximumSnapshot } from './recent-maximum.ts';
import { Ring } from './ring.ts';

/** What each kind of novelty counts. */
const weights = { value: 1, changes: 0.7, shifts: 0.6, levels: 0.4, rhythm: 0.2 } as const;

/**
 * A point scores only when it is newer than everything in the points before it: one change is one alarm. So many
 * points: this part of all, between these two.
 */
const quiet = { fewest: 40, part: 0.1, most: 100 } as const;

/** Beyond this a value is cut: sums and ranges of what is left stay finite. */
const largest = 1e100;

/** From this score on a point is an alarm. */
export const defaultThreshold = 0.35;

/** Everything a detector knows, as plain JSON. About 8,000 numbers at most. */
export interface StreamSnapshot {
  readonly version: 1;
  readonly points: number;
  /** The newest values, oldest first: whatever is known of them is learned from them again. */
  readonly values: readonly number[];
  readonly rhythm: DayRhythmSnapshot;
  readonly recent: RecentMaximumSnapshot;
  readonly level: number;
}

/**
 * Tells how strange each point of a series is, as it comes. Five kinds of novelty (the value, the changes that led to
 * it, shifts and levels of stretches, the distance from the usual of its time of day) are measured against a bounded
 * memory; the largest counts, if nothing shortly before was as new; and what a score of ½ needs moves with the rate of
 * alarms. `docs/research/anomaly-streams.md` says what else was tried.
 */
export interface StreamDetector {
  /**
   * The anomaly score in [0, 1) of the next point, from what came before it and itself alone.
   * @param value what is not finite scores 0 and is not learned
   * @param unixMs when it is not finite, the point has no time of day; the rest goes on
   */
  readonly score: (unixMs: number, value: number) => number;
  readonly snapshot: () => StreamSnapshot;
}

/** @param from goes on where that detector was. */
export function createStreamDetector(from?: StreamSnapshot): StreamDetector {
  const values = new Ring(keptValues);
  const kinds = [
    { weight: weights.value, novelties: new Novelties([value]) },
    { weight: weights.changes, novelties: new Novelties(changes) },
    { weight: weights.shifts, novelties: new Novelties(shifts) },
    { weight: weights.levels, novelties: new Novelties(levels) },
  ];
  const rhythm = new DayRhythm();
  const recent = new RecentMaximum(quiet.most);
  const level = new AlarmLevel();
  let points = 0;
  if (from !== undefined) restore(from);

  function score(unixMs: number, given: number): number {
    if (!Number.isFinite(given)) return 0;
    const cut = Math.max(-largest, Math.min(largest, given));
    values.push(cut);
    let novelty = Number.isFinite(unixMs) ? weights.rhythm * rhythm.noveltyOf(unixMs, cut) : 0;
    for (const { weight, novelties } of kinds) novelty = Math.max(novelty, weight * novelties.of(values));
    const span = Math.min(quiet.most, Math.max(quiet.fewest, Math.floor(quiet.part * points)));
    const stands = novelty > recent.since(points - span);
    recent.add(points, novelty);
    points++;
    return level.score(stands ? novelty : 0);
  }

  function restore(snapshot: StreamSnapshot): void {
    points = snapshot.points;
    for (const known of snapshot.values) {
      values.push(known);
      for (const { novelties } of kinds) novelties.learn(values);
    }
    rhythm.restore(snapshot.rhythm);
    recent.restore(snapshot.recent);
    level.restore(snapshot.level);
  }

  return {
    score,
    snapshot: () => ({
      version: 1,
      points,
      values: values.values(),
      rhythm: rhythm.snapshot(),
      recent: recent.snapshot(),
      level: level.snapshot(),
    }),
  };
}
