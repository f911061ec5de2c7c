import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, unlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { Clock, Effect } from 'effect';
import { ArchiveFailed, StorageFailed } from '../../domain/errors.ts';
import { hourOf, manifestKey, objectKey } from './archive-key.ts';
import { addFrame, frameEnd, type FrameTotals, noFrames, readFrameHeader } from './frame.ts';
import { formatManifest, type Manifest, type ManifestEntry, parseManifest, withEntry } from './manifest.ts';
import { ObjectStore } from './object-store.ts';
import { closedFiles, type QueuedFile } from './queue-recovery.ts';

export interface UploaderOptions {
  readonly directory: string;
  readonly prefix: string;
  readonly instance: string;
  readonly onUploaded: (entry: ManifestEntry, file: QueuedFile, atUnixMs: number) => void;
  /** A file of the queue that holds other bytes than were written was set aside. */
  readonly onDamaged: (file: QueuedFile) => void;
}

/**
 * Brings the closed files of the queue into the bucket, oldest first: object, manifest, then the file goes. Killed
 * anywhere in between, the next run does the same again under the same names.
 * @returns how many files it brought there
 */
export const uploadClosed = Effect.fnUntraced(function* (
  options: UploaderOptions,
): Effect.fn.Return<number, ArchiveFailed | StorageFailed, ObjectStore> {
  const files = closedFiles(options.directory);
  for (const file of files) yield* uploadOne(options, file);
  return files.length;
});

const uploadOne = Effect.fnUntraced(function* (
  options: UploaderOptions,
  file: QueuedFile,
): Effect.fn.Return<void, ArchiveFailed | StorageFailed, ObjectStore> {
  const store = yield* ObjectStore;
  const { prefix, instance } = options;
  const content = yield* attempt('read', file.path, () => readFile(file.path));
  const { soundBytes, totals, sha256 } = yield* Effect.promise(() => measure(content));
  if (soundBytes < content.length || totals.records === 0) {
    yield* setAside(options.directory, file);
    options.onDamaged(file);
    return;
  }
  const entry: ManifestEntry = {
    key: objectKey(prefix, file.signal, instance, file.name),
    bytes: content.length,
    sha256,
    ...totals,
  };
  yield* store.put({ ...entry, body: { path: file.path }, contentType: 'application/zstd' });
  yield* addToManifest(options, file, entry);
  yield* attempt('remove', file.path, () => unlink(file.path));
  options.onUploaded(entry, file, yield* Clock.currentTimeMillis);
});

/** Frame by frame, with pauses: the receivers share this thread, and hashing 32 MiB at once would hold them for 20 ms. */
async function measure(content: Buffer): Promise<{ soundBytes: number; totals: FrameTotals; sha256: string }> {
  const hash = createHash('sha256');
  let totals = noFrames;
  let at = 0;
  for (let paused = 0; at < content.length;) {
    const header = readFrameHeader(content, at);
    const end = typeof header === 'string' ? null : frameEnd(content, at, header);
    if (typeof header === 'string' || end === null) break;
    hash.update(content.subarray(at, end));
    totals = addFrame(totals, header);
    at = end;
    if (at - paused < 1024 * 1024) continue;
    paused = at;
    await setImmediate();
  }
  return { soundBytes: at, totals, sha256: hash.digest('hex') };
}

/** One instance writes its own manifests alone, one file after another, so reading and writing it back is safe. */
const addToManifest = Effect.fnUntraced(function* (
  { prefix, instance }: UploaderOptions,
  { signal, name }: QueuedFile,
  entry: ManifestEntry,
): Effect.fn.Return<void, ArchiveFailed, ObjectStore> {
  const store = yield* ObjectStore;
  const key = manifestKey(prefix, signal, instance, name.firstUnixMs);
  const hour = new Date(hourOf(name.firstUnixMs)).toISOString();
  const fresh: Manifest = { version: 1, instance, signal, hour, objects: [] };
  const stored = yield* store.get(key);
  const known = stored === null ? fresh : parseManifest(stored);
  // A manifest that cannot be read is started anew; `obs archive verify` tells which objects it does not name.
  const content = formatManifest(withEntry(known ?? fresh, entry));
  yield* store.put({
    key,
    body: { content },
    bytes: content.length,
    sha256: createHash('sha256').update(content).digest('hex'),
    contentType: 'application/json',
  });
});

const setAside = (directory: string, { signal, path }: QueuedFile): Effect.Effect<void, StorageFailed> =>
  attempt('set aside', path, async () => {
    const folder = join(directory, 'quarantine');
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await rename(path, join(folder, `${signal}.${basename(path)}.damaged`));
  });

function attempt<A>(operation: string, path: string, call: () => Promise<A>): Effect.Effect<A, StorageFailed> {
  return Effect.tryPromise({
    try: call,
    catch: (error) =>
      new StorageFailed({ operation, path, code: (error as NodeJS.ErrnoException).code ?? String(error) }),
  });
}
