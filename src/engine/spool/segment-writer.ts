import { Clock, Effect, Exit, Random, Schedule, type Scope } from 'effect';
import type { StorageFailed } from '../domain/errors.ts';
import type { TelemetryTableName } from '../domain/schema/telemetry.ts';
import type { EncodedBlock } from '../otlp/encoder.ts';
import type { SpoolLimits } from './capacity.ts';
import type { Depth } from './depth.ts';
import { frameBlock } from './frame.ts';
import { segmentId, segmentPath, tableDirectory } from './segment-name.ts';
import type { SpoolFile, SpoolFileSystem } from './spool-files.ts';
import type { Segment } from './spool.ts';

/** A segment that is being written. `bytes` and `rows` are the committed ones: synced, or about to be answered for. */
interface OpenSegment {
  readonly id: string;
  readonly table: TelemetryTableName;
  readonly file: SpoolFile;
  readonly openedAt: number;
  bytes: number;
  rows: number;
  /** Of its rows, in days since 1970. */
  readonly days: Set<number>;
  /** The file's name is durable. */
  named: boolean;
}

/**
 * Writes blocks to the open segments of some tables. Not safe to call twice at once: its committer holds a lock.
 *
 * The order of system calls for a group, on which the promise of `append` rests:
 * 1. `open(O_CREAT|O_EXCL)` of `<table>/<id>.open`, where the table has no open segment;
 * 2. `pwritev` of all its framed blocks behind the committed length;
 * 3. `fdatasync` of the file (its bytes and its length) and, for a new file, `fsync` of the table's directory (its
 *    name), beside each other and for all tables of the group;
 * 4. the group is answered.
 *
 * Closing is a rename to `.native` without a sync of its own: should a power cut undo the rename, recovery finds the same
 * bytes under `.open` and closes them under the same id, so even a segment that was loaded by then adds nothing twice.
 */
export interface SegmentWriter {
  /** Completes when all blocks are durable. Fails as a whole: then nothing of `blocks` stays behind. */
  write(blocks: readonly EncodedBlock[]): Effect.Effect<void, StorageFailed>;
  seal(which: Sealing): Effect.Effect<void, StorageFailed>;
}

/** Which open segments are closed: all, those that are old or large enough, or the one with this id. */
export type Sealing = 'all' | 'due' | { readonly id: string; readonly unlessBusy: boolean };

export interface SegmentWriterParts {
  /** Lives as long as the spool: what a disk that fails leaves to be done later runs in it. */
  readonly scope: Scope.Scope;
  readonly directory: string;
  readonly files: SpoolFileSystem;
  readonly depth: Depth;
  readonly limit: SpoolLimits;
  /** A number that no segment had before, at least `atLeast`. */
  readonly nextSequence: (atLeast: number) => number;
  readonly onOpened: (id: string) => Effect.Effect<void>;
  readonly onSealed: (segment: Segment) => Effect.Effect<void>;
}

/** Until the disk obeys again. */
const untilDone = Schedule.spaced('1 second');

