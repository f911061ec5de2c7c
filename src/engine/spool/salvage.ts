import { Effect } from 'effect';
import type { StorageFailed } from '../domain/errors.ts';
import { type Damage, nextSoundFrame, scanFrames } from './frame.ts';
import { copyAside, type Finding } from './quarantine.ts';
import type { SpoolFileSystem } from './spool-files.ts';

export interface Salvaged {
  /** What the file holds now: sound frames only. */
  readonly rows: number;
  readonly bytes: number;
  /** Stretches that were cut out; all copied to the quarantine first. */
  readonly damage: readonly Damage[];
  /** The damage is no more than a write that its process did not live to finish. */
  readonly torn: boolean;
}

/**
 * Leaves only sound frames in a segment file and makes that durable. Bad stretches are copied to the quarantine; a bad
 * tail is cut off, and a file with damage before its end is replaced, in one rename, by one of its sound frames. Doing
 * it again gives the same file, so being killed in the middle does no harm. The caller removes a file of 0 bytes.
 */
export const salvage = Effect.fnUntraced(function* (
  files: SpoolFileSystem,
  directory: string,
  table: string,
  path: string,
): Effect.fn.Return<Salvaged, StorageFailed> {
  yield* files.size(path);
  const bytes = yield* files.readAll(path);
  // A closed segment was synced whole, so nothing in it may be missing and everything in it was written by the spool.
  const isClosed = path.endsWith('.native');
  const { sound, damage } = scanFrames(bytes, isClosed ? 'search' : 'by-length');
  const rows = sound.reduce((sum, frame) => sum + frame.rows, 0);
  const soundBytes = sound.reduce((sum, frame) => sum + frame.end - frame.start, 0);
  const torn = !isClosed && damage.every((stretch) => isUnfinished(bytes, stretch));
  if (damage.length > 0) {
    const kind = torn ? 'torn' : 'damaged';
    const finding: Finding = { path, table, kind, reason: describeDamage(damage) };
    const bad = damage.map((stretch) => bytes.subarray(stretch.start, stretch.end));
    yield* copyAside(files, directory, finding, Buffer.concat(bad));
  }
  const soundPrefix = sound.at(-1)?.end ?? 0;
  if (soundPrefix === soundBytes) {
    // Synced even when nothing is cut: the process that wrote the last frames may not have lived to do it.
    const file = yield* files.openExisting(path);
    const cut = soundBytes < bytes.length ? file.truncate(soundBytes) : Effect.void;
    yield* cut.pipe(Effect.andThen(file.dataSync), Effect.ensuring(Effect.ignore(file.close)));
  } else {
    const rescued = `${path}${rescueSuffix}`;
    yield* Effect.ignore(files.remove(rescued));
    const file = yield* files.create(rescued);
    const parts = sound.map((frame) => bytes.subarray(frame.start, frame.end));
    yield* file.write(parts, 0).pipe(Effect.andThen(file.dataSync), Effect.ensuring(Effect.ignore(file.close)));
    yield* files.rename(rescued, path);
  }
  return { rows, bytes: soundBytes, damage, torn };
});

/** Ends in mid-write. A length that rotted looks the same, but has whole frames behind it. */
function isUnfinished(bytes: Uint8Array, { kind, start }: Damage): boolean {
  return kind === 'unfinished' && nextSoundFrame(bytes, start + 1) === bytes.length;
}

/** A file of this name was left by a salvage that did not live to its end; the original is still there. */
export const rescueSuffix = '.rescue';

const damageWords: { readonly [Kind in Damage['kind']]: string } = {
  unfinished: 'a write that was not finished',
  checksum: 'a block whose checksum does not fit its bytes',
  foreign: 'bytes that are no block of the spool',
};

export function describeDamage(damage: readonly Damage[]): string {
  return damage.map(({ kind, start, end }) => `bytes ${start} to ${end}: ${damageWords[kind]}`).join('; ');
}
