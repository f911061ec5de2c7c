import { crc32 } from 'node:zlib';

/**
 * A segment file is a plain ClickHouse Native file: blocks one after another, and nothing else. Every block is framed
 * all the same, by its first column, which the insert skips (`input_format_skip_unknown_fields=1`): a UInt8 column of
 * zeros whose *name* holds what a frame needs.
 *
 *     varint columns (frame column included) | varint rows
 *     name   "_frame1_" bytes "_" rows "_" crc       three numbers of 8 hex digits, 42 characters with its version
 *     type   "UInt8" | one zero byte a row            ┐ the rest: `bytes` long
 *     the block's own columns                         ┘
 *
 * The CRC-32 (of zlib) covers everything else in the frame: both varints, the name up to the CRC, and the rest.
 */
const version = '_frame1_';
const hexDigits = 8;
const nameBytes = version.length + 3 * hexDigits + 2;
const crcAt = nameBytes - hexDigits;
const namePattern = /^_frame1_([0-9a-f]{8})_([0-9a-f]{8})_([0-9a-f]{8})$/;
const frameColumnType = Buffer.from('\u0005UInt8', 'latin1');
/** Longest possible header in front of the rest: two varints of 5 bytes, the name's length, the name. */
export const frameHeaderBytes = 5 + 5 + 1 + nameBytes;

/** A block without its two leading varints; `otlp/`'s `EncodedBlock` is one. */
export interface Block {
  readonly columns: number;
  readonly rows: number;
  readonly body: Uint8Array;
}

/** The bytes of a framed block, in order, ready for one gathering write. */
export function frameBlock(block: Block): readonly Uint8Array[] {
  const numbers = Buffer.from([...varint(block.columns + 1), ...varint(block.rows)]);
  const restBytes = frameColumnType.length + block.rows + block.body.length;
  const head = Buffer.alloc(numbers.length + 1 + nameBytes + frameColumnType.length + block.rows);
  const nameAt = numbers.length + 1;
  const restAt = nameAt + nameBytes;
  numbers.copy(head);
  head[nameAt - 1] = nameBytes;
  head.write(`${version}${hex(restBytes)}_${hex(block.rows)}_`, nameAt, 'latin1');
  frameColumnType.copy(head, restAt);
  const beforeCrc = crc32(head.subarray(0, nameAt + crcAt));
  const crc = crc32(block.body, crc32(head.subarray(restAt), beforeCrc));
  head.write(hex(crc), nameAt + crcAt, 'latin1');
  return [head, block.body];
}

export interface FrameHeader {
  readonly rows: number;
  /** Of the whole frame, this header included. */
  readonly bytes: number;
  /** Offset of the CRC's digits, and of the rest, from the frame's start. */
  readonly crcAt: number;
  readonly restAt: number;
  readonly crc: number;
}

/** Reads a frame's header. `short`: the bytes end before the header does; `foreign`: this is no frame. */
export function readFrameHeader(bytes: Uint8Array, offset: number): FrameHeader | 'short' | 'foreign' {
  const columns = readVarint(bytes, offset);
  if (typeof columns === 'string') return columns;
  const rows = readVarint(bytes, columns.end);
  if (typeof rows === 'string') return rows;
  const nameAt = rows.end + 1;
  if (rows.end < bytes.length && bytes[rows.end] !== nameBytes) return 'foreign';
  const name = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString(
    'latin1',
    nameAt,
    nameAt + nameBytes,
  );
  if (nameAt + nameBytes > bytes.length) return version.startsWith(name.slice(0, version.length)) ? 'short' : 'foreign';
  const numbers = namePattern.exec(name);
  if (numbers === null || Number.parseInt(numbers[2] ?? '', 16) !== rows.value) return 'foreign';
  const restAt = nameAt + nameBytes - offset;
  return {
    rows: rows.value,
    bytes: restAt + Number.parseInt(numbers[1] ?? '', 16),
    crcAt: nameAt + crcAt - offset,
    restAt,
    crc: Number.parseInt(numbers[3] ?? '', 16),
  };
}

