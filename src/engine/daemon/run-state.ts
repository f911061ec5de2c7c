import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Effect, type Scope } from 'effect';
import type { Paths } from '../config/paths.ts';
import { StorageFailed, StoreLocked } from '../domain/errors.ts';
import { makeFolder } from './make-folder.ts';
import { isAlive, processIdentity } from './process-identity.ts';

/** Full URLs, as users paste them. */
export interface Endpoints {
  readonly otlpGrpc: string;
  readonly otlpHttp: string;
  readonly query: string;
}

/** What a running daemon leaves in its run file, for every other obs process to find it by. */
export interface RunState {
  readonly pid: number;
  /** See `processIdentity`. */
  readonly identity: string;
  readonly version: string;
  readonly startedAt: string;
  readonly endpoints: Endpoints;
  /** Whether the listeners ask for TLS or a token. */
  readonly secured: boolean;
  /** What obs's own commands show and expect. Never printed. A daemon of an older version on loopback has none. */
  readonly access?: {
    readonly localKey: string;
    /** The server's certificate in PEM; `null`: no TLS. */
    readonly certificate: string | null;
  };
}

/**
 * The run state of a living daemon; `null` when none is there or the one that wrote it is dead.
 * @throws the system's error where the file may be there and cannot be read, as another user's
 */
export function readRunState(paths: Paths): RunState | null {
  const text = textOf(paths.runFile);
  if (text === null) return null;
  try {
    const state = JSON.parse(text) as RunState;
    return isAlive(state.pid, state.identity) ? state : null;
  } catch {
    return null;
  }
}

function textOf(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw error;
  }
}

/** Writes the run file whole or not at all; it goes with the scope. */
export function publishRunState(paths: Paths, state: RunState): Effect.Effect<void, StorageFailed, Scope.Scope> {
  return Effect.acquireRelease(
    Effect.try({
      try: () => writeRunState(paths, state),
      catch: (error) => storageFailed('write', paths.runFile, error),
    }),
    () => Effect.sync(() => rmSync(paths.runFile, { force: true })),
  );
}

/** @throws the system's error */
export function writeRunState(paths: Paths, state: RunState): void {
  const temporary = `${paths.runFile}.${state.pid}`;
  writeFileSync(temporary, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 });
  renameSync(temporary, paths.runFile);
}

/**
 * Holds the home folder for this process. Two daemons over one spool would each load what the other wrote.
 * The lock of a process that died (no cleanup ran) is taken over.
 */
export function lockHome(paths: Paths): Effect.Effect<void, StoreLocked | StorageFailed, Scope.Scope> {
  const lock = lockFile(paths);
  return Effect.acquireRelease(
    Effect.gen(function* () {
      yield* Effect.try({
        try: () => {
          for (const folder of [paths.home, paths.run]) makeFolder(folder);
        },
        catch: (error) => storageFailed('create', paths.home, error),
      });
      if (yield* tryLock(lock)) return;
      const holder = lockHolder(paths);
      if (holder !== null) return yield* new StoreLocked({ path: paths.home, pid: holder.pid });
      rmSync(lock, { force: true });
      if (!(yield* tryLock(lock))) return yield* new StoreLocked({ path: paths.home });
    }),
    () => Effect.sync(() => rmSync(lock, { force: true })),
  );
}

const lockFile = (paths: Paths): string => join(paths.run, 'daemon.lock');

/** Writes the lock whole or not at all: half of one would be taken for a dead process's. False when there is one. */
function tryLock(path: string): Effect.Effect<boolean, StorageFailed> {
  return Effect.suspend(() => {
    const temporary = `${path}.${process.pid}`;
    try {
      writeFileSync(temporary, `${process.pid} ${processIdentity(process.pid)}`, { mode: 0o600 });
      linkSync(temporary, path);
      return Effect.succeed(true);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return Effect.succeed(false);
      return Effect.fail(storageFailed('write', path, error));
    } finally {
      rmSync(temporary, { force: true });
    }
  });
}

/** The living process that holds the home folder: a daemon that runs, starts or stops. */
export function lockHolder(paths: Paths): { readonly pid: number; readonly identity: string } | null {
  try {
    const [pid = '', identity = ''] = readFileSync(lockFile(paths), 'utf8').split(' ');
    const holder = { pid: Number(pid), identity };
    return /^\d+$/.test(pid) && isAlive(holder.pid, identity) ? holder : null;
  } catch {
    return null;
  }
}

function storageFailed(operation: string, path: string, error: unknown): StorageFailed {
  return new StorageFailed({ operation, path, code: (error as NodeJS.ErrnoException).code ?? String(error) });
}
