import { Effect } from 'effect';
import { StorageFailed } from '../../../src/engine/domain/errors.ts';
import { nodeSpoolFiles, type SpoolFile, type SpoolFileSystem } from '../../../src/engine/spool/spool-files.ts';

/** One system call on the real file system, when it had completed. */
export interface Call {
  readonly operation: string;
  readonly path: string;
}

export interface RecordingFiles extends SpoolFileSystem {
  readonly calls: Call[];
  /** Answers with an error code for calls that shall fail, null for those that reach the disk. */
  breakWhen: (call: Call) => string | null;
  count(operation: string): number;
}

/** The real file system, with a list of what was done, and breakable where a test needs a disk that fails. */
export function recordingFiles(real: SpoolFileSystem = nodeSpoolFiles): RecordingFiles {
  const calls: Call[] = [];
  const through = <A>(operation: string, path: string, call: Effect.Effect<A, StorageFailed>) =>
    Effect.suspend(() => {
      const code = recording.breakWhen({ operation, path });
      if (code !== null) return Effect.fail(new StorageFailed({ operation, path, code }));
      return Effect.tap(call, () => Effect.sync(() => calls.push({ operation, path })));
    });
  const file = (path: string, real: SpoolFile): SpoolFile => ({
    write: (parts, position) => through('write', path, real.write(parts, position)),
    read: real.read,
    truncate: (length) => through('truncate', path, real.truncate(length)),
    dataSync: through('sync', path, real.dataSync),
    close: through('close', path, real.close),
  });
  const recording: RecordingFiles = {
    calls,
    breakWhen: () => null,
    count: (operation) => calls.filter((call) => call.operation === operation).length,
    makeDirectory: (path) => through('makeDirectory', path, real.makeDirectory(path)),
    syncDirectory: (path) => through('syncDirectory', path, real.syncDirectory(path)),
    list: (path) => through('list', path, real.list(path)),
    changed: (path) => through('changed', path, real.changed(path)),
    create: (path) =>
      through(
        'create',
        path,
        Effect.map(real.create(path), (opened) => file(path, opened)),
      ),
    openExisting: (path) =>
      through(
        'open',
        path,
        Effect.map(real.openExisting(path), (opened) => file(path, opened)),
      ),
    readAll: (path) => through('readAll', path, real.readAll(path)),
    size: (path) => through('size', path, real.size(path)),
    rename: (from, to) => through('rename', from, real.rename(from, to)),
    remove: (path) => through('remove', path, real.remove(path)),
    freeBytes: (path) => through('freeBytes', path, real.freeBytes(path)),
  };
  return recording;
}
