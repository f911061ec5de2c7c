import { type Signal, signals } from '../../domain/signals.ts';

const hourMs = 3_600_000;

/** `17:42:03.5` → `17:00:00.0`: objects hold what came in within one UTC hour. */
export function hourOf(unixMs: number): number {
  return Math.floor(unixMs / hourMs) * hourMs;
}

export const hourEnd = (hourUnixMs: number): number => hourUnixMs + hourMs;

/** `2026/11/23/17` */
function hourPath(hourUnixMs: number): string {
  return new Date(hourUnixMs).toISOString().slice(0, 13).replaceAll('-', '/').replace('T', '/');
}

/** The folder of one signal and hour, with the slash at its end. */
export function hourFolder(prefix: string, signal: Signal, unixMs: number): string {
  return `${signalFolder(prefix, signal)}${hourPath(hourOf(unixMs))}/`;
}

export function signalFolder(prefix: string, signal: Signal): string {
  return prefix === '' ? `${signal}/` : `${prefix}/${signal}/`;
}

/** The stem of a file in the queue: when its first request came in, and a random part. */
export function queueStem(firstUnixMs: number, random: number): string {
  return `${String(Math.floor(firstUnixMs)).padStart(15, '0')}-${(random >>> 0).toString(16).padStart(8, '0')}`;
}

const queuePattern = /^((\d{15})-([0-9a-f]{8}))\.(open|zst)$/;

export interface QueueFileName {
  readonly stem: string;
  readonly firstUnixMs: number;
  readonly state: 'open' | 'zst';
}

export function parseQueueFile(name: string): QueueFileName | null {
  const match = queuePattern.exec(name);
  if (match === null) return null;
  return { stem: match[1] ?? '', firstUnixMs: Number(match[2]), state: match[4] === 'open' ? 'open' : 'zst' };
}

/** Follows from the file's name alone, so that an upload that is done again writes the same object. */
export function objectKey(
  prefix: string,
  signal: Signal,
  instance: string,
  { stem, firstUnixMs }: QueueFileName,
): string {
  const [first, random] = stem.split('-');
  return `${hourFolder(prefix, signal, firstUnixMs)}${first}-${instance}-${random}.otlp.zst`;
}

export function manifestKey(prefix: string, signal: Signal, instance: string, unixMs: number): string {
  return `${hourFolder(prefix, signal, unixMs)}manifest-${instance}.json`;
}

export interface ParsedKey {
  readonly signal: Signal;
  readonly hourUnixMs: number;
  readonly instance: string;
  readonly kind: 'object' | 'manifest';
}

const keyPattern =
  /^(\w+)\/(\d{4})\/(\d\d)\/(\d\d)\/(\d\d)\/(?:\d{15}-([0-9a-f]{8})-[0-9a-f]{8}\.otlp\.zst|manifest-([0-9a-f]{8})\.json)$/;

/** `null` for what is no name of ours. */
export function parseKey(prefix: string, key: string): ParsedKey | null {
  const below = prefix === '' ? key : key.startsWith(`${prefix}/`) ? key.slice(prefix.length + 1) : '';
  const match = keyPattern.exec(below);
  if (match === null) return null;
  const [, signal, year, month, day, hour, ofObject, ofManifest] = match;
  if (!signals.includes(signal as Signal)) return null;
  return {
    signal: signal as Signal,
    hourUnixMs: Date.parse(`${year}-${month}-${day}T${hour}:00:00Z`),
    instance: ofObject ?? ofManifest ?? '',
    kind: ofObject === undefined ? 'manifest' : 'object',
  };
}
