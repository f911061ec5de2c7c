import { ByteBuffer } from './byte-buffer.ts';
import type { WordColumn } from './column-buffers.ts';

const char = (text: string): number => text.charCodeAt(0);
const comma = char(',');
const bar = char('|');

/** What kind of value stands behind a text of the row. */
export const typeLetter = {
  text: char('s'),
  bool: char('b'),
  integer: char('i'),
  double: char('d'),
  bytes: char('y'),
  none: char('n'),
  openArray: char('['),
  closeArray: char(']'),
  openList: char('{'),
  closeList: char('}'),
} as const;

/**
 * The types of a row's values, as `ValueTypes` and `OriginTypes` keep them: a letter a value, and nothing at all for
 * texts at the end, so that a record of texts alone has none. The grammar is in docs/otlp.md.
 */
export class TypeText {
  private readonly buffer = new ByteBuffer(256);
  /** Where the last letter ends that has to be kept. */
  private kept = 0;
  private elementStart = 0;
  private sectionStart = 0;

  clear(): void {
    this.buffer.length = 0;
    this.sectionStart = 0;
    this.kept = 0;
  }

  text(): void {
    this.buffer.u8(typeLetter.text);
  }

  letter(code: number): void {
    this.buffer.u8(code);
    this.kept = this.buffer.length;
  }

  ascii(text: string): void {
    this.buffer.ascii(text);
    this.kept = this.buffer.length;
  }

  /** @returns where the elements begin, for `close` */
  open(code: number): number {
    this.buffer.u8(code);
    return this.buffer.length;
  }

  /** Ends an array or list. What its last element says holds for all further ones, so repetitions at the end go. */
  close(start: number, lastElement: number, code: number): void {
    const { buffer } = this;
    const { bytes } = buffer;
    const size = buffer.length - lastElement;
    let end = buffer.length;
    if (size > 0) while (end - 2 * size >= start && sameBytes(bytes, end - 2 * size, end - size, size)) end -= size;
    buffer.length = end;
    this.letter(code);
  }

  get length(): number {
    return this.buffer.length;
  }

  /** Of a list of records (events, links, exemplars): to be called before the values of one are read … */
  beginElement(): void {
    this.elementStart = this.buffer.length;
  }

  /** … and after them. */
  endElement(): void {
    const said = this.kept > this.elementStart;
    this.buffer.length = said ? this.kept : this.elementStart;
    this.buffer.u8(comma);
    if (said) this.kept = this.buffer.length - 1;
  }

  get isEmpty(): boolean {
    return this.kept === 0;
  }

  /** Ends the values so far and begins the next section with those of `other`. */
  section(other?: TypeText): void {
    const { buffer } = this;
    buffer.length = Math.max(this.kept, this.sectionStart);
    buffer.u8(bar);
    this.sectionStart = buffer.length;
    if (other === undefined || other.isEmpty) return;
    buffer.copy(other.buffer.bytes, 0, other.kept);
    this.kept = buffer.length;
  }

  appendTo(column: WordColumn, limit: number): number {
    const { bytes, view } = this.buffer;
    const { dictionary } = column;
    // Records come in runs: what followed the last row's types the last time is tried before they are looked up.
    const previous = column.count > 0 ? column.last : -1;
    const entry = dictionary.findAfter(previous, bytes, view, 0, this.kept);
    if (entry >= 0) column.indexes.u32(entry);
    const cut = entry >= 0 ? 0 : column.appendNew(bytes, 0, this.kept, limit);
    dictionary.follow(previous, column.last);
    return cut;
  }
}

function sameBytes(bytes: Uint8Array, one: number, other: number, size: number): boolean {
  for (let i = 0; i < size; i++) if (bytes[one + i] !== bytes[other + i]) return false;
  return true;
}
