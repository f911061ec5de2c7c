import { Clock, Effect, Fiber, type Scope } from 'effect';
import { limits } from '../../domain/limits.ts';
import type { QueryRequest } from './query-request.ts';
import type { QueryAnswer, QueryError } from './run-query.ts';

/** Answers that several requests get, while they are computed and for as long after as the requests allow. */
export interface SharedAnswers {
  share<R>(
    request: QueryRequest,
    compute: Effect.Effect<QueryAnswer, QueryError, R>,
  ): Effect.Effect<QueryAnswer, QueryError, R>;
}

interface Shared {
  readonly fiber: Fiber.Fiber<QueryAnswer, QueryError>;
  readonly freshUntilMs: number;
  /** Requests that wait for the answer; when the last one has gone, nobody wants it any more. */
  waiting: number;
  /** Of the answer; 0 while it is computed. */
  bytes: number;
  running: boolean;
}

/**
 * ClickHouse's own words for it: a request with `use_query_cache=1` takes an answer that another one got up to
 * `query_cache_ttl` seconds ago (60 where it names none). Ten viewers of one dashboard cost as much as one. Unlike a
 * server's query cache this one also joins those that ask while the first is still computing, which viewers that poll
 * at the same beat do. Failures are told to those who waited, and forgotten.
 */
export const makeSharedAnswers: Effect.Effect<SharedAnswers, never, Scope.Scope> = Effect.gen(function* () {
  const scope = yield* Effect.scope;
  const known = new Map<string, Shared>();
  let bytes = 0;

  const forget = (key: string): void => {
    bytes -= known.get(key)?.bytes ?? 0;
    known.delete(key);
  };

  /** What is stale goes, then the oldest, until the rest fits; what is still computed stays. */
  const makeRoom = (nowMs: number): void => {
    for (const [key, entry] of known) if (!entry.running && nowMs >= entry.freshUntilMs) forget(key);
    for (const [key, entry] of known) {
      if (bytes <= limits.query.sharedBytes && known.size <= limits.query.sharedAnswers) return;
      if (!entry.running) forget(key);
    }
  };

  const start = Effect.fnUntraced(function* <R>(
    key: string,
    freshUntilMs: number,
    compute: Effect.Effect<QueryAnswer, QueryError, R>,
  ) {
    const settled = compute.pipe(
      Effect.tap(({ result }) =>
        Effect.sync(() => {
          const entry = known.get(key);
          if (entry === undefined) return;
          entry.bytes = result.body.length;
          bytes += entry.bytes;
        }),
      ),
      Effect.onError(() => Effect.sync(() => forget(key))),
      Effect.ensuring(
        Effect.sync(() => {
          const entry = known.get(key);
          if (entry !== undefined) entry.running = false;
        }),
      ),
    );
    const fiber = yield* Effect.forkIn(settled, scope);
    const entry: Shared = { fiber, freshUntilMs, waiting: 0, bytes: 0, running: true };
    known.set(key, entry);
    return entry;
  });

  const wait = (key: string, entry: Shared): Effect.Effect<QueryAnswer, QueryError> =>
    Effect.suspend(() => {
      entry.waiting += 1;
      return Fiber.join(entry.fiber).pipe(
        Effect.ensuring(
          Effect.suspend(() => {
            entry.waiting -= 1;
            if (entry.waiting > 0 || !entry.running) return Effect.void;
            forget(key);
            return Fiber.interrupt(entry.fiber);
          }),
        ),
      );
    });

  return {
    share: (request, compute) =>
      Effect.gen(function* () {
        const ttlMs = sharedForMs(request);
        if (ttlMs === 0) return yield* compute;
        const nowMs = yield* Clock.currentTimeMillis;
        makeRoom(nowMs);
        const key = keyOf(request);
        const found = known.get(key);
        const entry = found ?? (yield* start(key, nowMs + ttlMs, compute));
        return yield* wait(key, entry);
      }),
  };
});

/** Settings of a request that are meant for this, and not for the engine's own cache. */
export const sharingSettings: ReadonlySet<string> = new Set(['use_query_cache', 'query_cache_ttl']);

const defaultTtlSeconds = 60;

/** How old an answer may be that this request takes, and that others may take of it; 0 for its own alone. */
function sharedForMs({ settings, data }: QueryRequest): number {
  if (data.length > 0 || !['1', 'true'].includes(settings['use_query_cache'] ?? '')) return 0;
  const seconds = Number(settings['query_cache_ttl'] ?? defaultTtlSeconds);
  return Number.isFinite(seconds) && seconds > 0 ? Math.min(seconds * 1000, limits.query.sharedMs) : 0;
}

/** All that the answer depends on, the length of time for which it is shared included. */
function keyOf({ sql, parameters, settings, database, format, revision }: QueryRequest): string {
  return JSON.stringify([sql, Object.entries(parameters), Object.entries(settings), database, format, revision]);
}
