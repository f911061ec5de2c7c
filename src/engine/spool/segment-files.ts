import { Effect } from 'effect';
import type { StorageFailed } from '../domain/errors.ts';
import type { TelemetryTableName } from '../domain/schema/telemetry.ts';
import { checkFrames } from './frame-check.ts';
import { frameHeaderBytes, readFrameHeader } from './frame.ts';
import { parseSegmentName, segmentPath, tableDirectory } from './segment-name.ts';
import type { SpoolFileSystem } from './spool-files.ts';
import type { Segment } from './spool.ts';

/**
 * Rows and bytes of a closed segment, read from its frames' headers alone: what is between them is not touched.
 * Where the headers end early (damage), so does the count.
 */
export const measureSegment = Effect.fnUntraced(function* (
  files: SpoolFileSystem,
  path: string,
): Effect.fn.Return<{ readonly rows: number; readonly bytes: number }, StorageFailed> {
  const bytes = yield* files.size(path);
  const file = yield* files.openExisting(path);
  const count = Effect.gen(function* () {
    let rows = 0;
    for (let at = 0; at < bytes;) {
      const header = readFrameHeader(yield* file.read(at, frameHeaderBytes), 0);
      if (typeof header === 'string') break;
      rows += header.rows;
      at += header.bytes;
    }
    return { rows, bytes };
  });
  return yield* count.pipe(Effect.ensuring(Effect.ignore(file.close)));
});

export interface CheckedSegment extends Segment {
  /** All its frames are there, with the bytes that were written. */
  readonly intact: boolean;
}

/** Taken for intact without a look at its checksums; null when it is gone. */
export const uncheckedSegment = (
  files: SpoolFileSystem,
  directory: string,
  table: TelemetryTableName,
  id: string,
): Effect.Effect<CheckedSegment | null, StorageFailed> =>
  segmentOf(files, directory, table, id).pipe(
    Effect.map((segment) => (segment === null ? null : { ...segment, intact: true })),
  );

/** A closed segment with all its checksums looked at; null when it is gone. */
export const checkedSegment = (
  files: SpoolFileSystem,
  directory: string,
  table: TelemetryTableName,
  id: string,
): Effect.Effect<CheckedSegment | null, StorageFailed> => {
  const path = segmentPath(directory, table, id, 'native');
  return checkFrames(files, path).pipe(
    Effect.map((check) => ({ id, table, path, ...check })),
    Effect.catch((error) => (error.code === 'ENOENT' ? Effect.succeed(null) : Effect.fail(error))),
  );
};

/** Ids of a table's closed segments, oldest first. */
export const sealedIds = (
  files: SpoolFileSystem,
  directory: string,
  table: TelemetryTableName,
): Effect.Effect<readonly string[], StorageFailed> =>
  files.list(tableDirectory(directory, table)).pipe(
    Effect.map((names) =>
      names
        .map(parseSegmentName)
        .filter((name) => name?.state === 'native')
        .map((name) => name?.id ?? '')
        .sort(),
    ),
  );

/** A closed segment as the folder has it; null when it is gone, which is to say loaded. */
export const segmentOf = (
  files: SpoolFileSystem,
  directory: string,
  table: TelemetryTableName,
  id: string,
): Effect.Effect<Segment | null, StorageFailed> => {
  const path = segmentPath(directory, table, id, 'native');
  return measureSegment(files, path).pipe(
    Effect.map((size) => ({ id, table, path, ...size })),
    Effect.catch((error) => (error.code === 'ENOENT' ? Effect.succeed(null) : Effect.fail(error))),
  );
};
