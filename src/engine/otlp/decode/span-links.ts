import type { ByteBuffer } from '../columns/byte-buffer.ts';
import type { MapColumn } from '../columns/column-buffers.ts';
import type { Dictionary } from '../columns/dictionary.ts';
import type { TableBuffer } from '../columns/table-buffer.ts';
import type { TypeText } from '../columns/value-types.ts';
import type { AttributeReader } from './attributes.ts';
import { appendOptionalId, spanIdBytes, traceIdBytes } from './ids.ts';
import type { RequestContext } from './request-context.ts';

/** `Span.Link` to the columns `Links.*`. */
export class LinkReader {
  readonly buffers: readonly ByteBuffer[];
  readonly dictionaries: readonly Dictionary[];
  /** The types of the attributes of the current span's links. */
  readonly types: TypeText;
  /** Links of the current span beyond the limit. */
  overLimit = 0;
  private first = 0;
  private readonly context: RequestContext;
  private readonly attributeReader: AttributeReader;
  private readonly offsets: ByteBuffer;
  private readonly traceId: ByteBuffer;
  private readonly spanId: ByteBuffer;
  private readonly traceState: ByteBuffer;
  private readonly attributes: MapColumn;
  private readonly flags: ByteBuffer;
  private readonly dropped: ByteBuffer;

  constructor(context: RequestContext, attributes: AttributeReader, table: TableBuffer) {
    this.context = context;
    this.attributeReader = attributes;
    this.offsets = table.offsets('Links');
    this.traceId = table.plain('Links.TraceId');
    this.spanId = table.plain('Links.SpanId');
    this.traceState = table.plain('Links.TraceState');
    this.attributes = table.map('Links.Attributes');
    this.flags = table.plain('Links.TraceFlags');
    this.dropped = table.plain('Links.DroppedAttributesCount');
    this.buffers = [this.traceId, this.spanId, this.traceState, ...this.attributes.buffers, this.flags, this.dropped];
    this.types = this.attributes.types;
    this.dictionaries = this.attributes.dictionaries;
  }

  private get count(): number {
    return this.flags.length >>> 2;
  }

  beginRow(): void {
    this.overLimit = 0;
    this.types.clear();
    this.first = this.count;
  }

  /** Reads the field at the cursor, of a message that ends at `end`. */
  append(end: number): void {
    const { context, attributes } = this;
    const { reader, limits } = context;
    const stop = reader.delimited(end);
    if (this.count - this.first >= limits.linksPerSpan) {
      this.overLimit++;
      reader.pos = stop;
      return;
    }
    let traceStart = 0;
    let traceEnd = 0;
    let spanStart = 0;
    let spanEnd = 0;
    let stateStart = 0;
    let stateEnd = 0;
    let dropped = 0;
    let overLimit = 0;
    let flags = 0;
    attributes.beginRow();
    this.types.beginElement();
    while (reader.pos < stop) {
      const tag = reader.varint(stop);
      switch (tag) {
        case 0x0a: // trace_id
          traceEnd = reader.delimited(stop);
          traceStart = reader.pos;
          reader.pos = traceEnd;
          break;
        case 0x12: // span_id
          spanEnd = reader.delimited(stop);
          spanStart = reader.pos;
          reader.pos = spanEnd;
          break;
        case 0x1a: // trace_state
          stateEnd = reader.delimited(stop);
          stateStart = reader.pos;
          reader.pos = stateEnd;
          break;
        case 0x22: // attributes
          overLimit += this.attributeReader.append(attributes, stop);
          break;
        case 0x28: // dropped_attributes_count
          dropped = reader.varint(stop);
          break;
        case 0x35: // flags
          flags = reader.fixed32(stop);
          break;
        default:
          reader.skip(tag, stop);
      }
    }
    context.itemCut += appendOptionalId(this.traceId, reader.bytes, traceStart, traceEnd, traceIdBytes);
    context.itemCut += appendOptionalId(this.spanId, reader.bytes, spanStart, spanEnd, spanIdBytes);
    context.appendText(this.traceState, stateStart, stateEnd, limits.attributeValueBytes);
    attributes.endRow();
    this.types.endElement();
    this.flags.u32(flags);
    this.dropped.u32(dropped + overLimit);
    context.itemDropped += overLimit;
  }

  endRow(): void {
    this.offsets.u64(this.count, 0);
  }
}
