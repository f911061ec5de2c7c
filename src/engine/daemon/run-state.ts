import { closeSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { Effect, type Scope } from 'effect';
import type { Paths } from '../config/paths.ts';
import { StorageFailed, StoreLocked } from '../domain/errors.ts';
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
}

/** The run state of a living daemon; `null` when none is there or the one that wrote it is dead. */
export function readRunState(paths: Paths): RunState | null {
  try {
    const state = JSON.parse(readFileSync(paths.runFile, 'utf8')) as RunState;
    return isAlive(state.pid, state.identity) ? state : null;
  } catch {
    return null;
  }
}

/** Writes the run file whole or not at all; it goes with the scope. */
export function publishRunState(paths: Paths, state: RunState): Effect.Effect<void, StorageFailed, Scope.Scope> {
  return Effect.acquireRelease(
    Effect.try({
      try: () => {
        const temporary = `${paths.runFile}.${state.pid}`;
        writeFileSync(temporary, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 });
        renameSync(temporary, paths.runFile);
      },
      catch: (error) => storageFailed('write', paths.runFile, error),
    }),
    () => Effect.sync(() => rmSync(paths.runFile, { force: true })),
  );
}

/**
 * Holds the home folder for this process. Two daemons over one spool would each load what the other wrote.
 * The lock of a process that died (no cleanup ran) is taken over.
 */
export function lockHome(paths: Paths): Effect.Effect<void, StoreLocked | StorageFailed, Scope.Scope> {
  const lock = join(paths.run, 'daemon.lock');
  return Effect.acquireRelease(
    Effect.gen(function* () {
      yield* Effect.try({
        try: () => {
          for (const folder of [paths.home, paths.run]) mkdirSync(folder, { recursive: true, mode: 0o700 });
        },
        catch: (error) => storageFailed('create', paths.home, error),
      });
      if (tryLock(lock)) return;
      const holder = readHolder(lock);
      if (holder !== null && isAlive(holder.pid, holder.identity)) {
        return yield* new StoreLocked({ path: paths.home, pid: holder.pid });
      }
      rmSync(lock, { force: true });
      if (!tryLock(lock)) return yield* new StoreLocked({ path: paths.home });
    }),
    () => Effect.sync(() => rmSync(lock, { force: true })),
  );
}

function tryLock(path: string): boolean {
  try {
    const file = openSync(path, 'wx', 0o600);
    writeSync(file, `${process.pid} ${processIdentity(process.pid)}`);
    closeSync(file);
    return true;
  } catch {
    return false;
  }
}

function readHolder(path: string): { readonly pid: number; readonly identity: string } | null {
  try {
    const [pid = '', identity = ''] = readFileSync(path, 'utf8').split(' ');
    return /^\d+$/.test(pid) ? { pid: Number(pid), identity } : null;
  } catch {
    return null;
  }
}

function storageFailed(operation: string, path: string, error: unknown): StorageFailed {
  return new StorageFailed({ operation, path, code: (error as NodeJS.ErrnoException).code ?? String(error) });
}
