import type { ByteBuffer } from '../columns/byte-buffer.ts';
import { Unreadable, type WireReader } from './wire-reader.ts';

const delimited = 2;

/** Reads a `repeated fixed64` or `repeated double` field, packed or (wire type 1) a single element of it. */
export function readFixed64s(reader: WireReader, tag: number, end: number, out: ByteBuffer): void {
  if ((tag & 7) !== delimited) {
    reader.fixed64(end);
    out.u64(reader.low, reader.high);
    return;
  }
  const stop = reader.delimited(end);
  if ((stop - reader.pos) % 8 !== 0) throw new Unreadable('a packed field ends within a number', stop);
  out.copy(reader.bytes, reader.pos, stop);
  reader.pos = stop;
}

/** Reads a `repeated uint64` field (varints), packed or (wire type 0) a single element of it. */
export function readVarint64s(reader: WireReader, tag: number, end: number, out: ByteBuffer): void {
  if ((tag & 7) !== delimited) {
    reader.varint64(end);
    out.u64(reader.low, reader.high);
    return;
  }
  const stop = reader.delimited(end);
  while (reader.pos < stop) {
    reader.varint64(stop);
    out.u64(reader.low, reader.high);
  }
}
