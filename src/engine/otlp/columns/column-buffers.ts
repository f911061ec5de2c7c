import { ByteBuffer } from './byte-buffer.ts';
import { Dictionary } from './dictionary.ts';
import { isCleanText, repairText } from './text.ts';
import { TypeText } from './value-types.ts';

/**
 * Column buffers of ClickHouse's Native format (ClickHouse `src/DataTypes/Serializations/Serialization*.cpp`). A column
 * is its prefix, which only LowCardinality has and which comes before all data of the column, and its data.
 */
export interface ColumnBuffer {
  readonly buffers: readonly ByteBuffer[];
  readonly dictionaries: readonly Dictionary[];
  /** Exact bytes of prefix and data. */
  size(): number;
  writePrefix(out: ByteBuffer): void;
  writeData(out: ByteBuffer): void;
}

/** Numbers of a fixed width and strings: the buffer is the data. */
export class PlainColumn implements ColumnBuffer {
  readonly data = new ByteBuffer();
  readonly buffers = [this.data];
  readonly dictionaries = [];

  size(): number {
    return this.data.length;
  }

  writePrefix(): void {}

  writeData(out: ByteBuffer): void {
    out.copy(this.data.bytes, 0, this.data.length);
  }
}

/** `Nullable(Float64)`: a byte for each row (1 = NULL), then the values. */
export class NullableColumn implements ColumnBuffer {
  readonly nulls = new ByteBuffer();
  readonly values = new ByteBuffer();
  readonly buffers = [this.nulls, this.values];
  readonly dictionaries = [];

  append(value: number | undefined): void {
    this.nulls.u8(value === undefined ? 1 : 0);
    this.values.f64(value ?? 0);
  }

  size(): number {
    return this.nulls.length + this.values.length;
  }

  writePrefix(): void {}

  writeData(out: ByteBuffer): void {
    out.copy(this.nulls.bytes, 0, this.nulls.length);
    out.copy(this.values.bytes, 0, this.values.length);
  }
}

/** Serialization version "shared dictionaries with additional keys", the only one there is. */
const lowCardinalityVersion = 1;
/** HasAdditionalKeysBit | NeedUpdateDictionary: the block brings its own dictionary. */
const ownDictionary = 0x600;

/** `LowCardinality(String)`: a dictionary, and an index into it for each row. */
export class WordColumn implements ColumnBuffer {
  readonly dictionary = new Dictionary();
  readonly indexes = new ByteBuffer();
  readonly buffers = [this.indexes];
  readonly dictionaries = [this.dictionary];

  /** @returns 1 when the text had to be changed (not UTF-8, over the limit), else 0 */
  append(bytes: Uint8Array, view: DataView, start: number, end: number, limit: number): number {
    const entry = this.dictionary.find(bytes, view, start, end);
    if (entry >= 0) {
      this.indexes.u32(entry);
      return 0;
    }
    return this.appendNew(bytes, start, end, limit);
  }

  /** What the last `find` in the dictionary did not find. */
  appendNew(bytes: Uint8Array, start: number, end: number, limit: number): number {
    if (isCleanText(bytes, start, end, limit)) {
      this.indexes.u32(this.dictionary.add(bytes, start, end));
      return 0;
    }
    const text = repairText(bytes, start, end, limit);
    const view = new DataView(text.buffer, text.byteOffset, text.length);
    const entry = this.dictionary.find(text, view, 0, text.length);
    this.indexes.u32(entry >= 0 ? entry : this.dictionary.add(text, 0, text.length));
    return 1;
  }

  get count(): number {
    return this.indexes.length >>> 2;
  }

  /** The dictionary's entry for the last row. */
  get last(): number {
    return this.indexes.view.getInt32(this.indexes.length - 4, true);
  }

  size(): number {
    if (this.count === 0) return 8;
    return 8 + 8 + 8 + this.dictionary.text.length + 8 + this.count * this.indexWidth;
  }

  private get indexWidth(): 1 | 2 | 4 {
    if (this.dictionary.count <= 0x100) return 1;
    return this.dictionary.count <= 0x10000 ? 2 : 4;
  }

