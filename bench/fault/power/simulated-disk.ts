import { dirname } from 'node:path';
import { Effect } from 'effect';
import { StorageFailed } from '../../../src/engine/domain/errors.ts';
import type { SpoolFile, SpoolFileSystem } from '../../../src/engine/spool/spool-files.ts';
import type { Random } from '../../../test/support/random.ts';
import { SimulatedFile } from './simulated-file.ts';
import { SimulatedFolders } from './simulated-folders.ts';

/** Ways in which a disk, or the code above it, could break the promise: the simulation must see each of them. */
export type Lie = 'none' | 'no-data-sync' | 'no-folder-sync';

export interface DiskTrouble {
  readonly lie: Lie;
  /** One call in so many fails with EIO or ENOSPC, though the power stays; 0 for none. */
  readonly failOneIn: number;
}

/**
 * A disk in memory under the spool's own code. It goes dark at a chosen call, in the midst of it too, and then gives
 * what is left: every synced byte and name, and of what was not synced an arbitrary subset.
 */
export class SimulatedDisk {
  #folders: SimulatedFolders;
  #callsLeft = Infinity;
  readonly #random: Random;
  readonly #trouble: DiskTrouble;
  /** Whether calls may fail for reasons other than the power; not while the last life is judged. */
  troubled = true;

  constructor(random: Random, trouble: DiskTrouble) {
    this.#random = random;
    this.#trouble = trouble;
    this.#folders = new SimulatedFolders(
      new Map([
        ['/', 'folder'],
        ['/home', 'folder'],
      ]),
    );
  }

  get isDark(): boolean {
    return this.#callsLeft <= 0;
  }

  /** The power goes at the so manieth call from now. */
  cutAfter(calls: number): void {
    this.#callsLeft = calls;
  }

  /** Dark before the calls are used up. */
  goDark(): void {
    this.#callsLeft = 0;
  }

  /** The process died and the machine did not: all that was written is there, synced or not. */
  restartProcess(): void {
    this.#callsLeft = Infinity;
  }

  /** The machine is back. */
  restartMachine(): void {
    this.#folders = this.#folders.afterPowerCut(this.#random);
    this.#callsLeft = Infinity;
  }

  /** A file's bytes for another process, the engine. */
  contentOf(path: string): Uint8Array | null {
    const node = this.#folders.get(path);
    return node instanceof SimulatedFile ? node.bytes : null;
  }

  /** Names of the files in a folder. */
  namesIn(folder: string): readonly string[] {
    return this.#folders.namesIn(folder);
  }

  /** One system call: others may run before and after it, and the power may go at either time. */
  readonly #call = <A>(
    operation: string,
    path: string,
    begin: () => (outcome: 'done' | 'failed') => A | StorageFailed,
  ): Effect.Effect<A, StorageFailed> =>
    Effect.gen({ self: this }, function* () {
      const failed = (code: string) => new StorageFailed({ operation, path, code });
      yield* this.#pause();
      if (--this.#callsLeft < 0) return yield* failed('EDARK');
      const end = begin();
      yield* this.#pause();
      if (this.isDark) return yield* failed('EDARK');
      const { failOneIn } = this.#trouble;
      const breaks = this.troubled && failOneIn > 0 && this.#random.int(failOneIn) === 0;
      const result = end(breaks ? 'failed' : 'done');
      if (breaks) return yield* failed(this.#random.int(2) === 0 ? 'EIO' : 'ENOSPC');
      if (result instanceof StorageFailed) return yield* result;
      return result;
    });

  #pause(): Effect.Effect<void> {
    return this.#random.int(3) === 0 ? Effect.yieldNow : Effect.void;
  }

  readonly #missing = (operation: string, path: string) => new StorageFailed({ operation, path, code: 'ENOENT' });

  readonly #onFile = <A>(operation: string, path: string, use: (file: SimulatedFile) => A) =>
    this.#call(operation, path, () => () => {
      const node = this.#folders.get(path);
      return node instanceof SimulatedFile ? use(node) : this.#missing(operation, path);
    });

  readonly #opened = (path: string, file: SimulatedFile): SpoolFile => ({
    write: (parts, position) =>
      this.#call('write', path, () => {
        const bytes = Buffer.concat(parts);
        // From its first byte on a write may be on the disk, also one that is then said to have failed.
        file.write(bytes.subarray(0, this.isDark ? this.#random.int(bytes.length + 1) : bytes.length), position);
        return () => undefined;
      }),
    read: (position, length) =>
      this.#call('read', path, () => () => Buffer.from(file.bytes.slice(position, position + length))),
    truncate: (length) =>
      this.#call('truncate', path, () => (outcome) => {
        if (outcome === 'done') file.truncate(length);
      }),
    dataSync: this.#call('sync', path, () => {
      const sync = file.beginSync();
      return (outcome) => {
        if (this.#trouble.lie === 'no-data-sync') return;
        if (outcome === 'done') sync.succeeded();
        else sync.failed();
      };
    }),
    close: Effect.void,
  });

  readonly files: SpoolFileSystem = {
    makeDirectory: (path) =>
      this.#call('create folder', path, () => () => {
        const missing: string[] = [];
        for (let folder = path; this.#folders.get(folder) === undefined; folder = dirname(folder)) missing.push(folder);
        for (const folder of missing.toReversed()) this.#folders.add(folder, 'folder');
      }),
    syncDirectory: (path) =>
      this.#call('sync folder', path, () => {
        const sync = this.#folders.beginSync(path);
        return (outcome) => {
          if (outcome === 'done' && this.#trouble.lie !== 'no-folder-sync') sync();
        };
      }),
    list: (path) =>
      this.#call(
        'list',
        path,
        () => () =>
          this.#folders.get(path) === 'folder'
            ? this.#folders.namesIn(path).map((name) => name.slice(name.lastIndexOf('/') + 1))
            : this.#missing('list', path),
      ),
    changed: (path) => Effect.sync(() => this.#folders.stampOf(path)),
    create: (path) =>
      this.#call('create', path, () => (outcome) => {
        if (this.#folders.get(path) !== undefined)
          return new StorageFailed({ operation: 'create', path, code: 'EEXIST' });
        const file = new SimulatedFile();
        if (outcome === 'done') this.#folders.add(path, file);
        return this.#opened(path, file);
      }),
    openExisting: (path) => this.#onFile('open', path, (file) => this.#opened(path, file)),
    readAll: (path) => this.#onFile('read', path, (file) => file.bytes.slice()),
    size: (path) => this.#onFile('stat', path, (file) => file.bytes.length),
    rename: (from, to) =>
      this.#call('rename', from, () => (outcome) => {
        if (this.#folders.get(from) === undefined) return this.#missing('rename', from);
        if (outcome === 'done') this.#folders.rename(from, to);
        return undefined;
      }),
    remove: (path) =>
      this.#call('remove', path, () => (outcome) => {
        if (this.#folders.get(path) === undefined) return this.#missing('remove', path);
        if (outcome === 'done') this.#folders.remove(path);
        return undefined;
      }),
    freeBytes: () => Effect.succeed(1e12),
  };
}
