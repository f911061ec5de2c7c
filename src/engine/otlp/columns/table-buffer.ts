import type { ColumnType } from '../../domain/schema/columns.ts';
import type { TelemetryTable } from '../../domain/schema/telemetry.ts';
import type { EncodedBlock } from '../encoder.ts';
import { blockMemory } from './block-memory.ts';
import { ByteBuffer } from './byte-buffer.ts';
import {
  ArrayColumn,
  MapColumn,
  NullableColumn,
  PlainColumn,
  WordColumn,
  type ColumnBuffer,
} from './column-buffers.ts';
import { Marks } from './marks.ts';

function makeColumn(type: ColumnType, offsets: () => ByteBuffer): ColumnBuffer {
  if (type.startsWith('Array(')) {
    return new ArrayColumn(offsets(), makeColumn(type.slice('Array('.length, -1) as ColumnType, offsets));
  }
  switch (type) {
    case 'Map(LowCardinality(String), String)':
      return new MapColumn();
    case 'LowCardinality(String)':
      return new WordColumn();
    case 'Nullable(Float64)':
      return new NullableColumn();
    default:
      return new PlainColumn();
  }
}

/** All columns of one table, built from its schema. */
export class TableBuffer {
  readonly table: TelemetryTable;
  /** Everything that a request may have written to. */
  readonly marks: Marks;
  private readonly columns: readonly ColumnBuffer[];
  private readonly headers: readonly Uint8Array[];
  private readonly groups = new Map<string, ByteBuffer>();
  private readonly time: ByteBuffer;

  constructor(table: TelemetryTable) {
    this.table = table;
    this.columns = table.columns.map(({ name, type }) =>
      makeColumn(type, () => this.offsets(name.split('.')[0] ?? name)),
    );
    this.headers = table.columns.map(({ name, type }) => nativeStrings(name, type));
    this.marks = new Marks(this.columns);
    this.time = this.plain(table.timeColumn);
  }

  get rows(): number {
    return this.time.length >>> 3;
  }

  /** The shared offsets of the columns `group.*`, or those of the single array column `group`. */
  offsets(group: string): ByteBuffer {
    const known = this.groups.get(group);
    if (known !== undefined) return known;
    const made = new ByteBuffer();
    this.groups.set(group, made);
    return made;
  }

  /** The bytes of a column of numbers or strings; for an array column those of its elements. */
  plain(name: string): ByteBuffer {
    return this.inner(name, PlainColumn).data;
  }

  word(name: string): WordColumn {
    return this.inner(name, WordColumn);
  }

  map(name: string): MapColumn {
    return this.inner(name, MapColumn);
  }

  nullable(name: string): NullableColumn {
    return this.inner(name, NullableColumn);
  }

  private inner<T extends ColumnBuffer>(name: string, kind: abstract new () => T): T {
    const column = this.columns[this.table.columns.findIndex((column) => column.name === name)];
    const inner = column instanceof ArrayColumn ? column.inner : column;
    if (inner instanceof kind) return inner;
    throw new TypeError(`${this.table.name} has no column ${name} of that kind`);
  }

  /** The block as `EncodedBlock` says, in memory of its own until it is given back; the table is empty afterwards. */
  take(): EncodedBlock {
    const { rows } = this;
    let size = 0;
    for (const header of this.headers) size += header.length;
    for (const column of this.columns) size += column.size();
    const out = blockMemory.take(size);
    this.columns.forEach((column, i) => {
      const header = this.headers[i] as Uint8Array;
      out.copy(header, 0, header.length);
      column.writePrefix(out);
      column.writeData(out);
    });
    this.marks.clear();
    return { table: this.table.name, columns: this.columns.length, rows, body: out.bytes.subarray(0, out.length) };
  }
}

function nativeStrings(...texts: readonly string[]): Uint8Array {
  const out = new ByteBuffer(128);
  for (const text of texts) {
    out.varint(text.length);
    out.ascii(text);
  }
  return out.bytes.slice(0, out.length);
}
