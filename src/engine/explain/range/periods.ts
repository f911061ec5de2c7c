import { limits } from '../../domain/limits.ts';
import type { TimeRange } from '../question.ts';
import { second, type Period } from '../sql.ts';

/** What is younger may still be under way from its sender. */
const settlingMs = 3000;
const windowSeconds = 10;
/** So many windows of an operation are judged at most: of longer times they are longer. */
const mostWindows = 360;

/** The times that a question about a range compares, in whole windows. */
export interface Periods {
  readonly now: Period;
  /** Null where nothing may be taken for usual. */
  readonly usual: Period | null;
  /** The usual time ends where the other begins: what goes on may have begun in it. */
  readonly joined: boolean;
  /** How long a window is: 10 s, of times beyond an hour a multiple of it. */
  readonly stepSeconds: number;
}

/**
 * @param nowMs the present; what lies beyond it, or is still under way, is not looked at, unless all of the time asked
 *   about lies there: somebody's clock is ahead
 */
export function periodsOf(range: TimeRange, usual: TimeRange | undefined, nowMs: number): Periods {
  const seconds = (range.toMs - range.fromMs) / 1000;
  const stepSeconds = windowSeconds * Math.max(1, Math.ceil(seconds / windowSeconds / mostWindows));
  const down = (unixMs: number): number => Math.floor(unixMs / 1000 / stepSeconds) * stepSeconds;
  const up = (unixMs: number): number => Math.ceil(unixMs / 1000 / stepSeconds) * stepSeconds;
  const fromSeconds = down(range.fromMs);
  const isAhead = range.fromMs > nowMs;
  // A window of the rollup that is not over would have other rows when it is looked at again. Of longer ones the last may
  // be cut: what is newest matters most.
  const over = Math.floor((nowMs - settlingMs) / 1000 / windowSeconds) * windowSeconds;
  const settled = isAhead ? up(range.toMs) : Math.min(up(range.toMs), over);
  const now = { fromSeconds, toSeconds: Math.max(fromSeconds + windowSeconds, settled) };
  if (usual !== undefined) {
    const [from, to] = [down(usual.fromMs), up(usual.toMs)];
    // As much of it as is read of what came before.
    return {
      now,
      usual: { fromSeconds: Math.max(from, to - limits.explain.usualMs / 1000), toSeconds: to },
      joined: to === fromSeconds,
      stepSeconds,
    };
  }
  return {
    now,
    usual: { fromSeconds: fromSeconds - limits.explain.usualMs / 1000, toSeconds: fromSeconds },
    joined: true,
    stepSeconds,
  };
}

/** What a stretch that begins at `fromSeconds` is compared with: the usual time, and what of the asked time lies before it. */
export function comparedWith({ now, usual }: Pick<Periods, 'now' | 'usual'>, fromSeconds: number): readonly Period[] {
  const isBefore = usual !== null && usual.fromSeconds < fromSeconds;
  const known =
    usual === null ? [] : [isBefore ? { ...usual, toSeconds: Math.min(usual.toSeconds, fromSeconds) } : usual];
  return [...known, { fromSeconds: now.fromSeconds, toSeconds: fromSeconds }].filter(
    (period) => period.toSeconds > period.fromSeconds,
  );
}

/** Windows of any of the periods, as a condition. */
export const inPeriods = (periods: readonly Period[]): string =>
  `(${periods.map(({ fromSeconds, toSeconds }) => `(Time >= ${second(fromSeconds)} AND Time < ${second(toSeconds)})`).join(' OR ')})`;

export const rangeOf = ({ fromSeconds, toSeconds }: Period): TimeRange => ({
  fromMs: fromSeconds * 1000,
  toMs: toSeconds * 1000,
});
