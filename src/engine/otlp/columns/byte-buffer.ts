/** Buffers above this are given back when a block has been handed out; smaller ones are kept for the next block. */
const keepBytes = 4 * 1024 * 1024;
const initialBytes = 1024;

function allocate(size: number): Uint8Array<ArrayBuffer> {
  // Not zeroed: only what was written is ever read.
  return new Uint8Array(Buffer.allocUnsafeSlow(size).buffer);
}

/** Bytes that grow at the end, little-endian as ClickHouse's Native format is. The hot loops write through `bytes` and `view`. */
export class ByteBuffer {
  bytes: Uint8Array<ArrayBuffer>;
  view: DataView<ArrayBuffer>;
  length = 0;

  constructor(size: number = initialBytes) {
    this.bytes = allocate(size);
    this.view = new DataView(this.bytes.buffer);
  }

  /** Makes room for `extra` more bytes; `bytes` and `view` may be other objects afterwards. */
  reserve(extra: number): void {
    if (this.length + extra > this.bytes.length) this.grow(extra);
  }

  private grow(extra: number): void {
    const grown = allocate(Math.max(this.bytes.length * 2, this.length + extra));
    grown.set(this.bytes.subarray(0, this.length));
    this.bytes = grown;
    this.view = new DataView(grown.buffer);
  }

  u8(value: number): void {
    this.reserve(1);
    this.bytes[this.length++] = value;
  }

  u32(value: number): void {
    this.reserve(4);
    this.view.setInt32(this.length, value, true);
    this.length += 4;
  }

  u64(low: number, high: number): void {
    this.reserve(8);
    this.view.setInt32(this.length, low, true);
    this.view.setInt32(this.length + 4, high, true);
    this.length += 8;
  }

  f64(value: number): void {
    this.reserve(8);
    this.view.setFloat64(this.length, value, true);
    this.length += 8;
  }

  /** LEB128, as both protobuf and ClickHouse write lengths. */
  varint(value: number): void {
    this.reserve(5);
    let rest = value;
    while (rest > 127) {
      this.bytes[this.length++] = (rest & 127) | 128;
      rest >>>= 7;
    }
    this.bytes[this.length++] = rest;
  }

  copy(source: Uint8Array, start: number, end: number): void {
    this.reserve(end - start);
    this.bytes.set(source.subarray(start, end), this.length);
    this.length += end - start;
  }

  /** ASCII text without a length in front. */
  ascii(text: string): void {
    this.reserve(text.length);
    for (let i = 0; i < text.length; i++) this.bytes[this.length++] = text.charCodeAt(i);
  }

  /** Writes everything from `from` to the end again, `times` times more. */
  repeatFrom(from: number, times: number): void {
    const width = this.length - from;
    const target = this.length + width * times;
    this.reserve(width * times);
    // Doubling: each round copies all copies made so far.
    while (this.length < target) {
      const step = Math.min(this.length - from, target - this.length);
      this.bytes.copyWithin(this.length, from, from + step);
      this.length += step;
    }
  }

  clear(): void {
    this.length = 0;
    if (this.bytes.length <= keepBytes) return;
    this.bytes = allocate(initialBytes);
    this.view = new DataView(this.bytes.buffer);
  }
}
