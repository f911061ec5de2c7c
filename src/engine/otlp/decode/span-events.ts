import type { ByteBuffer } from '../columns/byte-buffer.ts';
import type { MapColumn, WordColumn } from '../columns/column-buffers.ts';
import type { Dictionary } from '../columns/dictionary.ts';
import type { TableBuffer } from '../columns/table-buffer.ts';
import type { TypeText } from '../columns/value-types.ts';
import type { AttributeReader } from './attributes.ts';
import type { RequestContext } from './request-context.ts';

/** `Span.Event` to the columns `Events.*`. */
export class EventReader {
  readonly buffers: readonly ByteBuffer[];
  readonly dictionaries: readonly Dictionary[];
  /** The types of the attributes of the current span's events. */
  readonly types: TypeText;
  /** Events of the current span beyond the limit. */
  overLimit = 0;
  private first = 0;
  private readonly context: RequestContext;
  private readonly attributeReader: AttributeReader;
  private readonly offsets: ByteBuffer;
  private readonly timestamp: ByteBuffer;
  private readonly name: WordColumn;
  private readonly attributes: MapColumn;
  private readonly dropped: ByteBuffer;

  constructor(context: RequestContext, attributes: AttributeReader, table: TableBuffer) {
    this.context = context;
    this.attributeReader = attributes;
    this.offsets = table.offsets('Events');
    this.timestamp = table.plain('Events.Timestamp');
    this.name = table.word('Events.Name');
    this.attributes = table.map('Events.Attributes');
    this.dropped = table.plain('Events.DroppedAttributesCount');
    this.buffers = [this.timestamp, ...this.name.buffers, ...this.attributes.buffers, this.dropped];
    this.types = this.attributes.types;
    this.dictionaries = [...this.name.dictionaries, ...this.attributes.dictionaries];
  }

  private get count(): number {
    return this.timestamp.length >>> 3;
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
    if (this.count - this.first >= limits.eventsPerSpan) {
      this.overLimit++;
      reader.pos = stop;
      return;
    }
    let low = 0;
    let high = 0;
    let nameStart = 0;
    let nameEnd = 0;
    let dropped = 0;
    let overLimit = 0;
    attributes.beginRow();
    this.types.beginElement();
    while (reader.pos < stop) {
      const tag = reader.varint(stop);
      switch (tag) {
        case 0x09: // time_unix_nano
          reader.fixed64(stop);
          low = reader.low;
          high = reader.high;
          break;
        case 0x12: // name
          nameEnd = reader.delimited(stop);
          nameStart = reader.pos;
          reader.pos = nameEnd;
          break;
        case 0x1a: // attributes
          overLimit += this.attributeReader.append(attributes, stop);
          break;
        case 0x20: // dropped_attributes_count
          dropped = reader.varint(stop);
          break;
        default:
          reader.skip(tag, stop);
      }
    }
    context.appendTime(this.timestamp, low, high);
    context.itemCut += this.name.append(reader.bytes, reader.view, nameStart, nameEnd, limits.attributeValueBytes);
    attributes.endRow();
    this.types.endElement();
    this.dropped.u32(dropped + overLimit);
    context.itemDropped += overLimit;
  }

  endRow(): void {
    this.offsets.u64(this.count, 0);
  }
}
