import { Clock, Effect } from 'effect';
import { Overloaded } from '../domain/errors.ts';
import type { limits } from '../domain/limits.ts';
import type { Depth } from './depth.ts';
import type { SpoolFileSystem } from './spool-files.ts';

export type SpoolLimits = { readonly [Name in keyof typeof limits.spool]: number };

/** Says no before anything is decoded: when the backlog or the disk has reached its limit. */
export interface Capacity {
  /** @param comingBytes payload bytes that ask to be taken, those that wait for their commit included. */
  admit(comingBytes: number): Effect.Effect<void, Overloaded>;
  /** A write just failed for want of space: look at the disk anew before the next one. */
  readonly diskWasFull: () => void;
}

export function makeCapacity(directory: string, files: SpoolFileSystem, depth: Depth, limit: SpoolLimits): Capacity {
  let checkedAt = -Infinity;
  let free = Infinity;
  const refuse = (reason: Overloaded['reason']) => new Overloaded({ reason, retryAfterMs: limit.retryAfterMs });

  return {
    admit: (comingBytes) =>
      Effect.gen(function* () {
        if (depth.bytes + comingBytes > limit.diskBytes) return yield* refuse('spool-full');
        const now = yield* Clock.currentTimeMillis;
        if (now - checkedAt >= limit.freeDiskCheckMs) {
          checkedAt = now;
          // Where the disk cannot say, the write itself will.
          free = yield* files.freeBytes(directory).pipe(Effect.orElseSucceed(() => Infinity));
        }
        if (free < limit.freeDiskBytes) return yield* refuse('disk-full');
      }),
    diskWasFull: () => {
      checkedAt = -Infinity;
    },
  };
}
