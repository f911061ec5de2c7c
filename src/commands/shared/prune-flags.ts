import { Effect } from 'effect';
import { parseBytes } from '../../engine/config/bytes.ts';
import { BadInput } from '../../engine/domain/errors.ts';
import type { PruneRule } from '../../engine/domain/storage-task.ts';
import { readDuration } from './range-flags.ts';

/** Whoever means days and types minutes would be left with nothing. */
const leastAgeMs = 3_600_000;

/**
 * How old is what shall go, in milliseconds; `undefined` when the flag was not given.
 * @param usual an age that suits the command, to be shown to who typed none
 */
export const readAge = Effect.fnUntraced(function* (
  text: string | undefined,
  usual: string,
): Effect.fn.Return<number | undefined, BadInput> {
  const flag = '--older-than';
  const ms = yield* readDuration(flag, text, usual);
  if (ms === undefined || ms >= leastAgeMs) return ms;
  return yield* new BadInput({
    what: `Cannot use ${flag} ${text}`,
    why: 'less than an hour would let go of nearly everything (ms, s and m are milliseconds, seconds and minutes)',
    hint: `${flag} ${usual} --dry-run`,
  });
});

/** What `obs storage prune` shall let go of. */
export const readPruneRule = Effect.fnUntraced(function* (
  flags: { readonly to?: string | undefined; readonly 'older-than'?: string | undefined },
  nowUnixMs: number,
): Effect.fn.Return<PruneRule, BadInput> {
  if (flags.to !== undefined) {
    const toBytes = parseBytes(flags.to);
    if (toBytes !== null) return { toBytes };
    return yield* new BadInput({
      what: `Cannot use --to ${flags.to}`,
      why: /^\s*-/.test(flags.to)
        ? 'a size is what shall be left, and that is not below 0'
        : 'it is no size: a number, and B, KiB, MiB, GiB or TiB behind it',
      hint: 'obs storage prune --to 10GiB --dry-run',
    });
  }
  const ms = yield* readAge(flags['older-than'], '3d');
  // A day that ended so long ago: its next midnight is past.
  if (ms !== undefined) return { before: new Date(nowUnixMs - ms).toISOString().slice(0, 10) };
  return yield* new BadInput({
    what: 'There is no rule to prune by',
    why: 'neither --older-than nor --to was given',
    hint: 'obs storage prune --older-than 3d --dry-run',
  });
});
