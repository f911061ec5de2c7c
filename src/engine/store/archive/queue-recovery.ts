import { randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { Effect } from 'effect';
import { StorageFailed } from '../../domain/errors.ts';
import { type Signal, signals } from '../../domain/signals.ts';
import { parseQueueFile, type QueueFileName } from './archive-key.ts';
import { soundLength } from './frame.ts';

/** A closed file that waits to be uploaded. */
export interface QueuedFile {
  readonly signal: Signal;
  readonly name: QueueFileName;
  readonly path: string;
  readonly bytes: number;
}

/** The closed files of the queue, oldest first. */
export function closedFiles(directory: string): readonly QueuedFile[] {
  return signals
    .flatMap((signal) => filesOf(directory, signal))
    .filter(({ name }) => name.state === 'zst')
    .toSorted((a, b) => a.name.firstUnixMs - b.name.firstUnixMs);
}

function filesOf(directory: string, signal: Signal): readonly QueuedFile[] {
  const folder = join(directory, signal);
  if (!existsSync(folder)) return [];
  return readdirSync(folder).flatMap((file) => {
    const name = parseQueueFile(file);
    const path = join(folder, file);
    return name === null ? [] : [{ signal, name, path, bytes: statSync(path).size }];
  });
}

/** Bytes of the queue's files, whatever their state. */
export function queuedBytes(directory: string): number {
  return signals.flatMap((signal) => filesOf(directory, signal)).reduce((sum, { bytes }) => sum + bytes, 0);
}

/**
 * Makes the folder usable: open files that a former process left are cut behind their last whole frame and closed.
 * @returns the instance's name, made at the first start
 */
export function recoverQueue(directory: string): Effect.Effect<string, StorageFailed> {
  return Effect.try({
    try: () => {
      mkdirSync(directory, { recursive: true, mode: 0o700 });
      for (const signal of signals) {
        for (const { path, name } of filesOf(directory, signal)) if (name.state === 'open') closeLeftOver(path);
      }
      return instanceOf(directory);
    },
    catch: (error) =>
      new StorageFailed({
        operation: 'recover the archive queue in',
        path: directory,
        code: (error as NodeJS.ErrnoException).code ?? String(error),
      }),
  });
}

function closeLeftOver(path: string): void {
  const soundBytes = soundLength(readFileSync(path));
  if (soundBytes === 0) return unlinkSync(path);
  const file = openSync(path, 'r+');
  try {
    ftruncateSync(file, soundBytes);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(path, path.replace(/\.open$/, '.zst'));
}

function instanceOf(directory: string): string {
  const path = join(directory, 'instance');
  const known = existsSync(path) ? readFileSync(path, 'utf8').trim() : '';
  if (/^[0-9a-f]{8}$/.test(known)) return known;
  const instance = randomBytes(4).toString('hex');
  writeFileSync(path, `${instance}\n`, { mode: 0o600 });
  return instance;
}
