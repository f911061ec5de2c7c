import { Flags } from '@oclif/core';
import { Clock, Effect } from 'effect';
import { BadInput } from '../../engine/domain/errors.ts';
import { parseDuration, parseMoment } from '../../engine/domain/time-range.ts';

/** The two flags with which commands take a time range. */
export const rangeFlags = {
  since: Flags.string({ description: 'from this time on: a span of time ago or an ISO 8601 date', helpValue: '<10m>' }),
  until: Flags.string({ description: 'up to this time', helpValue: '<5m>' }),
};

/** @param usual the span that is looked at when `--since` was not given */
export const readRange = Effect.fnUntraced(function* (
  flags: { readonly since?: string | undefined; readonly until?: string | undefined },
  usual: string,
): Effect.fn.Return<{ readonly sinceUnixMs: number; readonly untilUnixMs: number }, BadInput> {
  const now = yield* Clock.currentTimeMillis;
  const sinceUnixMs = yield* parseMoment(flags.since ?? usual, now);
  // Senders' clocks run ahead a little; "until now" means all there is.
  const untilUnixMs = flags.until === undefined ? now + 60_000 : yield* parseMoment(flags.until, now);
  if (sinceUnixMs >= untilUnixMs) {
    return yield* new BadInput({
      what: 'The time range is empty',
      why: `--since ${flags.since ?? usual} is not before --until ${flags.until ?? 'now'}`,
      hint: '--since 2h --until 1h',
    });
  }
  return { sinceUnixMs, untilUnixMs };
});

/** @param example a span that suits the flag, to be shown to who typed none */
export const readDuration = Effect.fnUntraced(function* (
  flag: string,
  text: string | undefined,
  example: string,
): Effect.fn.Return<number | undefined, BadInput> {
  if (text === undefined) return undefined;
  const ms = parseDuration(text);
  if (ms !== null) return ms;
  return yield* new BadInput({
    what: `Cannot use ${flag} ${text}`,
    why: 'it is no span of time',
    hint: `${flag} ${example}`,
  });
});
