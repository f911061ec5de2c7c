import { ByteBuffer } from './byte-buffer.ts';

/**
 * A text that no more than this many slots can be found for is added a second time: a sender that picks its keys to
 * collide costs us dictionary entries (which ClickHouse merges on reading), never time.
 */
const maxProbes = 64;
const initialSlots = 256;
const keepSlots = 1 << 16;

/**
 * The distinct texts of one LowCardinality column of one block, looked up by their bytes: an open-addressing hash table
 * over ranges of the payload, without a JS string. `text` holds the entries as the Native format wants them.
 */
export class Dictionary {
  readonly text = new ByteBuffer();
  count = 0;
  private starts = new Int32Array(initialSlots / 2);
  private lengths = new Int32Array(initialSlots / 2);
  private hashes = new Int32Array(initialSlots / 2);
  /** By entry + 1: the entry that followed it last time (+ 1). Attributes come in the same order row after row. */
  private followers = new Int32Array(initialSlots / 2 + 1);
  private slots = new Int32Array(initialSlots);
  private lastHash = 0;

  /** The entry with the bytes `start` to `end`, or -1. */
  find(bytes: Uint8Array, view: DataView, start: number, end: number): number {
    const hash = hashOf(bytes, view, start, end);
    this.lastHash = hash;
    const mask = this.slots.length - 1;
    for (let probe = 0; probe < maxProbes; probe++) {
      const entry = (this.slots[(hash + probe) & mask] as number) - 1;
      if (entry < 0) return -1;
      if (this.hashes[entry] === hash && this.holds(entry, bytes, view, start, end)) return entry;
    }
    return -1;
  }

  /** As `find`, trying first what followed the entry `previous` (-1 at the start of a row) the last time. */
  findAfter(previous: number, bytes: Uint8Array, view: DataView, start: number, end: number): number {
    const guess = (this.followers[previous + 1] as number) - 1;
    if (guess >= 0 && guess < this.count && this.holds(guess, bytes, view, start, end)) return guess;
    return this.find(bytes, view, start, end);
  }

  follow(previous: number, entry: number): void {
    this.followers[previous + 1] = entry + 1;
  }

  /** Adds what the last `find` did not find. The bytes must be valid UTF-8. */
  add(bytes: Uint8Array, start: number, end: number): number {
    const entry = this.count++;
    if (entry === this.starts.length) this.growEntries();
    this.text.varint(end - start);
    this.starts[entry] = this.text.length;
    this.lengths[entry] = end - start;
    this.hashes[entry] = this.lastHash;
    this.text.copy(bytes, start, end);
    if (this.count * 2 > this.slots.length) this.rehash(this.slots.length * 2);
    else this.place(entry);
    return entry;
  }

  /** Forgets the entries from `count` on, in reverse order of their coming, which leaves the table as it was before. */
  truncate(count: number): void {
    const mask = this.slots.length - 1;
    while (this.count > count) {
      const entry = --this.count;
      for (let probe = 0; probe < maxProbes; probe++) {
        const slot = ((this.hashes[entry] as number) + probe) & mask;
        if (this.slots[slot] !== entry + 1) continue;
        this.slots[slot] = 0;
        break;
      }
      const start = this.starts[entry] as number;
      this.text.length = start - varintBytes(this.lengths[entry] as number);
    }
  }

  clear(): void {
    this.count = 0;
    this.text.clear();
    if (this.slots.length > keepSlots) {
      this.slots = new Int32Array(initialSlots);
      this.starts = new Int32Array(initialSlots / 2);
      this.lengths = new Int32Array(initialSlots / 2);
      this.hashes = new Int32Array(initialSlots / 2);
      this.followers = new Int32Array(initialSlots / 2 + 1);
    } else {
      this.slots.fill(0);
      this.followers.fill(0);
    }
  }

  private holds(entry: number, bytes: Uint8Array, view: DataView, start: number, end: number): boolean {
    if (this.lengths[entry] !== end - start) return false;
    const own = this.text;
    let at = this.starts[entry] as number;
    let pos = start;
    for (; pos + 4 <= end; pos += 4, at += 4) {
      if (view.getInt32(pos, true) !== own.view.getInt32(at, true)) return false;
    }
    for (; pos < end; pos++, at++) {
      if (bytes[pos] !== own.bytes[at]) return false;
    }
    return true;
  }

  private place(entry: number): void {
    const mask = this.slots.length - 1;
    const hash = this.hashes[entry] as number;
    for (let probe = 0; probe < maxProbes; probe++) {
      const slot = (hash + probe) & mask;
      if (this.slots[slot] !== 0) continue;
      this.slots[slot] = entry + 1;
      return;
    }
  }

  private rehash(size: number): void {
    this.slots = new Int32Array(size);
    for (let entry = 0; entry < this.count; entry++) this.place(entry);
  }

  private growEntries(): void {
    const size = this.starts.length * 2;
    this.starts = widened(this.starts, size);
    this.lengths = widened(this.lengths, size);
    this.hashes = widened(this.hashes, size);
    this.followers = widened(this.followers, size + 1);
  }
}

function widened(old: Int32Array<ArrayBuffer>, size: number): Int32Array<ArrayBuffer> {
  const wide = new Int32Array(size);
  wide.set(old);
  return wide;
}

function varintBytes(value: number): number {
  let bytes = 1;
  for (let rest = value; rest > 127; rest >>>= 7) bytes++;
  return bytes;
}

/** Multiply and shift, four bytes at a time, with the finish of MurmurHash3 (Austin Appleby, public domain). */
function hashOf(bytes: Uint8Array, view: DataView, start: number, end: number): number {
  let hash = end - start;
  let pos = start;
  for (; pos + 4 <= end; pos += 4) {
    hash = Math.imul(hash ^ view.getInt32(pos, true), 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  for (; pos < end; pos++) hash = Math.imul(hash ^ (bytes[pos] as number), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