/** A stretch of a segment's bytes; `end` is exclusive. */
export interface Stretch {
  readonly start: number;
  readonly end: number;
}

export interface SoundFrame extends Stretch {
  readonly rows: number;
}

/**
 * `unfinished`: the file ends inside the frame, as when the writer was killed in mid-write; such a frame was never
 * acknowledged. `checksum`: the frame is all there, with other bytes than were written. `foreign`: not a frame.
 */
export interface Damage extends Stretch {
  readonly kind: 'unfinished' | 'checksum' | 'foreign';
}

export interface Scan {
  readonly sound: readonly SoundFrame[];
  readonly damage: readonly Damage[];
}

/**
 * Walks a whole segment and checks every frame. Past a bad checksum it goes on where the frame's length says.
 * With `search` it looks for the next sound frame behind any damage, so that a rotten header costs one frame and not all
 * behind it. Not for a segment that was open when its power was cut: its unsynced end may hold blocks of a deleted file.
 */
export function scanFrames(bytes: Uint8Array, search: 'by-length' | 'search' = 'by-length'): Scan {
  const sound: SoundFrame[] = [];
  const damage: Damage[] = [];
  let start = 0;
  while (start < bytes.length) {
    const header = readFrameHeader(bytes, start);
    let end = typeof header === 'string' ? bytes.length : Math.min(start + header.bytes, bytes.length);
    if (search === 'search' && !isSound(bytes, start)) {
      end = end < bytes.length && isSound(bytes, end) ? end : nextSoundFrame(bytes, start + 1);
    }
    if (header === 'foreign') {
      // Pages that a power cut kept from the disk read as zeros: nobody was answered for those either.
      damage.push({ start, end, kind: end === bytes.length && allZero(bytes, start) ? 'unfinished' : 'foreign' });
    } else if (header === 'short' || start + header.bytes > bytes.length) {
      damage.push({ start, end, kind: end < bytes.length ? 'foreign' : 'unfinished' });
    } else if (checksum(bytes.subarray(start, start + header.bytes), header) === header.crc) {
      sound.push({ start, end, rows: header.rows });
    } else {
      damage.push({ start, end, kind: 'checksum' });
    }
    start = end;
  }
  return { sound, damage };
}

function isSound(bytes: Uint8Array, start: number): boolean {
  const header = readFrameHeader(bytes, start);
  if (typeof header === 'string' || start + header.bytes > bytes.length) return false;
  return checksum(bytes.subarray(start, start + header.bytes), header) === header.crc;
}

/** Where the next sound frame begins, by its name and then its checksum; the end where there is none. */
export function nextSoundFrame(bytes: Uint8Array, from: number): number {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (
    let name = text.indexOf(version, from, 'latin1');
    name !== -1;
    name = text.indexOf(version, name + 1, 'latin1')
  ) {
    // The name's length and two varints of 1 to 5 bytes stand in front of it. A start one byte too early cannot be
    // sound as well: the checksum covers the varints.
    for (let start = name - 3; start >= Math.max(from, name - 11); start--) if (isSound(bytes, start)) return start;
  }
  return bytes.length;
}

function checksum(frame: Uint8Array, header: FrameHeader): number {
  return crc32(frame.subarray(header.restAt), crc32(frame.subarray(0, header.crcAt)));
}

function hex(value: number): string {
  return value.toString(16).padStart(hexDigits, '0');
}

function varint(value: number): readonly number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  bytes.push(rest);
  return bytes;
}

function readVarint(bytes: Uint8Array, offset: number): { value: number; end: number } | 'short' | 'foreign' {
  let value = 0;
  for (let index = 0; index < 5; index++) {
    const byte = bytes[offset + index];
    if (byte === undefined) return 'short';
    value += (byte & 0x7f) * 128 ** index;
    if (byte < 0x80) return { value, end: offset + index + 1 };
  }
  return 'foreign';
}

function allZero(bytes: Uint8Array, start: number): boolean {
  for (let index = start; index < bytes.length; index++) if (bytes[index] !== 0) return false;
  return true;
}
