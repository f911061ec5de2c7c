import { constants, statSync } from 'node:fs';
import { type FileHandle, lstat, mkdir, open, readFile, readdir, rename, statfs, unlink } from 'node:fs/promises';
import { Context, Effect } from 'effect';
import { StorageFailed } from '../domain/errors.ts';

/** A file that the spool has open. */
export interface SpoolFile {
  /** Writes all of `parts`, one after another, from `position`. */
  write(parts: readonly Uint8Array[], position: number): Effect.Effect<void, StorageFailed>;
  /** Up to `length` bytes from `position`, fewer only at the end of the file; into `memory` where that is large enough. */
  read(position: number, length: number, memory?: Buffer): Effect.Effect<Uint8Array, StorageFailed>;
  truncate(length: number): Effect.Effect<void, StorageFailed>;
  /** fdatasync: bytes and length are on the disk when it completes. */
  readonly dataSync: Effect.Effect<void, StorageFailed>;
  readonly close: Effect.Effect<void, StorageFailed>;
}

/** Every system call that the spool and its loader make on files. */
export interface SpoolFileSystem {
  makeDirectory(path: string): Effect.Effect<void, StorageFailed>;
  /** Makes names in `path` (new, renamed, removed) durable. */
  syncDirectory(path: string): Effect.Effect<void, StorageFailed>;
  /** Names in `path`, unsorted. */
  list(path: string): Effect.Effect<readonly string[], StorageFailed>;
  /** When a name in the directory last came, went or changed; nanoseconds, only good to compare. */
  changed(path: string): Effect.Effect<bigint, StorageFailed>;
  /** Fails with EEXIST when there is such a file. */
  create(path: string): Effect.Effect<SpoolFile, StorageFailed>;
  openExisting(path: string): Effect.Effect<SpoolFile, StorageFailed>;
  readAll(path: string): Effect.Effect<Uint8Array, StorageFailed>;
  /** Of a regular file; fails with ENOTFILE for anything else, which reading might wait for forever (a pipe). */
  size(path: string): Effect.Effect<number, StorageFailed>;
  rename(from: string, to: string): Effect.Effect<void, StorageFailed>;
  remove(path: string): Effect.Effect<void, StorageFailed>;
  /** Bytes that this user may still write on the disk that holds `path`. */
  freeBytes(path: string): Effect.Effect<number, StorageFailed>;
}

function attempt<A>(operation: string, path: string, call: () => Promise<A>): Effect.Effect<A, StorageFailed> {
  return Effect.tryPromise({ try: call, catch: (error) => storageFailed(operation, path, error) });
}

function storageFailed(operation: string, path: string, error: unknown): StorageFailed {
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
  return new StorageFailed({ operation, path, code });
}

async function writeAll(handle: FileHandle, parts: readonly Uint8Array[], position: number): Promise<void> {
  let at = position;
  let left: readonly Uint8Array[] = parts.filter((part) => part.length > 0);
  // A gathering write may stop short (a full disk, a signal): go on with what is left, so that the error shows.
  while (left.length > 0) {
    const { bytesWritten } = await handle.writev(left.slice(0, 512), at);
    at += bytesWritten;
    let skip = bytesWritten;
    const rest: Uint8Array[] = [];
    for (const part of left) {
      if (skip >= part.length) skip -= part.length;
      else {
        rest.push(part.subarray(skip));
        skip = 0;
      }
    }
    left = rest;
  }
}

function spoolFile(handle: FileHandle, path: string): SpoolFile {
  return {
    write: (parts, position) => attempt('write', path, () => writeAll(handle, parts, position)),
    read: (position, length, memory) =>
      attempt('read', path, async () => {
        const target = memory !== undefined && memory.length >= length ? memory : Buffer.allocUnsafeSlow(length);
        const { buffer, bytesRead } = await handle.read(target, 0, length, position);
        return buffer.subarray(0, bytesRead);
      }),
    truncate: (length) => attempt('truncate', path, () => handle.truncate(length)),
    dataSync: attempt('sync', path, () => handle.datasync()),
    close: attempt('close', path, () => handle.close()),
  };
}

const openAs = (operation: string, path: string, flags: number) =>
  Effect.map(
    attempt(operation, path, () => open(path, flags, 0o600)),
    (handle) => spoolFile(handle, path),
  );

/** The real one. */
export const nodeSpoolFiles: SpoolFileSystem = {
  makeDirectory: (path) =>
    Effect.asVoid(attempt('create folder', path, () => mkdir(path, { recursive: true, mode: 0o700 }))),
  syncDirectory: (path) =>
    attempt('sync folder', path, async () => {
      await using handle = await open(path, constants.O_RDONLY | constants.O_DIRECTORY);
      await handle.sync();
    }),
  list: (path) => attempt('list', path, () => readdir(path)),
  // Synchronous on purpose: asked five times a second when idle, and a stat of a cached inode costs less than a hop to
  // the thread pool and back.
  changed: (path) =>
    Effect.try({
      try: () => statSync(path, { bigint: true }).mtimeNs,
      catch: (error) => storageFailed('stat', path, error),
    }),
  create: (path) => openAs('create', path, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL),
  openExisting: (path) => openAs('open', path, constants.O_RDWR),
  readAll: (path) => attempt('read', path, () => readFile(path)),
  size: (path) =>
    attempt('stat', path, async () => {
      const found = await lstat(path);
      if (!found.isFile()) throw Object.assign(new Error('not a regular file'), { code: 'ENOTFILE' });
      return found.size;
    }),
  rename: (from, to) => attempt('rename', from, () => rename(from, to)),
  remove: (path) => attempt('remove', path, () => unlink(path)),
  freeBytes: (path) =>
    attempt('ask the free space of', path, async () => {
      const { bavail, bsize } = await statfs(path);
      return bavail * bsize;
    }),
};

/** The file system under the spool: node:fs unless a test records or breaks its calls. */
export const SpoolFiles = Context.Reference<SpoolFileSystem>('obs/spool/SpoolFiles', {
  defaultValue: () => nodeSpoolFiles,
});
