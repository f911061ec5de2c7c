import { readFileSync } from 'node:fs';

/**
 * Tells one process from a later one with the same id: pids are used again, and `obs down` must never signal a stranger.
 * On Linux the start time in clock ticks since boot (proc(5), field 22); elsewhere empty, where the pid alone must do.
 */
export function processIdentity(pid: number): string {
  return statField(pid, 22) ?? '';
}

/** True while the process runs; with `identity`, only while it is still the same one. */
export function isAlive(pid: number, identity = ''): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it is there, only not ours to signal.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  // A zombie has ended; only its parent has not asked yet.
  if (statField(pid, 3) === 'Z') return false;
  return identity === '' || processIdentity(pid) === identity;
}

/** A field of `/proc/<pid>/stat`, counted from 1 as proc(5) does; the command name in field 2 may hold blanks. */
function statField(pid: number, field: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return (
      stat
        .slice(stat.lastIndexOf(')') + 2)
        .split(' ')
        .at(field - 3) ?? null
    );
  } catch {
    return null;
  }
}
