import { Effect } from 'effect';
import { BadInput } from '../../engine/domain/errors.ts';
import { readRange } from './range-flags.ts';

type RangeFlags = Parameters<typeof readRange>[0];

/** As `readRange`, of times that a store can have data of. */
export const readKnownRange = Effect.fnUntraced(function* (
  flags: RangeFlags,
  usual: string,
): Effect.fn.Return<Effect.Success<ReturnType<typeof readRange>>, BadInput> {
  const range = yield* readRange(flags, usual);
  yield* afterTheBeginning('--since', flags.since ?? usual, range.sinceUnixMs);
  return range;
});

/** Refuses a time that no store has data of, and that its columns of times cannot say. */
export function afterTheBeginning(flag: string, text: string, unixMs: number): Effect.Effect<number, BadInput> {
  return unixMs >= 0
    ? Effect.succeed(unixMs)
    : Effect.fail(
        new BadInput({
          what: `Cannot use ${flag} ${text}`,
          why: 'that is before 1970, where times begin',
          hint: `${flag} 14d`,
        }),
      );
}
