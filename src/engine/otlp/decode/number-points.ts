import type { ByteBuffer } from '../columns/byte-buffer.ts';
import type { TableBuffer } from '../columns/table-buffer.ts';
import type { AttributeReader } from './attributes.ts';
import { PointDecoder } from './metric-points.ts';
import { integerType, numberType } from './number-types.ts';
import type { RequestContext } from './request-context.ts';

/** `NumberDataPoint` to a row of `otel_metrics_gauge` or `otel_metrics_sum`. */
export class NumberPoints extends PointDecoder {
  private readonly value: ByteBuffer;
  private readonly temporalityColumn: ByteBuffer | null;
  private readonly monotonicColumn: ByteBuffer | null;

  constructor(context: RequestContext, attributes: AttributeReader, table: TableBuffer, kind: 'gauge' | 'sum') {
    super(context, attributes, table);
    this.value = table.plain('Value');
    this.temporalityColumn = kind === 'sum' ? table.plain('AggregationTemporality') : null;
    this.monotonicColumn = kind === 'sum' ? table.plain('IsMonotonic') : null;
  }

  override decode(end: number): void {
    const { reader } = this.context;
    let value = 0;
    this.valueType = numberType.none;
    this.beginPoint();
    while (reader.pos < end) {
      const tag = reader.varint(end);
      switch (tag) {
        case 0x3a: // attributes
          this.overLimit += this.attributeReader.append(this.attributes, end);
          break;
        case 0x11: // start_time_unix_nano
          this.readStart(end);
          break;
        case 0x19: // time_unix_nano
          this.readTime(end);
          break;
        case 0x21: // as_double
          value = reader.double(end);
          this.valueType = numberType.double;
          break;
        case 0x31: // as_int
          value = reader.signed64(end);
          this.valueType = integerType(reader.low, reader.high);
          break;
        case 0x2a: // exemplars
          this.exemplars?.append(end);
          break;
        case 0x40: // flags
          this.flags = reader.varint(end);
          break;
        default:
          reader.skip(tag, end);
      }
    }
    if (!this.keep(null)) return;
    this.value.f64(value);
    this.temporalityColumn?.u32(this.temporalityOf());
    this.monotonicColumn?.u8(this.monotonic ? 1 : 0);
    this.endPoint();
  }
}
