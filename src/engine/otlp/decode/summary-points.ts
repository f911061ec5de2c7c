import type { ByteBuffer } from '../columns/byte-buffer.ts';
import type { TableBuffer } from '../columns/table-buffer.ts';
import type { AttributeReader } from './attributes.ts';
import { PointDecoder } from './metric-points.ts';
import type { RequestContext } from './request-context.ts';

/** `SummaryDataPoint` to a row of `otel_metrics_summary`. */
export class SummaryPoints extends PointDecoder {
  private readonly count: ByteBuffer;
  private readonly sum: ByteBuffer;
  private readonly quantileOffsets: ByteBuffer;
  private readonly quantiles: ByteBuffer;
  private readonly values: ByteBuffer;

  constructor(context: RequestContext, attributes: AttributeReader, table: TableBuffer) {
    super(context, attributes, table);
    this.count = table.plain('Count');
    this.sum = table.plain('Sum');
    this.quantileOffsets = table.offsets('ValueAtQuantiles');
    this.quantiles = table.plain('ValueAtQuantiles.Quantile');
    this.values = table.plain('ValueAtQuantiles.Value');
    this.alsoMark([this.quantiles, this.values]);
  }

  override decode(end: number): void {
    const { reader } = this.context;
    const before = this.quantiles.length;
    let countLow = 0;
    let countHigh = 0;
    let sum = 0;
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
        case 0x21: // count
          reader.fixed64(end);
          countLow = reader.low;
          countHigh = reader.high;
          break;
        case 0x29: // sum
          sum = reader.double(end);
          break;
        case 0x32: // quantile_values
          this.readQuantile(end);
          break;
        case 0x40: // flags
          this.flags = reader.varint(end);
          break;
        default:
          reader.skip(tag, end);
      }
    }
    if (!this.keep(this.badBuckets((this.quantiles.length - before) / 8))) return;
    this.count.u64(countLow, countHigh);
    this.sum.f64(sum);
    this.quantileOffsets.u64(this.quantiles.length / 8, 0);
    this.endPoint();
  }

  private readQuantile(end: number): void {
    const { reader } = this.context;
    const stop = reader.delimited(end);
    let quantile = 0;
    let value = 0;
    while (reader.pos < stop) {
      const tag = reader.varint(stop);
      if (tag === 0x09) quantile = reader.double(stop);
      else if (tag === 0x11) value = reader.double(stop);
      else reader.skip(tag, stop);
    }
    this.quantiles.f64(quantile);
    this.values.f64(value);
  }
}
