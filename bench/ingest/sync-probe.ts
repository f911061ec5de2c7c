/** A process that appends and syncs beside a measurement: what the disk itself takes for a durable write just then. */
import { fork } from 'node:child_process';
import { closeSync, fdatasyncSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const everyMs = 50;

/** Starts the probe; the function that comes back ends it and gives the times of its syncs in milliseconds. */
export function startSyncProbe(folder: string, bytes: number): () => Promise<readonly number[]> {
  const child = fork(import.meta.filename, [folder, String(bytes)]);
  const times = new Promise<readonly number[]>((resolve, reject) => {
    child.once('message', (message) => resolve(message as readonly number[])).once('error', reject);
  });
  return () => {
    child.send('end');
    return times;
  };
}

function probe(folder: string, bytes: number): void {
  const path = join(folder, 'sync-probe');
  const file = openSync(path, 'w');
  const chunk = Buffer.alloc(bytes, 'obs');
  const times: number[] = [];
  const timer = setInterval(() => {
    writeSync(file, chunk);
    const start = performance.now();
    fdatasyncSync(file);
    times.push(performance.now() - start);
  }, everyMs);
  process.once('message', () => {
    clearInterval(timer);
    closeSync(file);
    rmSync(path);
    process.send?.(times, () => process.exit());
  });
}

if (process.argv[1] === import.meta.filename) probe(process.argv[2] ?? '', Number(process.argv[3]));
