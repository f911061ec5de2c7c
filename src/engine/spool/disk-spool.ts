import { Effect, Latch, Layer, PubSub, Stream, type Scope } from 'effect';
import type { StorageFailed } from '../domain/errors.ts';
import { limits } from '../domain/limits.ts';
import { telemetryTableNames } from '../domain/schema/telemetry.ts';
import { bySignal, type Signal, signals } from '../domain/signals.ts';
import type { SignalEncoder } from '../otlp/encoder.ts';
import { makeCapacity, type SpoolLimits } from './capacity.ts';
import { type Committer, makeCommitter } from './committer.ts';
import { makeDepth } from './depth.ts';
import { makeDirectoryChanges } from './directory-changes.ts';
import { countQuarantined } from './quarantine.ts';
import { prepareFolders, recover } from './recovery.ts';
import { sealedIds } from './segment-files.ts';
import { quarantineDirectory, tableDirectory } from './segment-name.ts';
import { makeSegmentWriter } from './segment-writer.ts';
import { SpoolFiles } from './spool-files.ts';
import { type Segment, Spool } from './spool.ts';

export interface DiskSpoolOptions {
  /** The spool's folder; one process at a time may write in it. Made when it is not there. */
  readonly directory: string;
  readonly makeEncoder: (signal: Signal) => SignalEncoder;
  /** In place of those in `limits.spool`. */
  readonly limit?: Partial<SpoolLimits>;
}

/**
 * Segments in files, one folder a table. Building the layer recovers what a former process left; closing it answers
 * who waits and closes the open segments. Fails when the folder cannot be used.
 */
export const diskSpool = (options: DiskSpoolOptions): Layer.Layer<Spool, StorageFailed> =>
  Layer.effect(Spool, makeDiskSpool(options));

const makeDiskSpool = Effect.fnUntraced(function* (
  options: DiskSpoolOptions,
): Effect.fn.Return<Spool['Service'], StorageFailed, Scope.Scope> {
  const { directory, makeEncoder } = options;
  const limit: SpoolLimits = { ...limits.spool, ...options.limit };
  const files = yield* SpoolFiles;
  const depth = makeDepth();
  const sealed = yield* PubSub.sliding<Segment>(256);

  yield* prepareFolders(files, directory);
  const found = yield* recover(files, directory);
  for (const { table, id, bytes, rows } of found.segments) {
    depth.grow(table, id, bytes, rows);
    depth.sealed(table, id);
  }
  let sequence = found.lastSequence;
  const nextSequence = (atLeast: number): number => (sequence = Math.max(sequence + 1, atLeast));

  const hasSealed = yield* Latch.make(depth.sealedSegments > 0);
  const onSealed = (segment: Segment): Effect.Effect<void> => {
    hasSealed.openUnsafe();
    return Effect.asVoid(PubSub.publish(sealed, segment));
  };

  const capacity = makeCapacity(directory, files, depth, limit);
  const makeOne = (signal: Signal): Effect.Effect<Committer, never, Scope.Scope> =>
    makeCommitter({
      capacity,
      limit,
      makeEncoder: () => makeEncoder(signal),
      makeWriter: (scope, onOpened) =>
        makeSegmentWriter({ scope, directory, files, depth, limit, nextSequence, onOpened, onSealed }),
    });
  const all = yield* Effect.forEach(signals, makeOne);
  const committers = bySignal((signal) => all[signals.indexOf(signal)]!);

  const changes = makeDirectoryChanges(files);
  let quarantined = yield* countQuarantined(files, directory);
  const reconcile = Effect.gen(function* () {
    for (const table of telemetryTableNames) {
      if (!(yield* changes(tableDirectory(directory, table)))) continue;
      depth.keepOnly(table, new Set(yield* sealedIds(files, directory, table)));
    }
    if (yield* changes(quarantineDirectory(directory))) quarantined = yield* countQuarantined(files, directory);
    if (depth.sealedSegments === 0) hasSealed.closeUnsafe();
  });
  // Sleeps for good while nothing waits to be loaded.
  yield* hasSealed.await.pipe(
    Effect.andThen(Effect.delay(Effect.ignore(reconcile), limit.pollMs)),
    Effect.forever,
    Effect.forkScoped,
  );

  yield* Effect.addFinalizer(() =>
    Effect.forEach(all, (committer) => committer.finish, { concurrency: 'unbounded', discard: true }),
  );

  return Spool.of({
    append: (signal, payload, encoding) => committers[signal].append(payload, encoding),
    seal: Effect.forEach(all, (committer) => committer.seal, { discard: true }),
    sealed: Stream.fromPubSub(sealed),
    status: Effect.sync(() => ({ ...depth.status(), quarantined })),
  });
});
