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
  /** Days (since 1970) of the rows in `blocks`. */
  days: ReadonlySet<number>;
}

const noDays: ReadonlySet<number> = new Set();
const both = (some: ReadonlySet<number>, others: ReadonlySet<number>): ReadonlySet<number> =>
  new Set([...some, ...others]);

const newGroup = (): Group => ({
  durable: Deferred.makeUnsafe(),
  blocks: [],
  requests: 0,
  payloadBytes: 0,
  cutBytes: 0,
  days: new Set(),
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
  /** Groups before that one, which took no more for their many days; their rows are in their blocks. */
  const full: Group[] = [];
  const waitingBytes = (): number => full.reduce((sum, group) => sum + group.payloadBytes, waiting.payloadBytes);
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
      const [whole] = full;
      const group = whole ?? waiting;
      if (group.requests === 0) return;
      if (whole === undefined) waiting = newGroup();
      else full.shift();
      const blocksOf = whole === undefined ? takeBlocks(group) : Effect.succeed(group.blocks);
      const written = blocksOf.pipe(
        Effect.andThen((blocks) =>
          writer.write(blocks).pipe(Effect.ensuring(Effect.sync(() => encoder.giveBack?.(blocks)))),
        ),
        Effect.mapError((error) => asOverload(error, limit, capacity)),
      );
      yield* Deferred.into(written, group.durable);
      yield* Effect.ignore(writer.seal('due'));
    }).pipe(Effect.uninterruptible),
  );

  const commitAll = commit.pipe(Effect.repeat({ while: () => full.length > 0 }), Effect.andThen(commit));

  yield* work.await.pipe(
    Effect.andThen(
      Effect.suspend(() => {
        work.closeUnsafe();
        return commitAll;
      }),
    ),
    Effect.forever,
    Effect.forkIn(scope),
  );

  /** Hands the encoder's rows over to the group that they are of. */
  const cut = (group: Group, bytes: number): void => {
    group.days = both(group.days, encoder.days ?? noDays);
    group.blocks.push(...encoder.take());
    group.cutBytes += bytes;
  };

  /**
   * A group is written into one segment, which may have only so many days: one that the next request could bring over
   * that takes no more. A look at the number is all that this costs where rows are of today.
   */
  const makeRoomForDays = (): void => {
    // The other half is for the next request.
    const mostBefore = Math.floor(limit.segmentDays / 2);
    const waitingDays = encoder.days ?? noDays;
    if (waiting.days.size + waitingDays.size <= mostBefore) return;
    if (both(waiting.days, waitingDays).size <= mostBefore) return;
    cut(waiting, waiting.payloadBytes - waiting.cutBytes);
    if (waiting.requests > 0) full.push(waiting);
    waiting = newGroup();
  };

  /** Decodes now and joins the waiting group. */
  const join = (
    payload: Uint8Array,
    encoding: Encoding,
    now: number,
  ): Effect.Effect<Appended, MalformedPayload | Overloaded | StorageFailed> => {
    if (ended) return Effect.fail(overloaded('shutting-down'));
    let appended: Appended;
    try {
      makeRoomForDays();
      const group = waiting;
      appended = encoder.append(payload, encoding, now);
      const uncutBytes = group.payloadBytes + payload.length - group.cutBytes;
      if (encoder.rows >= limit.blockRows || uncutBytes >= limit.blockBytes) cut(group, uncutBytes);
    } catch (error) {
      if (error instanceof MalformedPayload) return Effect.fail(error);
      // The encoder broke in mid-request, so its buffers cannot be trusted: nobody of this group was answered yet.
      encoder = parts.makeEncoder();
      const failed = encoderFailed(error);
      Deferred.doneUnsafe(waiting.durable, Effect.fail(failed));
      waiting = newGroup();
      return Effect.fail(failed);
    }
    if (appended.accepted === 0) return Effect.succeed(appended);
    const group = waiting;
    group.requests += 1;
    group.payloadBytes += payload.length;
    work.openUnsafe();
    return Effect.as(Deferred.await(group.durable), appended);
  };

  const append: Committer['append'] = Effect.fnUntraced(function* (payload, encoding) {
    const coming = waitingBytes() + payload.length;
    yield* capacity.admit(coming);
    if (coming > payload.length && coming > limit.waitingBytes) {
      return yield* overloaded('memory');
    }
    const now = yield* Clock.currentTimeMillis;
    return yield* join(payload, encoding, now);
  });

  const seal = commitAll.pipe(Effect.andThen(lock.withPermit(writer.seal('all'))));
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
