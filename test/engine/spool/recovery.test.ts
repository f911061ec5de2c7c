import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Effect } from 'effect';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { limits } from '../../../src/engine/domain/limits.ts';
import { frameBlock, scanFrames } from '../../../src/engine/spool/frame.ts';
import type { SpoolStatus } from '../../../src/engine/spool/spool.ts';
import { recordingFiles } from './recording-files.ts';
import { blockOf, tiny } from './row-encoder.ts';
import { filesOf, rowsIn, temporaryFolder, withSpool } from './spool-fixture.ts';

const table = 'otel_traces';
const id = (sequence: number) => `${String(sequence).padStart(15, '0')}-0000abcd`;

/** Blocks of 1, 2, 3 … rows, as a killed process could have left them. */
function segment(blocks: number): Buffer {
  const row = (number: number) => ({ name: 'left', number, unixMs: 1_700_000_000_000, padding: '' });
  return Buffer.concat(
    Array.from({ length: blocks }, (_, index) =>
      frameBlock(
        blockOf(
          table,
          Array.from({ length: index + 1 }, (_, number) => row(number)),
        ),
      ),
    ).flat(),
  );
}

async function leave(directory: string, name: string, bytes: Uint8Array): Promise<void> {
  await mkdir(join(directory, table), { recursive: true });
  await writeFile(join(directory, table, name), bytes);
}

const start = (directory: string, files = recordingFiles()): Promise<SpoolStatus> =>
  Effect.runPromise(withSpool({ directory, files }, (spool) => spool.status));

describe('after a kill, the spool', () => {
  test('keeps and closes every whole block, wherever the last write ended', async () => {
    const whole = segment(3);
    const frames = scanFrames(whole).sound;
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: whole.length }), async (length) => {
        const directory = await temporaryFolder();
        await leave(directory, `${id(7)}.open`, whole.subarray(0, length));
        const status = await start(directory);
        const kept = frames.filter((frame) => frame.end <= length);
        const rows = kept.reduce((sum, frame) => sum + frame.rows, 0);
        expect(status).toMatchObject({ segments: kept.length > 0 ? 1 : 0, rows, quarantined: 0 });
        expect(await filesOf(directory, table)).toEqual(kept.length > 0 ? [`${id(7)}.native`] : []);
        expect(await rowsIn(directory, table)).toBe(rows);
        const end = kept.at(-1)?.end ?? 0;
        if (kept.length > 0) {
          expect(await readFile(join(directory, table, `${id(7)}.native`))).toEqual(whole.subarray(0, end));
        }
        if (end < length) {
          const torn = `${table}.${id(7)}.open.torn`;
          expect(await filesOf(directory, 'quarantine')).toEqual([torn, `${torn}.json`]);
          expect(await readFile(join(directory, 'quarantine', torn))).toEqual(whole.subarray(end, length));
        }
      }),
      { numRuns: 60 },
    );
  });

  test('syncs what it keeps, which its writer may not have lived to do', async () => {
    const directory = await temporaryFolder();
    await leave(directory, `${id(7)}.open`, segment(2));
    const files = recordingFiles();
    await start(directory, files);
    const onFile = files.calls.filter(({ path }) => path.endsWith('.open')).map(({ operation }) => operation);
    expect(onFile).toEqual(['size', 'readAll', 'open', 'sync', 'close', 'rename']);
  });

  test('goes on with sequences behind those it found', async () => {
    const directory = await temporaryFolder();
    const future = 9_000_000_000_000;
    await leave(directory, `${id(future)}.native`, segment(1));
    await Effect.runPromise(
      withSpool({ directory }, (spool) => spool.append('traces', tiny({ name: 'a', rows: 1 }), 'json')),
    );
    const [, next] = await filesOf(directory, table);
    expect(next).toMatch(new RegExp(`^00${future + 1}-[0-9a-f]{8}\\.native$`));
  });

  test('keeps few torn writes to look at, the newest', async () => {
    const directory = await temporaryFolder();
    const kills = limits.spool.tornTailsKept + 4;
    for (let kill = 1; kill <= kills; kill++) await leave(directory, `${id(kill)}.open`, segment(1).subarray(0, 20));
    await start(directory);
    const torn = (await filesOf(directory, 'quarantine')).filter((name) => name.endsWith('.torn'));
    expect(torn).toHaveLength(limits.spool.tornTailsKept);
    expect(torn.at(-1)).toContain(id(kills));
    expect(torn[0]).toContain(id(5));
  });
});

