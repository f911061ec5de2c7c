import { Clock, Effect } from 'effect';
import { BadInput } from '../../domain/errors.ts';
import { parseMoment } from '../../domain/time-range.ts';
import type { TimeRange } from '../question.ts';

/** SDKs send spans every 5 s (OTEL_BSP_SCHEDULE_DELAY), and what was received is stored within a second. */
export const underWayMs = 6000;
const lookMs = 500;

/**
 * The range that is asked about, and when that was. Without `until` it ends now.
 * @param typed moments as people type them: `5m`, an ISO 8601 date
 */
export const readAssertRange = Effect.fnUntraced(function* (typed: {
  readonly since: string;
  readonly until?: string | undefined;
}): Effect.fn.Return<{ readonly range: TimeRange; readonly askedMs: number }, BadInput> {
  const askedMs = yield* Clock.currentTimeMillis;
  const fromMs = Math.floor(yield* parseMoment(typed.since, askedMs));
  const toMs = Math.ceil(typed.until === undefined ? askedMs : yield* parseMoment(typed.until, askedMs));
  if (fromMs < 0) {
    const why = 'that is before 1970, where times begin';
    return yield* new BadInput({ what: `Cannot use --since ${typed.since}`, why, hint: '--since 5m' });
  }
  if (fromMs >= toMs) {
    return yield* new BadInput({
      what: 'The time range is empty',
      why: `--since ${typed.since} is not before --until ${typed.until ?? 'now'}`,
      hint: '--since 2h --until 1h',
    });
  }
  return { range: { fromMs, toMs }, askedMs };
});

/**
 * Waits for what is under way: until `underWayMs` after the end of the range, then until two looks in a row count the
 * same, at most `waitMs` from when it was asked. A range that ended longer ago is looked at once.
 * @param look what is counted, of the range
 */
export const settled = Effect.fnUntraced(function* <A extends { readonly rows: number }, E, R>(
  look: Effect.Effect<A, E, R>,
  { toMs, askedMs, waitMs }: { readonly toMs: number; readonly askedMs: number; readonly waitMs: number },
): Effect.fn.Return<A, E, R> {
  const untilMs = Math.min(toMs + underWayMs, askedMs + waitMs);
  const earlyMs = untilMs - (yield* Clock.currentTimeMillis);
  if (earlyMs <= 0) return yield* look;
  yield* Effect.sleep(earlyMs);
  let seen = yield* look;
  while ((yield* Clock.currentTimeMillis) + lookMs <= askedMs + waitMs) {
    yield* Effect.sleep(lookMs);
    const again = yield* look;
    if (again.rows === seen.rows) return again;
    seen = again;
  }
  return seen;
});
