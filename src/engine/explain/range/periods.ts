import { limits } from '../../domain/limits.ts';
import type { TimeRange } from '../question.ts';
import type { Period } from '../sql.ts';

/** What is younger may still be under way from its sender. */
const settlingMs = 3000;
const windowSeconds = 10;

/** The times that a question about a range compares, in whole windows of 10 s. */
export interface Periods {
  readonly now: Period;
  /** Null where nothing may be taken for usual. */
  readonly usual: Period | null;
  /** The usual time ends where the other begins: what goes on may have begun in it. */
  readonly joined: boolean;
}

const down = (unixMs: number): number => Math.floor(unixMs / 1000 / windowSeconds) * windowSeconds;

/**
 * @param nowMs the present; what lies beyond it, or is still under way, is not looked at, unless all of the time asked
 *   about lies there: somebody's clock is ahead
 */
export function periodsOf(range: TimeRange, usual: TimeRange | undefined, nowMs: number): Periods {
  const fromSeconds = down(range.fromMs);
  const untilMs = range.fromMs > nowMs ? range.toMs : Math.min(range.toMs, nowMs - settlingMs);
  const settled = Math.ceil(untilMs / 1000 / windowSeconds) * windowSeconds;
  const now = { fromSeconds, toSeconds: Math.max(fromSeconds + windowSeconds, settled) };
  if (usual !== undefined) {
    const [from, to] = [down(usual.fromMs), Math.ceil(usual.toMs / 1000 / windowSeconds) * windowSeconds];
    // As much of it as is read of what came before.
    return {
      now,
      usual: { fromSeconds: Math.max(from, to - limits.explain.usualMs / 1000), toSeconds: to },
      joined: to === fromSeconds,
    };
  }
  return {
    now,
    usual: { fromSeconds: fromSeconds - limits.explain.usualMs / 1000, toSeconds: fromSeconds },
    joined: true,
  };
}

export const rangeOf = ({ fromSeconds, toSeconds }: Period): TimeRange => ({
  fromMs: fromSeconds * 1000,
  toMs: toSeconds * 1000,
});
