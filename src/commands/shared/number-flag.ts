import { Effect } from 'effect';
import { BadInput } from '../../engine/domain/errors.ts';

/** Reads a flag that is a number with a fraction, for which oclif has no kind of its own. */
export function numberFlag(
  flag: string,
  text: string,
  fits: (value: number) => boolean,
  what: string,
): Effect.Effect<number, BadInput> {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  return fits(value)
    ? Effect.succeed(value)
    : Effect.fail(new BadInput({ what: `Cannot use ${flag} ${text}`, why: `it is not ${what}`, hint: `${flag} 0.9` }));
}
