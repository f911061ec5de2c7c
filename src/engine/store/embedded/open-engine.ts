import { chmodSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Session } from 'chdb';
import { StorageFailed, StoreLocked } from '../../domain/errors.ts';
import { findOrphanedTokens, forgetTokens } from './deduplication-log.ts';

/** How the engine starts; each argument is explained in docs/storage.md. */
const connectionArgs: readonly string[] = [
  '--os_threads_nice_value_merge_mutate=10',
  '--memory_worker_period_ms=1000',
  '--mark_cache_size=134217728',
  '--background_pool_size=2',
  '--background_merges_mutations_concurrency_ratio=1',
];

/**
 * The first session on a directory: starts the engine in this process, and takes the directory's lock.
 * @throws StoreLocked | StorageFailed
 */
export function openEngine(path: string, backups?: string): Session {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    closeToOthers(path);
  } catch (error) {
    throw new StorageFailed({ operation: 'create', path, code: errorCode(error) });
  }
  try {
    const session = startEngine(path, backups);
    const orphaned = findOrphanedTokens(path);
    if (orphaned.length === 0) return session;
    // Found under the lock, mended while no engine runs.
    session.close();
    forgetTokens(orphaned);
    return startEngine(path, backups);
  } catch (error) {
    const pid = holder(path);
    if (pid !== undefined) throw new StoreLocked({ path, pid });
    throw new StorageFailed({ operation: 'open the store at', path, code: errorCode(error) });
  }
}

/** The engine makes its files readable by all where the process lets it; one of an older version made this folder so too. */
function closeToOthers(path: string): void {
  const { mode, uid } = statSync(path);
  if ((mode & 0o077) !== 0 && uid === process.getuid?.()) chmodSync(path, 0o700);
}

/**
 * The engine takes its time zone from `TZ` when it starts, and keeps it: days of partitions and times in answers are
 * UTC wherever the machine stands. The variable is put back at once, as JavaScript reads it too.
 */
function startEngine(path: string, backups: string | undefined): Session {
  const zone = process.env['TZ'];
  process.env['TZ'] = 'UTC';
  try {
    const allowed = backups === undefined ? [] : [`--backups.allowed_path=${backups}`];
    return new Session(path, { connectionArgs: [...connectionArgs, ...allowed] });
  } finally {
    if (zone === undefined) delete process.env['TZ'];
    else process.env['TZ'] = zone;
  }
}

/** One more session beside the first; cheap (0.6 ms). */
export function openBeside(path: string): Session {
  return new Session(path);
}

/**
 * chDB says only that it failed; ClickHouse leaves the pid of the lock's holder in the file `status`, and leaves the
 * file itself behind. So a living process of that number is taken for the holder only after an open has failed.
 */
function holder(path: string): number | undefined {
  let text: string;
  try {
    text = readFileSync(join(path, 'status'), 'utf8');
  } catch {
    return undefined;
  }
  const pid = Number(/^PID: (\d+)/m.exec(text)?.[1]);
  return Number.isInteger(pid) && pid !== process.pid && isAlive(pid) ? pid : undefined;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) === 'EPERM';
  }
}

function errorCode(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return 'code' in error && typeof error.code === 'string' && !error.code.startsWith('CHDB_')
    ? error.code
    : error.message;
}
