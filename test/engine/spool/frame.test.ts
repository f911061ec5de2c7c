import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Block,
  frameBlock,
  frameHeaderBytes,
  readFrameHeader,
  scanFrames,
} from '../../../src/engine/spool/frame.ts';

const block = fc.record({
  columns: fc.integer({ min: 0, max: 300 }),
  rows: fc.integer({ min: 1, max: 400 }),
  body: fc.uint8Array({ maxLength: 600 }),
});
const segmentOf = (blocks: readonly Block[]): Buffer => Buffer.concat(blocks.flatMap(frameBlock));

describe('framing', () => {
  test('looks like this on the disk', () => {
    const [head] = frameBlock({ columns: 2, rows: 3, body: Buffer.from('body') });
    expect(Buffer.from(head!).toString('latin1')).toMatch(
      /^\u0003\u0003\u0022_frame1_0000000d_00000003_[0-9a-f]{8}\u0005UInt8\0\0\0$/,
    );
  });

  test('gives back the rows and the place of every block', () => {
    fc.assert(
      fc.property(fc.array(block, { maxLength: 6 }), (blocks) => {
        const bytes = segmentOf(blocks);
        const { sound, damage } = scanFrames(bytes);
        expect(damage).toEqual([]);
        expect(sound.map((frame) => frame.rows)).toEqual(blocks.map(({ rows }) => rows));
        for (const [index, frame] of sound.entries()) {
          expect(bytes.subarray(frame.start, frame.end).subarray(-blocks[index]!.body.length || undefined)).toEqual(
            blocks[index]!.body.length > 0 ? Buffer.from(blocks[index]!.body) : bytes.subarray(frame.start, frame.end),
          );
        }
      }),
    );
  });

  test('is measured by its header alone', () => {
    fc.assert(
      fc.property(block, (block) => {
        const bytes = segmentOf([block]);
        const header = readFrameHeader(bytes.subarray(0, frameHeaderBytes), 0);
        expect(header).toMatchObject({ rows: block.rows, bytes: bytes.length });
      }),
    );
  });
});

describe('a segment that ends early', () => {
  test('gives all its whole blocks, and calls the rest unfinished, wherever it ends', () => {
    fc.assert(
      fc.property(fc.array(block, { minLength: 1, maxLength: 4 }), fc.nat(), (blocks, at) => {
        const whole = segmentOf(blocks);
        const length = at % (whole.length + 1);
        const { sound, damage } = scanFrames(whole.subarray(0, length));
        const expected = scanFrames(whole).sound.filter((frame) => frame.end <= length);
        expect(sound).toEqual(expected);
        const cut = expected.at(-1)?.end ?? 0;
        expect(damage).toEqual(cut === length ? [] : [{ start: cut, end: length, kind: 'unfinished' }]);
      }),
      { numRuns: 500 },
    );
  });

  test('in zeros, as after a power cut, is unfinished too', () => {
    const bytes = segmentOf([{ columns: 1, rows: 2, body: Buffer.from('x') }]);
    const { sound, damage } = scanFrames(Buffer.concat([bytes, Buffer.alloc(4096)]));
    expect(sound).toHaveLength(1);
    expect(damage).toEqual([{ start: bytes.length, end: bytes.length + 4096, kind: 'unfinished' }]);
  });
});

describe('a segment with other bytes than were written', () => {
  test('never gives a block that was touched, nor loses one in front of it', () => {
    fc.assert(
      fc.property(
        fc.array(block, { minLength: 1, maxLength: 4 }),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        (blocks, place, flip) => {
          const bytes = segmentOf(blocks);
          const before = scanFrames(bytes).sound;
          const at = place % bytes.length;
          bytes[at] = bytes[at]! ^ flip;
          const { sound, damage } = scanFrames(bytes);
          expect(damage.length).toBeGreaterThan(0);
          expect(sound.some((frame) => frame.start <= at && at < frame.end)).toBe(false);
          expect(sound).toEqual(expect.arrayContaining(before.filter((frame) => frame.end <= at)));
        },
      ),
      { numRuns: 500 },
    );
  });

  test('goes on behind a block with a bad checksum', () => {
    const blocks = ['one', 'two', 'three'].map((text) => ({ columns: 1, rows: 1, body: Buffer.from(text) }));
    const bytes = segmentOf(blocks);
    const frames = scanFrames(bytes).sound;
    bytes[frames[1]!.end - 1]! ^= 1;
    expect(scanFrames(bytes)).toEqual({
      sound: [frames[0], frames[2]],
      damage: [{ start: frames[1]!.start, end: frames[1]!.end, kind: 'checksum' }],
    });
  });

  test('of another program is foreign', () => {
    const bytes = Buffer.from('PAR1 is how another format begins, and it is not ours at all');
    expect(scanFrames(bytes).damage).toEqual([{ start: 0, end: bytes.length, kind: 'foreign' }]);
    expect(scanFrames(Buffer.alloc(60, 0xff)).damage).toEqual([{ start: 0, end: 60, kind: 'foreign' }]);
  });
});
