/** The payload cannot be read at all; becomes `MalformedPayload` at the module's border. */
export class Unreadable extends Error {
  /** @param offset in bytes, unless the problem itself says where it is */
  constructor(problem: string, offset?: number) {
    super(offset === undefined ? problem : `${problem} at byte ${offset}`);
    this.name = 'Unreadable';
  }
}

const noBytes = new Uint8Array(0);

/**
 * A cursor over protobuf bytes (https://protobuf.dev/programming-guides/encoding). Every read is checked against `end`,
 * the end of the message that is being read, so that no payload can make it read outside of that message.
 * 64-bit values are left in `low` and `high` (signed 32-bit halves), because a JS number cannot hold them.
 */
export class WireReader {
  bytes: Uint8Array = noBytes;
  view: DataView = new DataView(noBytes.buffer);
  pos = 0;
  low = 0;
  high = 0;

  load(payload: Uint8Array): void {
    // Always a plain Uint8Array: a Buffer here and there would make every access in the hot loops polymorphic.
    this.bytes = new Uint8Array(payload.buffer, payload.byteOffset, payload.byteLength);
    this.view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
    this.pos = 0;
  }

  /** Lets go of the payload. */
  unload(): void {
    this.load(noBytes);
  }

  /** The lowest 32 bits of a varint, as a signed number: tags, enums, int32, and uint32 after `>>> 0`. */
  varint(end: number): number {
    const pos = this.pos;
    if (pos < end) {
      const first = this.bytes[pos] as number;
      if (first < 128) {
        this.pos = pos + 1;
        return first;
      }
    }
    this.varint64(end);
    return this.low;
  }

  /** A whole varint into `low` and `high`. */
  varint64(end: number): void {
    const { bytes } = this;
    let pos = this.pos;
    let low = 0;
    let high = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      if (pos >= end) throw new Unreadable('the message ends within a number', pos);
      const byte = bytes[pos++] as number;
      const bits = byte & 127;
      if (shift < 28) low |= bits << shift;
      else if (shift === 28) {
        low |= bits << 28;
        high = bits >>> 4;
      } else if (shift < 63) high |= bits << (shift - 32);
      else high |= (bits & 1) << 31;
      if (byte < 128) {
        this.pos = pos;
        this.low = low;
        this.high = high;
        return;
      }
    }
    throw new Unreadable('a number is longer than 10 bytes', this.pos);
  }

  /** Reads a length and gives where what follows ends; `pos` is then at its start. */
  delimited(end: number): number {
    const start = this.pos;
    const { bytes } = this;
    if (start + 1 < end) {
      const first = bytes[start] as number;
      if (first < 128) {
        if (first > end - start - 1) throw tooLong(first, start);
        this.pos = start + 1;
        return start + 1 + first;
      }
    }
    this.varint64(end);
    const length = this.high === 0 ? this.low >>> 0 : Number.POSITIVE_INFINITY;
    if (length > end - this.pos) throw tooLong(length, start);
    return this.pos + length;
  }

  /** Four bytes as a signed number. */
  fixed32(end: number): number {
    const pos = this.pos;
    if (end - pos < 4) throw new Unreadable('the message ends within a fixed32', pos);
    this.pos = pos + 4;
    return this.view.getInt32(pos, true);
  }

  /** Eight bytes into `low` and `high`. */
  fixed64(end: number): void {
    const pos = this.pos;
    if (end - pos < 8) throw new Unreadable('the message ends within a fixed64', pos);
    this.low = this.view.getInt32(pos, true);
    this.high = this.view.getInt32(pos + 4, true);
    this.pos = pos + 8;
  }

  double(end: number): number {
    const pos = this.pos;
    if (end - pos < 8) throw new Unreadable('the message ends within a double', pos);
    this.pos = pos + 8;
    return this.view.getFloat64(pos, true);
  }

  /** An sfixed64 as the nearest double. */
  signed64(end: number): number {
    this.fixed64(end);
    return this.high * 4_294_967_296 + (this.low >>> 0);
  }

  /** Passes over a field that is not ours (an unknown number, or a known one with another wire type). */
  skip(tag: number, end: number): void {
    let depth = 0;
    let next = tag;
    do {
      if (next >>> 3 === 0) throw new Unreadable('a field has the number 0', this.pos);
      depth += this.skipOne(next & 7, end);
      if (depth > 0) next = this.varint(end);
    } while (depth > 0);
    if (depth < 0) throw new Unreadable('a group ends that did not begin', this.pos);
  }

  /** @returns 1 where a group begins, -1 where one ends, else 0 */
  private skipOne(wireType: number, end: number): number {
    switch (wireType) {
      case 0:
        this.varint64(end);
        return 0;
      case 1:
        this.fixed64(end);
        return 0;
      case 2:
        this.pos = this.delimited(end);
        return 0;
      case 3:
        return 1;
      case 5:
        this.fixed32(end);
        return 0;
      case 4:
        return -1;
      default:
        throw new Unreadable(`a field has the unknown wire type ${wireType}`, this.pos);
    }
  }
}

function tooLong(length: number, offset: number): Unreadable {
  return new Unreadable(`a field of ${length} bytes does not fit into its message`, offset);
}
