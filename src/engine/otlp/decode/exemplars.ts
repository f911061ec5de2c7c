import type { ByteBuffer } from '../columns/byte-buffer.ts';
import type { MapColumn } from '../columns/column-buffers.ts';
import type { Dictionary } from '../columns/dictionary.ts';
import type { TableBuffer } from '../columns/table-buffer.ts';
import type { TypeText } from '../columns/value-types.ts';
import type { AttributeReader } from './attributes.ts';
import { appendOptionalId, spanIdBytes, traceIdBytes } from './ids.ts';
import { integerType, numberType } from './number-types.ts';
import type { RequestContext } from './request-context.ts';

/** `opentelemetry.proto.metrics.v1.Exemplar` to the columns `Exemplars.*`; what is over a limit counts as cut. */
export class ExemplarReader {
  readonly buffers: readonly ByteBuffer[];
  readonly dictionaries: readonly Dictionary[];
  /** The types of the current point's exemplars: of their attributes and of their values. */
  readonly types: TypeText;
  private first = 0;
  private readonly context: RequestContext;
  private readonly attributeReader: AttributeReader;
  private readonly offsets: ByteBuffer;
  private readonly attributes: MapColumn;
  private readonly time: ByteBuffer;
  private readonly value: ByteBuffer;
  private readonly spanId: ByteBuffer;
  private readonly traceId: ByteBuffer;

  constructor(context: RequestContext, attributes: AttributeReader, table: TableBuffer) {
    this.context = context;
    this.attributeReader = attributes;
    this.offsets = table.offsets('Exemplars');
    this.attributes = table.map('Exemplars.FilteredAttributes');
    this.time = table.plain('Exemplars.TimeUnix');
    this.value = table.plain('Exemplars.Value');
    this.spanId = table.plain('Exemplars.SpanId');
    this.traceId = table.plain('Exemplars.TraceId');
    this.buffers = [...this.attributes.buffers, this.time, this.value, this.spanId, this.traceId];
    this.types = this.attributes.types;
    this.dictionaries = this.attributes.dictionaries;
  }

  private get count(): number {
    return this.time.length >>> 3;
  }

  beginRow(): void {
    this.first = this.count;
    this.types.clear();
  }

  /** Reads the field at the cursor, of a message that ends at `end`. */
  append(end: number): void {
    const { context, attributes } = this;
    const { reader, limits } = context;
    const stop = reader.delimited(end);
    if (this.count - this.first >= limits.exemplarsPerPoint) {
      context.itemCut++;
      reader.pos = stop;
      return;
    }
    let low = 0;
    let high = 0;
    let value = 0;
    let valueType: string = numberType.none;
    let spanStart = 0;
    let spanEnd = 0;
    let traceStart = 0;
    let traceEnd = 0;
    attributes.beginRow();
    this.types.beginElement();
    while (reader.pos < stop) {
      const tag = reader.varint(stop);
      switch (tag) {
        case 0x11: // time_unix_nano
          reader.fixed64(stop);
          low = reader.low;
          high = reader.high;
          break;
        case 0x19: // as_double
          value = reader.double(stop);
          valueType = numberType.double;
          break;
        case 0x31: // as_int
          value = reader.signed64(stop);
          valueType = integerType(reader.low, reader.high);
          break;
        case 0x22: // span_id
          spanEnd = reader.delimited(stop);
          spanStart = reader.pos;
          reader.pos = spanEnd;
          break;
        case 0x2a: // trace_id
          traceEnd = reader.delimited(stop);
          traceStart = reader.pos;
          reader.pos = traceEnd;
          break;
        case 0x3a: // filtered_attributes
          context.itemCut += this.attributeReader.append(attributes, stop);
          break;
        default:
          reader.skip(tag, stop);
      }
    }
    attributes.endRow();
    if (valueType !== numberType.double) this.types.ascii(`:${valueType}`);
    this.types.endElement();
    context.appendTime(this.time, low, high);
    this.value.f64(value);
    context.itemCut += appendOptionalId(this.spanId, reader.bytes, spanStart, spanEnd, spanIdBytes);
    context.itemCut += appendOptionalId(this.traceId, reader.bytes, traceStart, traceEnd, traceIdBytes);
  }

  endRow(): void {
    this.offsets.u64(this.count, 0);
  }
}