export function makeSegmentWriter(parts: SegmentWriterParts): SegmentWriter {
  const { directory, files, depth, limit } = parts;
  const open = new Map<TelemetryTableName, OpenSegment>();

  const openSegment = Effect.fnUntraced(function* (table: TelemetryTableName) {
    const openedAt = yield* Clock.currentTimeMillis;
    const id = segmentId(parts.nextSequence(openedAt), yield* Random.nextIntBetween(0, 0xffff_ffff));
    const file = yield* files.create(segmentPath(directory, table, id, 'open'));
    const segment: OpenSegment = { id, table, file, openedAt, bytes: 0, rows: 0, days: new Set(), named: false };
    open.set(table, segment);
    yield* parts.onOpened(id);
    return segment;
  });

  const closeSegment = Effect.fnUntraced(function* (segment: OpenSegment) {
    const { id, table, bytes, rows } = segment;
    const openPath = segmentPath(directory, table, id, 'open');
    if (rows === 0) {
      yield* files.remove(openPath);
    } else {
      const path = segmentPath(directory, table, id, 'native');
      yield* files.rename(openPath, path);
      depth.sealed(table, id);
      yield* parts.onSealed({ id, table, path, rows, bytes });
    }
    yield* Effect.ignore(segment.file.close);
  });

  const writeTable = Effect.fnUntraced(function* (table: TelemetryTableName, blocks: readonly EncodedBlock[]) {
    const days = new Set(blocks.flatMap((block) => [...(block.days ?? [])]));
    const before = open.get(table);
    // A whole group goes into one segment, so that it can be taken back as a whole: what was written before makes room.
    if (before !== undefined && new Set([...before.days, ...days]).size > limit.segmentDays) {
      yield* closeSegment(before);
      open.delete(table);
    }
    const segment = open.get(table) ?? (yield* openSegment(table));
    const framed = blocks.flatMap(frameBlock);
    yield* segment.file.write(framed, segment.bytes);
    const syncs = segment.named
      ? [segment.file.dataSync]
      : [segment.file.dataSync, files.syncDirectory(tableDirectory(directory, table))];
    // Exits, not failures: no sync may still be running when the group is taken back.
    for (const exit of yield* Effect.forEach(syncs, Effect.exit, { concurrency: 'unbounded' })) yield* exit;
    return () => {
      const bytes = framed.reduce((sum, part) => sum + part.length, 0);
      const rows = blocks.reduce((sum, block) => sum + block.rows, 0);
      segment.named = true;
      segment.bytes += bytes;
      segment.rows += rows;
      for (const day of days) segment.days.add(day);
      depth.grow(table, segment.id, bytes, rows);
    };
  });

  /**
   * Takes back what a failed group wrote, then closes the segment: after a failed sync the kernel may report the next
   * one as done without having written anything, so no byte is added to this file again.
   */
  const retreat = Effect.fnUntraced(function* (segment: OpenSegment) {
    yield* segment.file.truncate(segment.bytes);
    yield* Effect.ignore(segment.file.dataSync);
    yield* closeSegment(segment);
  });

  const write = Effect.fnUntraced(function* (blocks: readonly EncodedBlock[]) {
    const byTable = Map.groupBy(blocks, (block) => block.table);
    const exits = yield* Effect.forEach(byTable, ([table, blocks]) => Effect.exit(writeTable(table, blocks)), {
      concurrency: 'unbounded',
    });
    const failed = exits.find(Exit.isFailure);
    if (failed === undefined) {
      for (const exit of exits) if (Exit.isSuccess(exit)) exit.value();
      return;
    }
    for (const table of byTable.keys()) {
      const segment = open.get(table);
      if (segment === undefined) continue;
      open.delete(table);
      // The sender hears of the failure after its rows are gone, else its next try could double them.
      yield* retreat(segment).pipe(
        Effect.catch(() => Effect.forkIn(Effect.retry(retreat(segment), untilDone), parts.scope)),
      );
    }
    yield* failed;
  }, Effect.uninterruptible);

  const seal = Effect.fnUntraced(function* (which: Sealing) {
    const now = yield* Clock.currentTimeMillis;
    const isMeant = (segment: OpenSegment) => {
      if (which === 'all') return true;
      const isBusy = segment.bytes >= limit.busySegmentBytes;
      if (which !== 'due') return segment.id === which.id && !(which.unlessBusy && isBusy);
      const age = now - segment.openedAt;
      return segment.bytes >= limit.segmentBytes || age >= (isBusy ? limit.busySegmentAgeMs : limit.segmentAgeMs);
    };
    for (const segment of open.values()) {
      if (!isMeant(segment)) continue;
      yield* closeSegment(segment);
      open.delete(segment.table);
    }
  }, Effect.uninterruptible);

  return { write, seal };
}
