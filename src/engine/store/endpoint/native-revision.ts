import { type Layout, layoutOf } from './native-types.ts';

/**
 * The engine writes the Native format of revision 0. A client that names a revision (`client_protocol_version`)
 * expects what a server's `NativeWriter` writes for it: information about each block before it, and from 54454 on a
 * byte after each column's type, which says whether the column is written in a way of its own (here: never).
 */
const blockInfoSince = 1;
const customSerializationSince = 54_454;
/** Field 1, no overflow rows; field 2, bucket number -1; end. */
const blockInfo = Buffer.from([1, 0, 2, 0xff, 0xff, 0xff, 0xff, 0]);
const ordinary = Buffer.from([0]);

/** A column of a type whose end cannot be found, or bytes that are no Native format. */
export class NotRewritable extends Error {}

/**
 * The same blocks in the Native format of a client's revision.
 * @throws NotRewritable
 */
export function nativeOfRevision(body: Uint8Array, revision: number): Uint8Array {
  if (revision < blockInfoSince || body.length === 0) return body;
  const reader = new NativeReader(body);
  const out: Uint8Array[] = [];
  let copied = 0;
  const insert = (bytes: Uint8Array): void => {
    out.push(body.subarray(copied, reader.at), bytes);
    copied = reader.at;
  };
  while (reader.at < body.length) {
    insert(blockInfo);
    const columns = reader.varint();
    const rows = reader.varint();
    for (let column = 0; column < columns; column++) {
      reader.text();
      const type = reader.text();
      if (revision >= customSerializationSince) insert(ordinary);
      if (rows === 0) continue;
      const layout = layoutOf(type);
      if (layout === undefined) throw new NotRewritable(`a column of the type ${type}`);
      reader.skipPrefix(layout);
      reader.skip(layout, rows);
    }
  }
  out.push(body.subarray(copied));
  return Buffer.concat(out);
}

class NativeReader {
  at = 0;
  private readonly bytes: Uint8Array;
  private readonly view: DataView;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  varint(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.bytes[this.at++];
      if (byte === undefined) throw new NotRewritable('bytes that end within a number');
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
  }

  text(): string {
    const length = this.varint();
    const start = this.at;
    this.advance(length);
    return Buffer.from(this.bytes.buffer, this.bytes.byteOffset + start, length).toString('utf8');
  }

  /** What stands before a column: the version of each dictionary in it. */
  skipPrefix(layout: Layout): void {
    switch (layout.kind) {
      case 'dictionary':
        this.advance(8);
        break;
      case 'array':
      case 'nullable':
        this.skipPrefix(layout.of);
        break;
      case 'tuple':
        for (const part of layout.of) this.skipPrefix(part);
        break;
      case 'fixed':
      case 'string':
        break;
    }
  }

  skip(layout: Layout, rows: number): void {
    switch (layout.kind) {
      case 'fixed':
        this.advance(layout.bytes * rows);
        break;
      case 'string':
        for (let row = 0; row < rows; row++) this.advance(this.varint());
        break;
      case 'nullable':
        this.advance(rows);
        this.skip(layout.of, rows);
        break;
      case 'array': {
        if (rows === 0) break;
        this.advance(8 * rows);
        this.skip(layout.of, Number(this.view.getBigUint64(this.at - 8, true)));
        break;
      }
      case 'tuple':
        for (const part of layout.of) this.skip(part, rows);
        break;
      case 'dictionary':
        if (rows > 0) this.skipDictionary(layout.keys);
        break;
    }
  }

  /** Flags with the width of an index in the lowest byte, the keys, an index for each row. */
  private skipDictionary(keys: Layout): void {
    const width = 2 ** (Number(this.uint64()) & 0xff);
    this.skip(keys, Number(this.uint64()));
    this.advance(Number(this.uint64()) * width);
  }

  private uint64(): bigint {
    this.advance(8);
    return this.view.getBigUint64(this.at - 8, true);
  }

  private advance(bytes: number): void {
    this.at += bytes;
    if (!(this.at <= this.bytes.length)) throw new NotRewritable('bytes that end within a column');
  }
}
