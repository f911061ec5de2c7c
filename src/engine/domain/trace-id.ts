import { Effect } from 'effect';
import { BadInput } from './errors.ts';

/** Reads a whole trace id as people paste it: in either case, with the dashes of a UUID or without. */
export const readTraceId = Effect.fnUntraced(function* (asked: string): Effect.fn.Return<string, BadInput> {
  const id = asked.trim().toLowerCase().replaceAll('-', '');
  if (/^[0-9a-f]{32}$/.test(id)) return id;
  return yield* new BadInput({
    what: `"${asked}" is no trace id`,
    why: 'a trace id is 32 hex digits',
    hint: 'List some with `obs traces`',
  });
});
