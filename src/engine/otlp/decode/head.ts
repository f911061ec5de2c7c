import type { ByteBuffer } from '../columns/byte-buffer.ts';
import type { MapColumn, WordColumn } from '../columns/column-buffers.ts';
import type { TableBuffer } from '../columns/table-buffer.ts';
import type { AttributeReader } from './attributes.ts';
import { KeptFields } from './kept-fields.ts';
import type { RequestContext } from './request-context.ts';

/** A part of the payload; empty (0 to 0) where the message has no such field. */
export interface Range {
  readonly start: number;
  readonly end: number;
}
export const nowhere: Range = { start: 0, end: 0 };

/** Where the parts stand that all items of one scope have in common. */
export interface Surroundings {
  readonly resource: Range;
  readonly resourceSchemaUrl: Range;
  readonly scope: Range;
  readonly scopeSchemaUrl: Range;
}

/** Of `Resource.entity_refs`. */
const entityRefsTag = 0x1a;
const serviceNameKey = Buffer.from('service.name');
const serviceNameView = new DataView(serviceNameKey.buffer, serviceNameKey.byteOffset, serviceNameKey.length);
const noBytes = new Uint8Array(0);
const noView = new DataView(noBytes.buffer);

/**
 * The resource and scope columns of one table. They are the same for all rows of a scope, so they are decoded once, for
 * the first row, and their encoded bytes are copied for the others when the scope ends.
 */
export class Head {
  /** Rows of the current scope so far. */
  rows = 0;
  /** Column bytes that a row of the current scope takes here, all other fixed-width columns included. */
  rowBytes = 0;
  private cuts = 0;
  private readonly context: RequestContext;
  private readonly attributes: AttributeReader;
  private readonly fixedBytes: number;
  private readonly serviceName: WordColumn;
  private readonly resourceAttributes: MapColumn;
  private readonly resourceSchemaUrl: WordColumn;
  private readonly resourceDropped: ByteBuffer;
  private readonly scopeName: WordColumn;
  private readonly scopeVersion: WordColumn;
  private readonly scopeAttributes: MapColumn;
  private readonly scopeDropped: ByteBuffer;
  private readonly scopeSchemaUrl: WordColumn;
  private readonly originTypes: WordColumn;
  private readonly cutValues: ByteBuffer;
  private readonly entityRefs: KeptFields;

  constructor(context: RequestContext, attributes: AttributeReader, table: TableBuffer) {
    this.context = context;
    this.attributes = attributes;
    this.fixedBytes = table.table.columns.length * 8;
    this.serviceName = table.word('ServiceName');
    this.resourceAttributes = table.map('ResourceAttributes');
    this.resourceSchemaUrl = table.word('ResourceSchemaUrl');
    this.resourceDropped = table.plain('ResourceDroppedAttributesCount');
    this.scopeName = table.word('ScopeName');
    this.scopeVersion = table.word('ScopeVersion');
    this.scopeAttributes = table.map('ScopeAttributes');
    this.scopeDropped = table.plain('ScopeDroppedAttrCount');
    this.scopeSchemaUrl = table.word('ScopeSchemaUrl');
    this.originTypes = table.word('OriginTypes');
    this.cutValues = table.plain('CutValues');
    this.entityRefs = new KeptFields(context, entityRefsTag);
  }

  /** Counts a row of the current scope in; to be called once for each row that is kept. */
  addRow(surroundings: Surroundings): void {
    if (this.rows++ === 0) this.encodeFirst(surroundings);
    this.context.accept(this.rowBytes);
  }

  private encodeFirst(surroundings: Surroundings): void {
    const { context } = this;
    const { reader } = context;
    const itemCut = context.itemCut;
    const itemDropped = context.itemDropped;
    const itemPos = reader.pos;
    context.beginItem();
    this.readResource(surroundings.resource);
    this.readScope(surroundings.scope);
    this.appendOriginTypes();
    this.word(this.resourceSchemaUrl, surroundings.resourceSchemaUrl);
    this.word(this.scopeSchemaUrl, surroundings.scopeSchemaUrl);
    this.cuts = context.itemCut;
    context.cut += context.itemCut + context.itemDropped;
    context.itemCut = itemCut;
    context.itemDropped = itemDropped;
    reader.pos = itemPos;
  }

