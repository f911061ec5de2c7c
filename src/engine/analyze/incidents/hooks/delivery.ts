import { Clock, Data, Effect, Result } from 'effect';
import type { HookMessage } from './message.ts';

/** A try that failed. */
export class NotDelivered extends Data.TaggedError('NotDelivered')<{
  /** What the other side answered or why it did not, in few words; harmless on a terminal. */
  readonly reason: string;
  /** Whether another try can fare better. */
  readonly again: boolean;
  /** Of those: the other side asks to wait so long. */
  readonly afterMs?: number;
}> {}

/** One try. */
export type Send = (message: HookMessage) => Effect.Effect<void, NotDelivered>;

export interface Patience {
  readonly retryMs: number;
  readonly retryMaxMs: number;
  readonly giveUpMs: number;
}

/**
 * Tries until it is delivered, refused for good, or the next try would begin after `giveUpMs`. Pauses double up to the
 * longest, less up to half by chance, so that many who failed at once do not come back at once.
 * @param random in [0, 1)
 */
export const deliver = Effect.fnUntraced(function* (
  send: Send,
  message: HookMessage,
  { retryMs, retryMaxMs, giveUpMs }: Patience,
  random: () => number,
  onRetry: (reason: string) => void,
): Effect.fn.Return<void, NotDelivered> {
  const startMs = yield* Clock.currentTimeMillis;
  for (let tries = 1; ; tries++) {
    const outcome = yield* Effect.result(send(message));
    if (Result.isSuccess(outcome)) return;
    const error = outcome.failure;
    const longest = Math.min(retryMaxMs, retryMs * 2 ** (tries - 1));
    const pauseMs = Math.max(longest * (1 - random() / 2), Math.min(error.afterMs ?? 0, retryMaxMs));
    const spentMs = (yield* Clock.currentTimeMillis) - startMs;
    if (!error.again || spentMs + pauseMs > giveUpMs) {
      const tried = tries === 1 ? '1 try' : `${tries} tries`;
      return yield* new NotDelivered({ reason: `${error.reason} (${tried})`, again: false });
    }
    onRetry(error.reason);
    yield* Effect.sleep(pauseMs);
  }
});
