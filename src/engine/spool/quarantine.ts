import { basename, join } from 'node:path';
import { Clock, Effect } from 'effect';
import type { StorageFailed } from '../domain/errors.ts';
import { limits } from '../domain/limits.ts';
import { quarantineDirectory } from './segment-name.ts';
import type { SpoolFileSystem } from './spool-files.ts';

/**
 * Why bytes were set aside, and the end of the file's name that says it.
 * - `torn`: a write that its process did not live to finish; nobody was answered for it, so it counts as no damage.
 * - `damaged`: other bytes than were written.
 * - `refused`: sound bytes that the engine will not take (a column or type that its tables do not have).
 * - `foreign`: a file in a table's folder that the spool did not write.
 * - `unreadable`: the disk does not give the file's bytes.
 */
export const quarantineKinds = ['torn', 'damaged', 'refused', 'foreign', 'unreadable'] as const;
export type QuarantineKind = (typeof quarantineKinds)[number];

export interface Finding {
  /** The file that the bytes were in. */
  readonly path: string;
  readonly table: string;
  readonly kind: QuarantineKind;
  readonly reason: string;
}

/** `<table>.<file>.<kind>`, with a `.json` beside it that says why; what is there under that name is replaced. */
function place(directory: string, finding: Finding): string {
  return join(quarantineDirectory(directory), `${finding.table}.${basename(finding.path)}.${finding.kind}`);
}

const replaceFile = Effect.fnUntraced(function* (files: SpoolFileSystem, path: string, bytes: Uint8Array) {
  yield* Effect.ignore(files.remove(path));
  const file = yield* files.create(path);
  yield* file.write([bytes], 0).pipe(Effect.andThen(file.dataSync), Effect.ensuring(Effect.ignore(file.close)));
});

const writeReason = Effect.fnUntraced(function* (files: SpoolFileSystem, directory: string, finding: Finding) {
  const at = new Date(yield* Clock.currentTimeMillis).toISOString();
  const text = JSON.stringify({ ...finding, at }, null, 2);
  yield* replaceFile(files, `${place(directory, finding)}.json`, Buffer.from(`${text}\n`));
});

/** Copies bytes of a file that goes on without them. They are on the disk when it completes. */
export const copyAside = Effect.fnUntraced(function* (
  files: SpoolFileSystem,
  directory: string,
  finding: Finding,
  bytes: Uint8Array,
): Effect.fn.Return<void, StorageFailed> {
  yield* replaceFile(files, place(directory, finding), bytes);
  yield* writeReason(files, directory, finding);
  yield* files.syncDirectory(quarantineDirectory(directory));
  if (finding.kind === 'torn') yield* forgetOldTorn(files, directory);
});

/** Moves the whole file. */
export const moveAside = Effect.fnUntraced(function* (
  files: SpoolFileSystem,
  directory: string,
  finding: Finding,
): Effect.fn.Return<void, StorageFailed> {
  yield* writeReason(files, directory, finding);
  yield* files.rename(finding.path, place(directory, finding));
});

/** Files set aside because their bytes were not what was written or wanted; torn writes are none of them. */
export const countQuarantined = (files: SpoolFileSystem, directory: string): Effect.Effect<number, StorageFailed> =>
  files
    .list(quarantineDirectory(directory))
    .pipe(Effect.map((names) => names.filter((name) => /\.(damaged|refused|foreign|unreadable)$/.test(name)).length));

const forgetOldTorn = Effect.fnUntraced(function* (files: SpoolFileSystem, directory: string) {
  const names = yield* files.list(quarantineDirectory(directory));
  const torn = names.filter((name) => name.endsWith('.torn')).sort(byIdDescending);
  for (const name of torn.slice(limits.spool.tornTailsKept)) {
    const path = join(quarantineDirectory(directory), name);
    yield* Effect.ignore(Effect.andThen(files.remove(path), files.remove(`${path}.json`)));
  }
});

/** By what follows the table's name: ids sort by age. */
function byIdDescending(a: string, b: string): number {
  const id = (name: string) => name.slice(name.indexOf('.'));
  return id(a) < id(b) ? 1 : -1;
}