describe('damaged bytes', () => {
  test('in the middle are set aside and counted, and the blocks around them kept', async () => {
    const directory = await temporaryFolder();
    const bytes = segment(3);
    const [first, second, third] = scanFrames(bytes).sound;
    bytes[second!.end - 1]! ^= 1;
    await leave(directory, `${id(7)}.open`, bytes);
    expect(await start(directory)).toMatchObject({ segments: 1, rows: 4, quarantined: 1 });
    expect(await readFile(join(directory, table, `${id(7)}.native`))).toEqual(
      Buffer.concat([bytes.subarray(first!.start, first!.end), bytes.subarray(third!.start, third!.end)]),
    );
    const aside = `${table}.${id(7)}.open.damaged`;
    expect(await readFile(join(directory, 'quarantine', aside))).toEqual(bytes.subarray(second!.start, second!.end));
    const why = JSON.parse(await readFile(join(directory, 'quarantine', `${aside}.json`), 'utf8'));
    expect(why).toMatchObject({ kind: 'damaged', reason: expect.stringContaining('checksum does not fit') });
  });

  test('that leave nothing sound leave no segment', async () => {
    const directory = await temporaryFolder();
    await leave(directory, `${id(7)}.open`, Buffer.from('these are not the bytes that you are looking for'));
    expect(await start(directory)).toMatchObject({ segments: 0, rows: 0, quarantined: 1 });
    expect(await filesOf(directory, table)).toEqual([]);
  });

  test('survive being killed in the middle of their rescue', async () => {
    const directory = await temporaryFolder();
    const bytes = segment(3);
    bytes[scanFrames(bytes).sound[0]!.end - 1]! ^= 1;
    await leave(directory, `${id(7)}.open`, bytes);
    await leave(directory, `${id(7)}.open.rescue`, bytes.subarray(0, 10));
    expect(await start(directory)).toMatchObject({ segments: 1, rows: 5, quarantined: 1 });
    expect(await filesOf(directory, table)).toEqual([`${id(7)}.native`]);
  });
});

describe('what does not belong', () => {
  test('is moved aside, folders too, and segments with it are found', async () => {
    const directory = await temporaryFolder();
    await leave(directory, 'notes.txt', Buffer.from('hello'));
    await mkdir(join(directory, table, 'lost+found'));
    await leave(directory, `${id(7)}.native`, segment(2));
    await leave(directory, `${id(8)}.open`, Buffer.alloc(0));
    const status = await start(directory);
    expect(status).toMatchObject({ segments: 1, rows: 3, oldestUnixMs: 7, quarantined: 2 });
    expect(await filesOf(directory, table)).toEqual([`${id(7)}.native`]);
    expect(await readFile(join(directory, 'quarantine', `${table}.notes.txt.foreign`), 'utf8')).toBe('hello');
  });

  test('an unreadable file is moved aside, and one that cannot even be moved keeps nobody from starting', async () => {
    const directory = await temporaryFolder();
    await leave(directory, `${id(7)}.open`, segment(1));
    await leave(directory, `${id(8)}.open`, segment(1));
    const files = recordingFiles();
    files.breakWhen = ({ operation, path }) =>
      operation === 'readAll' || (operation === 'rename' && path.includes(id(8))) ? 'EIO' : null;
    expect(await start(directory, files)).toMatchObject({ segments: 0, quarantined: 1 });
    expect(await filesOf(directory, table)).toEqual([`${id(8)}.open`]);
  });
});

test('a folder that cannot be used is an error that names it', async () => {
  const directory = join(await temporaryFolder(), 'file');
  await writeFile(directory, '');
  const error = await Effect.runPromise(Effect.flip(withSpool({ directory }, (spool) => spool.status)));
  expect(error).toMatchObject({ _tag: 'StorageFailed', code: 'ENOTDIR' });
});
