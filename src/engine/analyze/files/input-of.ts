import { Effect } from 'effect';
import { BadInput } from '../../domain/errors.ts';
import type { Source } from '../input/source-text.ts';

/**
 * What a command reads: the named file, or what is piped in.
 * @param what in words, for the error of a person who neither names a file nor pipes anything in
 */
export const inputOf = Effect.fnUntraced(function* (
  file: string | undefined,
  what: string,
): Effect.fn.Return<Source, BadInput> {
  if (file !== undefined && file !== '-') return file;
  if (!process.stdin.isTTY) return process.stdin;
  return yield* new BadInput({
    what: `There is no ${what} to read`,
    why: 'no file is named and nothing is piped in',
    hint: 'Name a file, or pipe into the command',
  });
});
