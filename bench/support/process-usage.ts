import { readFileSync } from 'node:fs';

/** Fields 14 and 15 of /proc/<pid>/stat in ticks of 1/100 s, proc(5): user and system time of all threads so far. */
export function cpuSecondsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/**
 * Resident memory of a process, in bytes, pages that it shares with others counted in shares (`Pss` of proc(5)): daemon
 * and engine run the same program, whose pages are in memory once.
 */
export function residentBytesOf(pid: number): number {
  return Number(/^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? 0) * 1024;
}
