import { readFileSync, writeFileSync } from 'node:fs';

/** Memory of a process in bytes, from proc(5). Linux only. */
export function residentBytes(pid: number): number {
  return statusField(pid, 'VmRSS');
}

/** The most it held since the last `forgetPeak`, as the kernel counted it: no sample is missed. */
export function peakBytes(pid: number): number {
  return statusField(pid, 'VmHWM');
}

export function forgetPeak(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, '5');
}

function statusField(pid: number, name: string): number {
  const line = readFileSync(`/proc/${pid}/status`, 'utf8')
    .split('\n')
    .find((text) => text.startsWith(`${name}:`));
  return Number(/\d+/.exec(line ?? '')?.[0] ?? Number.NaN) * 1024;
}

export const mebibytes = (bytes: number): number => Math.round((bytes / 1024 / 1024) * 10) / 10;
