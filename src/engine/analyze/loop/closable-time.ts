import { Clock, Effect } from 'effect';
import { limits } from '../../domain/limits.ts';

/**
 * Windows are closed as of this time: what was taken and waits to be loaded belongs to them, but not for ever.
 * @param oldestWaiting since when the oldest of it waits, Unix milliseconds; `null` when nothing does
 */
export const closableTime = Effect.fnUntraced(function* (oldestWaiting: Effect.Effect<number | null>) {
  const now = yield* Clock.currentTimeMillis;
  const oldest = yield* oldestWaiting;
  if (oldest === null) return now;
  return Math.max(Math.min(now, oldest + limits.analyze.loadedWithinMs), now - limits.analyze.heldMs);
});
