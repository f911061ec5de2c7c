import { appendFileSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Effect } from 'effect';
import { afterEach, describe, expect, test } from 'vitest';
import { ArchiveQueue, type QueueOptions } from '../../../src/engine/store/archive/queue.ts';
import { closedFiles, queuedBytes, recoverQueue } from '../../../src/engine/store/archive/queue-recovery.ts';
import { readObject } from '../../../src/engine/store/archive/read-object.ts';
import { newFolder, numbered, removeFolder } from './archive-fixture.ts';

const folders: string[] = [];
afterEach(() => folders.splice(0).forEach(removeFolder));

async function openQueue(options: Partial<QueueOptions> = {}): Promise<{ queue: ArchiveQueue; directory: string }> {
  const directory = newFolder();
  folders.push(directory);
  await Effect.runPromise(recoverQueue(directory));
  const usual = { objectBytes: 64 * 1024 ** 2, objectAgeMs: 3_600_000, queueBytes: 1024 ** 3, queuedBytes: 0 };
  return { directory, queue: new ArchiveQueue({ directory, ...usual, onClosed: () => {}, ...options }) };
}

async function payloadsIn(directory: string): Promise<string[]> {
  const payloads: string[] = [];
  for (const { path } of closedFiles(directory)) {
    for await (const { records, damage } of readObject(readFileSync(path))) {
      expect(damage).toEqual([]);
      payloads.push(...records.map(({ payload }) => Buffer.from(payload).toString('hex')));
    }
  }
  return payloads;
}

const hex = (number: number): string => Buffer.from(numbered(number).payload).toString('hex');

describe('the queue to the archive', () => {
  test('keeps every request, small ones together and one larger than a batch, though their memory is used again', async () => {
    const { queue, directory } = await openQueue();
    const shared = Buffer.alloc(2000);
    for (let number = 0; number < 1200; number++) {
      const request = numbered(number);
      shared.set(request.payload);
      queue.tap({ ...request, payload: shared });
    }
    const large = numbered(5000, 3 * 1024 ** 2);
    queue.tap(large);
    await queue.close();
    const found = await payloadsIn(directory);
    expect(found).toHaveLength(1201);
    expect(new Set(found)).toEqual(
      new Set([
        ...Array.from({ length: 1200 }, (_, number) => hex(number)),
        Buffer.from(large.payload).toString('hex'),
      ]),
    );
    expect(queue.fileBytes).toBe(queuedBytes(directory));
    expect(queue.dropped.requests).toBe(0);
  });

  test('a full queue leaves requests out, counts them, and takes them again when files were uploaded', async () => {
    const { queue, directory } = await openQueue({ queueBytes: 100_000 });
    let sent = 0;
    for (; queue.fileBytes < 100_000; sent++) {
      queue.tap(numbered(sent));
      if (sent % 20 === 19) await queue.flush();
    }
    const before = sent;
    for (; sent < before + 30; sent++) queue.tap(numbered(sent));
    expect(queue.dropped).toMatchObject({ requests: 30, items: 30, byReason: { 'queue-full': 30 } });
    queue.freed(90_000);
    queue.tap(numbered(sent));
    await queue.close();
    expect(await payloadsIn(directory)).toHaveLength(before + 1);
  });

  test('what comes faster than it can be compressed is left out and counted, never kept in memory without end', async () => {
    const { queue, directory } = await openQueue();
    const request = numbered(1, 1024 ** 2);
    for (let number = 0; number < 100; number++) queue.tap(request);
    const { requests, byReason } = queue.dropped;
    expect(requests).toBeGreaterThan(50);
    expect(byReason).toEqual({ memory: requests });
    await queue.close();
    expect(await payloadsIn(directory)).toHaveLength(100 - requests);
  });

  test('a new hour begins a new file, whose name says the hour', async () => {
    const { queue, directory } = await openQueue();
    const hour = Date.UTC(2026, 0, 1, 10);
    for (const at of [hour - 2, hour - 1, hour, hour - 1, hour + 1]) queue.tap(numbered(at % 1000, 100, at));
    await queue.close();
    expect(closedFiles(directory).map(({ name }) => name.firstUnixMs)).toEqual([hour - 2, hour]);
  });

  test('open files of a killed process are cut behind their last whole frame and closed', async () => {
    const { queue, directory } = await openQueue();
    for (let number = 0; number < 50; number++) queue.tap(numbered(number));
    await queue.flush();
    const folder = join(directory, 'traces');
    const [open = ''] = readdirSync(folder);
    expect(open).toMatch(/\.open$/);
    const sound = statSync(join(folder, open)).size;
    appendFileSync(join(folder, open), readFileSync(join(folder, open)).subarray(0, 1000));
    await Effect.runPromise(recoverQueue(directory));
    expect(queuedBytes(directory)).toBe(sound);
    expect(await payloadsIn(directory)).toHaveLength(50);
    await queue.close().catch(() => {});
  });

  test('a folder that cannot be written counts as an error of the disk, and nothing is thrown at the receivers', async () => {
    const { queue, directory } = await openQueue();
    appendFileSync(join(directory, 'traces'), 'a file where the folder should be');
    queue.tap(numbered(1));
    await queue.close();
    expect(queue.dropped).toMatchObject({ requests: 1, byReason: { 'disk-error': 1 } });
    expect(queue.dropped.lastError).toMatch(/EEXIST|ENOTDIR/);
  });
});
