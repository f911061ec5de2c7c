import { Cause, Effect } from 'effect';
import type { ObsError } from '../../domain/errors.ts';
import { limits } from '../../domain/limits.ts';
import { messageOf } from '../../domain/messages.ts';

/**
 * The analyzer's parts, none of which takes another with it: what fails is noted until it works again, and is tried with
 * the next window.
 */
export interface Attempts {
  /** @param part what it does, as in "could not …" @param otherwise the value where it fails */
  attempt<A, R>(part: string, effect: Effect.Effect<A, ObsError, R>, otherwise: A): Effect.Effect<A, never, R>;
  /** The same for what may take as long as it takes. */
  forLong<R>(part: string, effect: Effect.Effect<void, ObsError, R>): Effect.Effect<void, never, R>;
  /** Why the last try of a part failed, by part. */
  problems(): Readonly<Record<string, string>>;
}

export function makeAttempts(onEvent: (event: string) => void): Attempts {
  const failed = new Map<string, string>();
  const note = (part: string, why: string): void => {
    if (failed.get(part) !== why) onEvent(`analyzer: could not ${part}: ${why}`);
    failed.set(part, why);
  };
  const caught = <A, R>(
    part: string,
    effect: Effect.Effect<A, ObsError, R>,
    otherwise: A,
  ): Effect.Effect<A, never, R> =>
    effect.pipe(
      Effect.catch((error) => Effect.sync(() => (note(part, describe(error)), otherwise))),
      Effect.catchCause((cause) =>
        Cause.hasInterruptsOnly(cause)
          ? Effect.interrupt
          : Effect.sync(() => {
              process.stderr.write(`analyzer: ${part}: ${Cause.pretty(cause)}\n`);
              note(part, String(Cause.squash(cause)));
              return otherwise;
            }),
      ),
    );
  const works = (part: string) => Effect.sync(() => void failed.delete(part));
  return {
    attempt: (part, effect, otherwise) => {
      const inTime = Effect.tap(effect, () => works(part)).pipe(
        Effect.timeoutOption(limits.analyze.partMs),
        Effect.map((result) => {
          if (result._tag === 'Some') return result.value;
          note(part, `it took longer than ${limits.analyze.partMs / 1000} s`);
          return otherwise;
        }),
      );
      return caught(part, inTime, otherwise);
    },
    forLong: (part, effect) =>
      caught(
        part,
        Effect.tap(effect, () => works(part)),
        undefined,
      ),
    problems: () => Object.fromEntries(failed),
  };
}

function describe(error: ObsError): string {
  const { what, why } = messageOf(error);
  return `${what}: ${why}`;
}
