import { Clock, Deferred, Effect, Latch, Schedule, Semaphore, type Scope } from 'effect';
import { MalformedPayload, Overloaded, StorageFailed } from '../domain/errors.ts';
import type { Appended, EncodedBlock, Encoding, SignalEncoder } from '../otlp/encoder.ts';
import type { Capacity, SpoolLimits } from './capacity.ts';
import type { Sealing, SegmentWriter } from './segment-writer.ts';

/** Requests that are answered together, after one sync. */
interface Group {
  readonly durable: Deferred.Deferred<void, Overloaded | StorageFailed>;
  /** Blocks cut before the commit began, to bound the encoder's buffers. */
  readonly blocks: EncodedBlock[];
  requests: number;
  payloadBytes: number;
  /** Of those, the ones whose rows are in `blocks`. */
  cutBytes: number;
}

const newGroup = (): Group => ({
  durable: Deferred.makeUnsafe(),
  blocks: [],
  requests: 0,
  payloadBytes: 0,
  cutBytes: 0,
});

/**
 * Group commit for one signal: while one group is being written and synced, arriving requests are decoded into the
 * encoder's buffers and form the next. A lone request waits for its own sync; a thousand small ones share a few.
 */
export interface Committer {
  append(
    payload: Uint8Array,
    encoding: Encoding,
  ): Effect.Effect<Appended, MalformedPayload | Overloaded | StorageFailed>;
  readonly seal: Effect.Effect<void, StorageFailed>;
  /** Takes no more, answers who waits, closes the open segments. */
  readonly finish: Effect.Effect<void>;
}

export interface CommitterParts {
  readonly makeEncoder: () => SignalEncoder;
  readonly capacity: Capacity;
  readonly limit: SpoolLimits;
  readonly makeWriter: (scope: Scope.Scope, onOpened: (id: string) => Effect.Effect<void>) => SegmentWriter;
}

export const makeCommitter = Effect.fnUntraced(function* (
  parts: CommitterParts,
): Effect.fn.Return<Committer, never, Scope.Scope> {
  const { capacity, limit } = parts;
  const overloaded = (reason: Overloaded['reason']) => new Overloaded({ reason, retryAfterMs: limit.retryAfterMs });
  const scope = yield* Effect.scope;
  const lock = yield* Semaphore.make(1);
  const work = yield* Latch.make(false);
  let encoder = parts.makeEncoder();
  let waiting = newGroup();
  let ended = false;

  const sealAfter = (ms: number, which: Sealing) =>
    lock
      .withPermit(Effect.suspend(() => writer.seal(which)))
      .pipe(Effect.retry(Schedule.spaced('1 second')), Effect.delay(ms), Effect.forkIn(scope));
  const writer = parts.makeWriter(scope, (id) =>
    sealAfter(limit.segmentAgeMs, { id, unlessBusy: true }).pipe(
      Effect.andThen(sealAfter(Math.max(limit.segmentAgeMs, limit.busySegmentAgeMs), { id, unlessBusy: false })),
    ),
  );

  /** What the group is to write. A broken encoder is replaced: none of its rows was answered for. */
  const takeBlocks = (group: Group): Effect.Effect<readonly EncodedBlock[], StorageFailed> => {
    try {
      return Effect.succeed([...group.blocks, ...encoder.take()]);
    } catch (error) {
      encoder = parts.makeEncoder();
      return Effect.fail(encoderFailed(error));
    }
  };

  const commit = lock.withPermit(
    Effect.gen(function* () {
      const group = waiting;
      if (group.requests === 0) return;
      waiting = newGroup();
      const written = takeBlocks(group).pipe(
        Effect.andThen((blocks) =>
          writer.write(blocks).pipe(Effect.ensuring(Effect.sync(() => encoder.giveBack?.(blocks)))),
        ),
        Effect.mapError((error) => asOverload(error, limit, capacity)),
      );
      yield* Deferred.into(written, group.durable);
      yield* Effect.ignore(writer.seal('due'));
    }).pipe(Effect.uninterruptible),
  );

  yield* work.await.pipe(
    Effect.andThen(
      Effect.suspend(() => {
        work.closeUnsafe();
        return commit;
      }),
    ),
    Effect.forever,
    Effect.forkIn(scope),
  );

  /** Decodes now and joins the waiting group. */
  const join = (
    payload: Uint8Array,
    encoding: Encoding,
    now: number,
  ): Effect.Effect<Appended, MalformedPayload | Overloaded | StorageFailed> => {
    if (ended) return Effect.fail(overloaded('shutting-down'));
    const group = waiting;
    let appended: Appended;
    try {
      appended = encoder.append(payload, encoding, now);
      const uncutBytes = group.payloadBytes + payload.length - group.cutBytes;
      if (encoder.rows >= limit.blockRows || uncutBytes >= limit.blockBytes) {
        group.blocks.push(...encoder.take());
        group.cutBytes += uncutBytes;
      }
    } catch (error) {
      if (error instanceof MalformedPayload) return Effect.fail(error);
      // The encoder broke in mid-request, so its buffers cannot be trusted: nobody of this group was answered yet.
      encoder = parts.makeEncoder();
      waiting = newGroup();
      const failed = encoderFailed(error);
      Deferred.doneUnsafe(group.durable, Effect.fail(failed));
      return Effect.fail(failed);
    }
    if (appended.accepted === 0) return Effect.succeed(appended);
    group.requests += 1;
    group.payloadBytes += payload.length;
    work.openUnsafe();
    return Effect.as(Deferred.await(group.durable), appended);
  };

  const append: Committer['append'] = Effect.fnUntraced(function* (payload, encoding) {
    yield* capacity.admit(waiting.payloadBytes + payload.length);
    if (waiting.requests > 0 && waiting.payloadBytes + payload.length > limit.waitingBytes) {
      return yield* overloaded('memory');
    }
    const now = yield* Clock.currentTimeMillis;
    return yield* join(payload, encoding, now);
  });

  const seal = commit.pipe(Effect.andThen(lock.withPermit(writer.seal('all'))));
  const finish = Effect.sync(() => void (ended = true)).pipe(
    Effect.andThen(seal),
    Effect.catch((error) => Effect.logError('spool: could not close a segment', error)),
  );
  return { append, seal, finish };
});

function encoderFailed(error: unknown): StorageFailed {
  return new StorageFailed({ operation: 'encode', path: 'a request', code: String(error) });
}

function asOverload(error: StorageFailed, limit: SpoolLimits, capacity: Capacity): Overloaded | StorageFailed {
  if (error.code !== 'ENOSPC' && error.code !== 'EDQUOT') return error;
  capacity.diskWasFull();
  return new Overloaded({ reason: 'disk-full', retryAfterMs: limit.retryAfterMs });
}
