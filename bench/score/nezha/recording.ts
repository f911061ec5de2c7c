import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

/** An injected fault of the recording: text times, since numeric ones are eight hours off. */
export interface Fault {
  /** Unix milliseconds in the recording's own time. */
  readonly atMs: number;
  readonly pod: string;
  readonly kind: string;
}

export function readFaults(data: string): readonly Fault[] {
  const hours = JSON.parse(readFileSync(join(data, 'faults.json'), 'utf8')) as Readonly<
    Record<
      string,
      readonly { readonly inject_time: string; readonly inject_pod: string; readonly inject_type: string }[]
    >
  >;
  return Object.values(hours)
    .flat()
    .map((fault) => ({
      atMs: Date.parse(`${fault.inject_time.replace(' ', 'T')}Z`),
      pod: fault.inject_pod,
      kind: fault.inject_type,
    }))
    .sort((a, b) => a.atMs - b.atMs);
}

/** `normal/08_50`, `faulty/08_43` …: all minutes of the folder, in order of time. */
export const minutesOf = (data: string): readonly string[] =>
  globSync(join(data, '{normal,faulty}/trace/*_trace.csv.gz'))
    .map((file) => `${file.includes('/normal/') ? 'normal' : 'faulty'}/${basename(file).slice(0, 5)}`)
    .sort((a, b) => (a.slice(-5) < b.slice(-5) ? -1 : 1));

/** A file `HH_MM` holds about HH:(MM-1):08 to HH:MM:08, with a few spans of other minutes. @param dayMs any time of its day */
export function fileStart(name: string, dayMs: number): number {
  const [hour = 0, minute = 0] = name.slice(-5).split('_').map(Number);
  const day = Math.floor(dayMs / 86_400_000) * 86_400_000;
  return day + hour * 3_600_000 + minute * 60_000 - 52_000;
}
