import { dirname, join, resolve } from 'node:path';
import { Effect } from 'effect';
import type { StorageFailed } from '../domain/errors.ts';
import { telemetryTableNames, type TelemetryTableName } from '../domain/schema/telemetry.ts';
import { moveAside } from './quarantine.ts';
import { describeDamage, rescueSuffix, salvage } from './salvage.ts';
import { segmentOf } from './segment-files.ts';
import { parseSegmentName, quarantineDirectory, segmentPath, tableDirectory } from './segment-name.ts';
import type { SpoolFileSystem } from './spool-files.ts';
import type { Segment } from './spool.ts';

/** What the spool found of a former process, and made of it. */
export interface Recovery {
  /** All that waits to be loaded, by table and age. */
  readonly segments: readonly Segment[];
  /** Sequence to go on from. */
  readonly lastSequence: number;
  /** Segments that were open when their process ended, and are closed now. */
  readonly closed: number;
  /** Of those, how many ended in a write that was never acknowledged: normal after a kill. */
  readonly torn: number;
  /** Segments with bytes other than written. */
  readonly damaged: number;
  readonly foreign: number;
}

/** Makes the spool's folders, and their names durable. */
export const prepareFolders = Effect.fnUntraced(function* (
  files: SpoolFileSystem,
  directory: string,
): Effect.fn.Return<void, StorageFailed> {
  yield* files.makeDirectory(quarantineDirectory(directory));
  for (const table of telemetryTableNames) yield* files.makeDirectory(tableDirectory(directory, table));
  yield* files.syncDirectory(directory);
  for (const folder of foldersAbove(directory)) {
    yield* files
      .syncDirectory(folder)
      .pipe(Effect.catch((error) => (notOurs.has(error.code) ? Effect.void : Effect.fail(error))));
  }
});

/** Whoever may not open or sync a folder did not make a name in it just now either. */
const notOurs = new Set(['EACCES', 'EPERM', 'EROFS', 'EINVAL']);

/** Up to the root: the spool's folder may be the last of several that were made at once, and none synced. */
function foldersAbove(directory: string): readonly string[] {
  const above: string[] = [];
  for (let folder = resolve(directory); folder !== dirname(folder);) above.push((folder = dirname(folder)));
  return above;
}

/**
 * Puts the folder of a former process in order: open segments are cut to their sound blocks and closed, whatever does
 * not belong is set aside. One bad file never keeps the spool from starting; only an unusable folder does.
 */
export const recover = Effect.fnUntraced(function* (
  files: SpoolFileSystem,
  directory: string,
): Effect.fn.Return<Recovery, StorageFailed> {
  const segments: Segment[] = [];
  let lastSequence = 0;
  const counts = { closed: 0, torn: 0, damaged: 0, foreign: 0 };

  const recoverOpen = Effect.fnUntraced(function* (table: TelemetryTableName, id: string) {
    const openPath = segmentPath(directory, table, id, 'open');
    const { rows, bytes, damage, torn } = yield* salvage(files, directory, table, openPath);
    if (damage.length > 0) {
      counts[torn ? 'torn' : 'damaged'] += 1;
      const say = torn ? Effect.logInfo : Effect.logWarning;
      yield* say(`spool: ${openPath}: ${describeDamage(damage)}`);
    }
    if (bytes === 0) return yield* files.remove(openPath);
    const path = segmentPath(directory, table, id, 'native');
    yield* files.rename(openPath, path);
    counts.closed += 1;
    segments.push({ id, table, path, rows, bytes });
  });

  const setAside = (table: string, path: string, kind: 'foreign' | 'unreadable', reason: string) => {
    counts.foreign += kind === 'foreign' ? 1 : 0;
    return Effect.logWarning(`spool: ${path} set aside: ${reason}`).pipe(
      Effect.andThen(moveAside(files, directory, { path, table, kind, reason })),
    );
  };

  const recoverFile = Effect.fnUntraced(function* (table: TelemetryTableName, fileName: string) {
    const path = join(tableDirectory(directory, table), fileName);
    const name = parseSegmentName(fileName);
    if (name !== null) {
      lastSequence = Math.max(lastSequence, name.sequence);
      if (name.state === 'open') return yield* recoverOpen(table, name.id);
      const segment = yield* segmentOf(files, directory, table, name.id);
      if (segment !== null) segments.push(segment);
    } else if (fileName.endsWith(rescueSuffix)) {
      // Gone already where its segment was salvaged just now.
      yield* Effect.ignore(files.remove(path));
    } else {
      yield* setAside(table, path, 'foreign', 'not a segment of the spool');
    }
    return undefined;
  });

  for (const table of telemetryTableNames) {
    const names = [...(yield* files.list(tableDirectory(directory, table)))].sort();
    for (const name of names) {
      const path = join(tableDirectory(directory, table), name);
      yield* recoverFile(table, name).pipe(
        Effect.catch((error) => setAside(table, path, 'unreadable', `could not ${error.operation}: ${error.code}`)),
        Effect.catch((error) => Effect.logError(`spool: ${path} left where it is: ${error.operation}: ${error.code}`)),
      );
    }
  }
  return { segments, lastSequence, ...counts };
});
