import { promisify } from 'node:util';
import { zstdCompress } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { hourFolder, objectKey, parseKey, parseQueueFile } from '../../../src/engine/store/archive/archive-key.ts';
import { soundLength, writeFrameHeader } from '../../../src/engine/store/archive/frame.ts';
import { readObject } from '../../../src/engine/store/archive/read-object.ts';
import { type ArchiveRecord, recordOverheadBytes, writeRecord } from '../../../src/engine/store/archive/record.ts';
import { seededRandom } from '../../support/random.ts';
import { numbered } from './archive-fixture.ts';

async function frameOf(records: readonly ArchiveRecord[]): Promise<Buffer> {
  const content = Buffer.alloc(records.reduce((sum, { payload }) => sum + payload.length + recordOverheadBytes, 0));
  let end = 0;
  for (const record of records) end = writeRecord(record, content, end);
  const compressed = await promisify(zstdCompress)(content.subarray(0, end));
  const index = { records: records.length, items: records.length, firstUnixMs: 1, lastUnixMs: 2 };
  const sizes = { compressedBytes: compressed.length, contentBytes: end };
  return Buffer.concat([writeFrameHeader({ ...index, ...sizes }, compressed), compressed]);
}

async function readAll(bytes: Buffer): Promise<{ payloads: Buffer[]; damage: number }> {
  const payloads: Buffer[] = [];
  let damage = 0;
  for await (const frame of readObject(bytes)) {
    payloads.push(...frame.records.map(({ payload }) => Buffer.from(payload)));
    damage += frame.damage.length;
  }
  return { payloads, damage };
}

describe('an object', () => {
  test('gives back every request as it was, an empty one and line ends among them', async () => {
    const requests = [
      numbered(1),
      { ...numbered(2, 0), encoding: 'json' as const },
      { ...numbered(3), signal: 'logs' as const, payload: Buffer.from('{}\n{"a":1}\n\n') },
    ];
    const bytes = Buffer.concat([await frameOf(requests.slice(0, 2)), await frameOf(requests.slice(2))]);
    const read: ArchiveRecord[] = [];
    for await (const { records } of readObject(bytes)) read.push(...records);
    expect(read.map((record) => ({ ...record, payload: Buffer.from(record.payload) }))).toEqual(
      requests.map((record) => ({ ...record, payload: Buffer.from(record.payload) })),
    );
  });

  test('wherever one byte changes or the end is missing, what is read is what was written, and the rest is told', async () => {
    const originals = [1, 2, 3, 4].map((number) => numbered(number, 300));
    const known = new Set(originals.map(({ payload }) => Buffer.from(payload).toString('hex')));
    const frames = await Promise.all(originals.map((record) => frameOf([record])));
    const whole = Buffer.concat(frames);
    const random = seededRandom(7);
    for (let round = 0; round < 400; round++) {
      const cut = random.int(2) === 0;
      const at = random.int(whole.length);
      const bytes = Buffer.from(cut ? whole.subarray(0, at) : whole);
      if (!cut) bytes[at] = (bytes[at] ?? 0) ^ (1 + random.int(255));
      const { payloads, damage } = await readAll(bytes);
      for (const payload of payloads) expect(known.has(payload.toString('hex'))).toBe(true);
      const onBorder = cut && [0, ...frames.map((_, n) => Buffer.concat(frames.slice(0, n + 1)).length)].includes(at);
      // A changed time or count in a frame's index is no lost request; all else is damage, and says so.
      if (payloads.length < originals.length && !onBorder) expect(damage).toBeGreaterThan(0);
      expect(soundLength(bytes)).toBeLessThanOrEqual(bytes.length);
    }
  });
});

describe('names', () => {
  test('sort by time, say signal, hour and instance, and are read back', () => {
    const file = parseQueueFile('001795465854177-15276af6.zst');
    expect(file).not.toBeNull();
    if (file === null) return;
    const key = objectKey('a/b', 'traces', '3f9a01c2', file);
    expect(key).toBe('a/b/traces/2026/11/23/20/001795465854177-3f9a01c2-15276af6.otlp.zst');
    expect(parseKey('a/b', key)).toMatchObject({ signal: 'traces', instance: '3f9a01c2', kind: 'object' });
    expect(key.startsWith(hourFolder('a/b', 'traces', 1_795_465_854_177))).toBe(true);
    expect(parseKey('other', key)).toBeNull();
    expect(parseKey('', 'traces/2026/11/23/20/manifest-3f9a01c2.json')).toMatchObject({ kind: 'manifest' });
    expect(parseKey('', 'traces/2026/11/23/20/notes.txt')).toBeNull();
  });
});
