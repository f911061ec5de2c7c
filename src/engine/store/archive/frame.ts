import { crc32 } from 'node:zlib';

/**
 * An object is a row of frames: our index as a zstd skippable frame (RFC 8878, 3.1.2), then a zstd frame of records.
 * `zstd -d` reads past the index; we step from one to the next by it, and tell a torn write from rotten bytes.
 */
const skippableMagic = 0x184d2a5f;
const indexBytes = 40;
const mark = Buffer.from('OBS1', 'latin1');
export const frameHeaderBytes = 8 + indexBytes;

export interface FrameIndex {
  readonly compressedBytes: number;
  readonly contentBytes: number;
  readonly records: number;
  readonly items: number;
  readonly firstUnixMs: number;
  readonly lastUnixMs: number;
}

export function writeFrameHeader(index: FrameIndex, compressed: Uint8Array): Buffer {
  const head = Buffer.alloc(frameHeaderBytes);
  head.writeUInt32LE(skippableMagic, 0);
  head.writeUInt32LE(indexBytes, 4);
  mark.copy(head, 8);
  head.writeUInt32LE(index.compressedBytes, 12);
  head.writeUInt32LE(index.contentBytes, 16);
  head.writeUInt32LE(index.records, 20);
  head.writeUInt32LE(index.items, 24);
  head.writeUInt32LE(crc32(compressed), 28);
  head.writeDoubleLE(index.firstUnixMs, 32);
  head.writeDoubleLE(index.lastUnixMs, 40);
  return head;
}

/** `short`: the bytes end within the header; `foreign`: no frame of ours begins here. */
export function readFrameHeader(bytes: Buffer, offset: number): (FrameIndex & { crc: number }) | 'short' | 'foreign' {
  if (offset + frameHeaderBytes > bytes.length) return 'short';
  const isOurs =
    bytes.readUInt32LE(offset) === skippableMagic &&
    bytes.readUInt32LE(offset + 4) === indexBytes &&
    bytes.subarray(offset + 8, offset + 12).equals(mark);
  if (!isOurs) return 'foreign';
  return {
    compressedBytes: bytes.readUInt32LE(offset + 12),
    contentBytes: bytes.readUInt32LE(offset + 16),
    records: bytes.readUInt32LE(offset + 20),
    items: bytes.readUInt32LE(offset + 24),
    crc: bytes.readUInt32LE(offset + 28),
    firstUnixMs: bytes.readDoubleLE(offset + 32),
    lastUnixMs: bytes.readDoubleLE(offset + 40),
  };
}

/** The sum of an object's frames, as its manifest has it. */
export interface FrameTotals {
  readonly contentBytes: number;
  readonly records: number;
  readonly items: number;
  readonly firstUnixMs: number;
  readonly lastUnixMs: number;
}

export const noFrames: FrameTotals = {
  contentBytes: 0,
  records: 0,
  items: 0,
  firstUnixMs: Infinity,
  lastUnixMs: -Infinity,
};

export function addFrame(totals: FrameTotals, index: Omit<FrameIndex, 'compressedBytes'>): FrameTotals {
  return {
    contentBytes: totals.contentBytes + index.contentBytes,
    records: totals.records + index.records,
    items: totals.items + index.items,
    firstUnixMs: Math.min(totals.firstUnixMs, index.firstUnixMs),
    lastUnixMs: Math.max(totals.lastUnixMs, index.lastUnixMs),
  };
}

/** Where the frame at `offset` ends; `null` when it is cut short or its bytes are not those that were written. */
export function frameEnd(bytes: Buffer, offset: number, header: FrameIndex & { crc: number }): number | null {
  const start = offset + frameHeaderBytes;
  const body = bytes.subarray(start, start + header.compressedBytes);
  if (body.length < header.compressedBytes || crc32(body) !== header.crc) return null;
  return start + header.compressedBytes;
}

/** How many bytes from the file's start are whole frames. */
export function soundLength(bytes: Buffer): number {
  let at = 0;
  while (at < bytes.length) {
    const header = readFrameHeader(bytes, at);
    if (typeof header === 'string') break;
    const end = frameEnd(bytes, at, header);
    if (end === null) break;
    at = end;
  }
  return at;
}