  writePrefix(out: ByteBuffer): void {
    out.u64(lowCardinalityVersion, 0);
  }

  writeData(out: ByteBuffer): void {
    // Within an empty array or map ClickHouse reads nothing, not even the flags.
    if (this.count === 0) return;
    const width = this.indexWidth;
    out.u64(ownDictionary | (width >> 1), 0);
    out.u64(this.dictionary.count, 0);
    out.copy(this.dictionary.text.bytes, 0, this.dictionary.text.length);
    out.u64(this.count, 0);
    if (width === 4) out.copy(this.indexes.bytes, 0, this.indexes.length);
    else this.writeNarrow(out, width);
  }

  private writeNarrow(out: ByteBuffer, width: 1 | 2): void {
    out.reserve(this.count * width);
    const wide = new Uint32Array(this.indexes.bytes.buffer, 0, this.count);
    if (width === 1) out.bytes.set(wide, out.length);
    else for (let i = 0; i < wide.length; i++) out.view.setUint16(out.length + i * 2, wide[i] as number, true);
    out.length += this.count * width;
  }
}

/** `Map(LowCardinality(String), String)`: the number of entries up to the end of each row, all keys, all values. */
export class MapColumn implements ColumnBuffer {
  readonly offsets = new ByteBuffer();
  readonly keys = new WordColumn();
  readonly values = new ByteBuffer();
  readonly buffers = [this.offsets, this.keys.indexes, this.values];
  readonly dictionaries = [this.keys.dictionary];
  /** The types of the values of the row at hand; whoever owns the row clears it and keeps it. */
  readonly types = new TypeText();
  /** The key that the current row got last, to guess the next one; -1 at its start. */
  lastKey = -1;
  /** Where the current row began: in entries, and in bytes of values. */
  rowEntries = 0;
  rowValues = 0;

  beginRow(): void {
    this.lastKey = -1;
    this.rowEntries = this.keys.count;
    this.rowValues = this.values.length;
  }

  endRow(): void {
    this.offsets.u64(this.keys.count, 0);
  }

  /** Bytes that the current row takes, but for its offset. */
  get rowBytes(): number {
    return this.values.length - this.rowValues + (this.keys.count - this.rowEntries) * 4;
  }

  /** Adds `times` rows with the entries of the row that was ended last. */
  repeatRow(times: number): void {
    const width = this.keys.count - this.rowEntries;
    this.keys.indexes.repeatFrom(this.rowEntries * 4, times);
    this.values.repeatFrom(this.rowValues, times);
    let end = this.rowEntries + width;
    for (let i = 0; i < times; i++) this.offsets.u64((end += width), 0);
  }

  size(): number {
    return this.offsets.length + this.keys.size() + this.values.length;
  }

  writePrefix(out: ByteBuffer): void {
    this.keys.writePrefix(out);
  }

  writeData(out: ByteBuffer): void {
    out.copy(this.offsets.bytes, 0, this.offsets.length);
    this.keys.writeData(out);
    out.copy(this.values.bytes, 0, this.values.length);
  }
}

/** `Array(…)`: the number of elements up to the end of each row, then the elements as a column. */
export class ArrayColumn<Inner extends ColumnBuffer = ColumnBuffer> implements ColumnBuffer {
  readonly offsets: ByteBuffer;
  readonly inner: Inner;
  readonly buffers: readonly ByteBuffer[];
  readonly dictionaries: readonly Dictionary[];

  /** @param offsets shared by the columns of one group (`Events.*`), whose arrays have the same lengths in every row */
  constructor(offsets: ByteBuffer, inner: Inner) {
    this.offsets = offsets;
    this.inner = inner;
    this.buffers = [offsets, ...inner.buffers];
    this.dictionaries = inner.dictionaries;
  }

  size(): number {
    return this.offsets.length + this.inner.size();
  }

  writePrefix(out: ByteBuffer): void {
    this.inner.writePrefix(out);
  }

  writeData(out: ByteBuffer): void {
    out.copy(this.offsets.bytes, 0, this.offsets.length);
    this.inner.writeData(out);
  }
}
