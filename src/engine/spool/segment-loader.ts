import { Effect, Schedule } from 'effect';
import type { EngineUnavailable, QueryFailed, StorageFailed } from '../domain/errors.ts';
import { limits } from '../domain/limits.ts';
import type { Store } from '../store/store.ts';
import { describeLoadError, loadVerdict } from './load-verdict.ts';
import { moveAside } from './quarantine.ts';
import { describeDamage, salvage } from './salvage.ts';
import type { SpoolFileSystem } from './spool-files.ts';
import type { CheckedSegment } from './segment-files.ts';

/** What came of one segment. `deferred`: it stays where it is, for the next round. */
export type LoadResult = 'loaded' | 'quarantined' | 'deferred';

/** `rows` and `bytes` are those that went into the store. */
export interface Loaded {
  readonly result: LoadResult;
  readonly rows: number;
  readonly bytes: number;
}

export interface LoadEvents {
  readonly onFailure: (message: string) => void;
  /** Bytes were set aside: of a segment whose sound part is loaded all the same, or a whole one. */
  readonly onQuarantined: () => void;
}

const { loadRetryMs, loadRetryMaxMs, loadTries } = limits.spool;

/** Doubles from the first wait to the longest, and stays there. */
const backoff = Schedule.min([Schedule.exponential(loadRetryMs), Schedule.spaced(loadRetryMaxMs)]);

/**
 * Loads one segment and deletes its file.
 *
 * Its checksums were looked at just now: rotten bytes that still parse would be stored without a word otherwise. Where
 * they show damage, the sound blocks go on without it.
 *
 * An engine that does not answer is waited for, here: no other segment would fare better. Any other passing error gets
 * a few tries. Then the segment is checked again; where all bytes are as written, it is set aside whole if the engine
 * refused it, else it waits and those behind have their turn.
 */
export const loadSegment = Effect.fnUntraced(function* (
  files: SpoolFileSystem,
  store: Store['Service'],
  directory: string,
  segment: CheckedSegment,
  events: LoadEvents,
): Effect.fn.Return<Loaded, StorageFailed> {
  let { rows, bytes } = segment;
  const insert = store
    .insertSegment(segment)
    .pipe(Effect.tapError((error) => Effect.sync(() => events.onFailure(describeLoadError(error)))));
  const insertPatiently = insert.pipe(
    Effect.retry({ schedule: backoff, while: (error) => loadVerdict(error) === 'gone' }),
    Effect.retry({
      schedule: backoff.pipe(Schedule.upTo({ times: loadTries - 1 })),
      while: (error) => loadVerdict(error) === 'later',
    }),
    Effect.as<LoadResult>('loaded'),
  );

  const setAside = (kind: 'refused' | 'damaged', reason: string) =>
    Effect.logWarning(`loader: ${segment.path} set aside: ${reason}`).pipe(
      Effect.andThen(moveAside(files, directory, { path: segment.path, table: segment.table, kind, reason })),
      Effect.andThen(Effect.sync(events.onQuarantined)),
      Effect.as<LoadResult>('quarantined'),
    );

  const asideOrLater = (failure: QueryFailed | EngineUnavailable) =>
    loadVerdict(failure) === 'refused'
      ? setAside('refused', describeLoadError(failure))
      : Effect.succeed<LoadResult>('deferred');

  const keepSound = Effect.gen(function* () {
    const sound = yield* salvage(files, directory, segment.table, segment.path);
    ({ rows, bytes } = sound);
    if (sound.damage.length === 0) return false;
    events.onQuarantined();
    yield* Effect.logWarning(`loader: ${segment.path}: ${describeDamage(sound.damage)}`);
    return true;
  });

  // Bytes that rotted since the check show as any error, a lack of memory for an absurd length among them: so the
  // checksums have the last word.
  const onFailed = Effect.fnUntraced(function* (failure: QueryFailed | EngineUnavailable) {
    if (!(yield* keepSound)) return yield* asideOrLater(failure);
    return bytes === 0 ? 'loaded' : yield* insertPatiently.pipe(Effect.catch(asideOrLater));
  });

  if (bytes === 0) return { result: yield* setAside('damaged', 'an empty file'), rows, bytes };
  if (!segment.intact) yield* keepSound;
  const result: LoadResult = bytes === 0 ? 'loaded' : yield* insertPatiently.pipe(Effect.catch(onFailed));
  // No sync of the folder: should a power cut bring the file back, its insert is repeated and, by the token, adds nothing.
  if (result === 'loaded') yield* files.remove(segment.path);
  return { result, rows, bytes };
});