  private readResource({ start, end }: Range): void {
    const { reader, limits } = this.context;
    const map = this.resourceAttributes;
    map.beginRow();
    map.types.clear();
    this.entityRefs.clear();
    let dropped = 0;
    reader.pos = start;
    while (reader.pos < end) {
      const tag = reader.varint(end);
      if (tag === 0x0a) this.context.itemDropped += this.attributes.append(map, end);
      else if (tag === 0x10) dropped = reader.varint(end);
      else if (tag === entityRefsTag) this.entityRefs.take(end);
      else reader.skip(tag, end);
    }
    map.endRow();
    this.resourceDropped.u32(dropped + this.context.itemDropped);
    this.rowBytes = this.fixedBytes + map.rowBytes;
    this.appendServiceName(limits.attributeValueBytes);
  }

  private readScope({ start, end }: Range): void {
    const { reader } = this.context;
    const map = this.scopeAttributes;
    map.beginRow();
    map.types.clear();
    let name = nowhere;
    let version = nowhere;
    let dropped = 0;
    let overLimit = 0;
    reader.pos = start;
    while (reader.pos < end) {
      const tag = reader.varint(end);
      if (tag === 0x1a) overLimit += this.attributes.append(map, end);
      else if (tag === 0x0a) name = this.range(end);
      else if (tag === 0x12) version = this.range(end);
      else if (tag === 0x20) dropped = reader.varint(end);
      else reader.skip(tag, end);
    }
    map.endRow();
    this.context.itemDropped += overLimit;
    this.scopeDropped.u32(dropped + overLimit);
    this.rowBytes += map.rowBytes;
    this.word(this.scopeName, name);
    this.word(this.scopeVersion, version);
  }

  private appendOriginTypes(): void {
    const { types } = this.resourceAttributes;
    const entityRefs = this.entityRefs.base64();
    if (!this.scopeAttributes.types.isEmpty || entityRefs !== '') {
      types.section(this.scopeAttributes.types);
      types.section();
      if (entityRefs !== '') types.ascii(`r${entityRefs};`);
    }
    this.context.itemCut += this.entityRefs.cut;
    this.context.itemCut += types.appendTo(this.originTypes, this.context.limits.attributeValueBytes);
  }

  private range(end: number): Range {
    const { reader } = this.context;
    const stop = reader.delimited(end);
    const start = reader.pos;
    reader.pos = stop;
    return { start, end: stop };
  }

  private word(column: WordColumn, { start, end }: Range): void {
    const { reader, limits } = this.context;
    this.context.itemCut += column.append(reader.bytes, reader.view, start, end, limits.attributeValueBytes);
  }

  /** The value of the first resource attribute `service.name`; empty where there is none, as in the Collector's exporter. */
  private appendServiceName(limit: number): void {
    const { keys, values, rowEntries, rowValues } = this.resourceAttributes;
    const wanted = keys.dictionary.find(serviceNameKey, serviceNameView, 0, serviceNameKey.length);
    let at = rowValues;
    for (let i = rowEntries; i < keys.count; i++) {
      let size = 0;
      for (let shift = 0; ; shift += 7) {
        const byte = values.bytes[at++] as number;
        size |= (byte & 127) << shift;
        if (byte < 128) break;
      }
      if (wanted >= 0 && keys.indexes.view.getInt32(i * 4, true) === wanted) {
        this.serviceName.append(values.bytes, values.view, at, at + size, limit);
        return;
      }
      at += size;
    }
    this.serviceName.append(noBytes, noView, 0, 0, limit);
  }

  /** Gives all rows of the scope but the first their copies, and makes ready for the next scope. */
  endScope(): void {
    const { rows } = this;
    this.rows = 0;
    if (rows === 0) return;
    for (const word of [
      this.serviceName,
      this.resourceSchemaUrl,
      this.scopeName,
      this.scopeVersion,
      this.scopeSchemaUrl,
      this.originTypes,
    ]) {
      word.indexes.repeatFrom(word.indexes.length - 4, rows - 1);
    }
    this.resourceDropped.repeatFrom(this.resourceDropped.length - 4, rows - 1);
    this.scopeDropped.repeatFrom(this.scopeDropped.length - 4, rows - 1);
    this.resourceAttributes.repeatRow(rows - 1);
    this.scopeAttributes.repeatRow(rows - 1);
    if (this.cuts > 0) this.addCuts(rows);
  }

  /** Forgets the current scope, whose rows were taken back. */
  abandonScope(): void {
    this.rows = 0;
  }

  private addCuts(rows: number): void {
    const { view, length } = this.cutValues;
    for (let at = length - rows * 4; at < length; at += 4) view.setInt32(at, view.getInt32(at, true) + this.cuts, true);
  }
}
