import { Clock, Effect, Result, Stream } from 'effect';
import type { Anomaly, AnomalySeverity, Incident } from '../../domain/anomaly.ts';
import { EngineUnavailable, type QueryFailed } from '../../domain/errors.ts';
import type { QueryClient } from '../../store/query-client.ts';
import type { Stored } from './incident-rows.ts';
import { rankOf } from './order.ts';
import { type IncidentRange, readAnomalies, readIncidents } from './store-incidents.ts';

type Failure = QueryFailed | EngineUnavailable;

/** What there is to say of one that was shown before, or is new. */
export interface Followed<T> {
  readonly news: 'found' | 'worse' | 'wider' | 'ended' | 'unheard';
  readonly found: T;
}

/** The filter of a range; its time moves on by itself. */
export type FollowRange = Omit<IncidentRange, 'toMs'>;

/** Told in words when nobody answers any more, and when somebody does again. */
export type OnEngine = (words: string) => void;

const usualPollMs = 2000;
/** What ended is still looked at for so long, so that its end is seen. */
const endsSeenMs = 10 * 60_000;
/** Senders' clocks may run ahead by this much. */
const aheadMs = 60_000;
const rowsPerPoll = 1000;

interface Shown {
  readonly id: string;
  readonly endMs: number | null;
  readonly severity: AnomalySeverity;
  readonly startMs: number;
  readonly services?: readonly string[];
  readonly unheardSinceMs?: number;
}

/** Anomalies of the range, the oldest first; then each that is found, gets more severe or ends. */
export const followAnomalies = (
  range: FollowRange,
  onEngine: OnEngine = () => {},
  pollMs = usualPollMs,
): Stream.Stream<Followed<Stored<Anomaly>>, Failure, QueryClient> => follow(range, onEngine, pollMs, readAnomalies);

/** Incidents likewise, also when another service is touched. */
export const followIncidents = (
  range: FollowRange,
  onEngine: OnEngine = () => {},
  pollMs = usualPollMs,
): Stream.Stream<Followed<Stored<Incident>>, Failure, QueryClient> => follow(range, onEngine, pollMs, readIncidents);

function follow<T extends Shown>(
  range: FollowRange,
  onEngine: OnEngine,
  pollMs: number,
  read: (range: IncidentRange) => Effect.Effect<readonly T[], Failure, QueryClient>,
): Stream.Stream<Followed<T>, Failure, QueryClient> {
  const shown = new Map<string, T>();
  const look = Effect.fnUntraced(function* (fromMs: number, openOnly: boolean, limit: number) {
    const toMs = (yield* Clock.currentTimeMillis) + aheadMs;
    const rows = yield* read({ ...range, fromMs, toMs, openOnly, limit });
    return rows.toReversed().flatMap((found): Followed<T>[] => {
      const news = newsOf(shown.get(found.id), found);
      // With `--open` an end is news of what was shown alone.
      if (news === null || (news === 'found' && range.openOnly === true && !goesOn(found))) return [];
      shown.delete(found.id);
      shown.set(found.id, found);
      return [{ news, found }];
    });
  });
  let isAway = false;
  /** An engine that is started again is back within seconds: what it stored meanwhile is seen then. */
  const patiently = Effect.fnUntraced(function* <A>(ask: Effect.Effect<A, Failure, QueryClient>) {
    for (;;) {
      const result = yield* Effect.result(ask);
      if (Result.isFailure(result) && result.failure instanceof EngineUnavailable) {
        if (!isAway) onEngine('The engine is gone; asked again until it answers.');
        isAway = true;
        yield* Effect.sleep(pollMs);
        continue;
      }
      if (isAway) onEngine('The engine is back.');
      isAway = false;
      return yield* Effect.fromResult(result);
    }
  });
  const poll = Effect.gen(function* () {
    yield* Effect.sleep(pollMs);
    const now = yield* Clock.currentTimeMillis;
    const followed = yield* patiently(look(Math.max(range.fromMs, now - endsSeenMs), false, rowsPerPoll));
    forgetEnded(shown, now - 2 * endsSeenMs);
    return followed;
  });
  return Stream.fromEffect(look(range.fromMs, range.openOnly ?? false, range.limit)).pipe(
    Stream.concat(Stream.fromEffectRepeat(poll)),
    Stream.flatMap((rows) => Stream.fromIterable(rows)),
  );
}

function newsOf<T extends Shown>(before: T | undefined, now: T): Followed<T>['news'] | null {
  if (before === undefined) return 'found';
  if (now.endMs !== null) return before.endMs === null ? 'ended' : null;
  if (now.unheardSinceMs !== undefined) return before.unheardSinceMs === undefined ? 'unheard' : null;
  if (!goesOn(before)) return 'found';
  if (rankOf(now.severity) > rankOf(before.severity)) return 'worse';
  return now.services?.some((service) => before.services?.includes(service) === false) === true ? 'wider' : null;
}

const goesOn = ({ endMs, unheardSinceMs }: Shown): boolean => endMs === null && unheardSinceMs === undefined;

function forgetEnded(shown: Map<string, Shown>, beforeMs: number): void {
  for (const [id, { endMs }] of shown) if (endMs !== null && endMs < beforeMs) shown.delete(id);
}
