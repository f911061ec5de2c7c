import type { ByteBuffer } from '../columns/byte-buffer.ts';
import type { NullableColumn } from '../columns/column-buffers.ts';
import type { TableBuffer } from '../columns/table-buffer.ts';
import type { AttributeReader } from './attributes.ts';
import { PointDecoder } from './metric-points.ts';
import { readFixed64s } from './packed.ts';
import type { RequestContext } from './request-context.ts';

/** `HistogramDataPoint` to a row of `otel_metrics_histogram`. */
export class HistogramPoints extends PointDecoder {
  private readonly count: ByteBuffer;
  private readonly sum: NullableColumn;
  private readonly min: NullableColumn;
  private readonly max: NullableColumn;
  private readonly buckets: ByteBuffer;
  private readonly bucketOffsets: ByteBuffer;
  private readonly bounds: ByteBuffer;
  private readonly boundOffsets: ByteBuffer;
  private readonly temporalityColumn: ByteBuffer;

  constructor(context: RequestContext, attributes: AttributeReader, table: TableBuffer) {
    super(context, attributes, table);
    this.count = table.plain('Count');
    this.sum = table.nullable('Sum');
    this.min = table.nullable('Min');
    this.max = table.nullable('Max');
    this.buckets = table.plain('BucketCounts');
    this.bucketOffsets = table.offsets('BucketCounts');
    this.bounds = table.plain('ExplicitBounds');
    this.boundOffsets = table.offsets('ExplicitBounds');
    this.temporalityColumn = table.plain('AggregationTemporality');
    this.alsoMark([this.buckets, this.bounds]);
  }

  override decode(end: number): void {
    const { reader } = this.context;
    const bucketsBefore = this.buckets.length;
    const boundsBefore = this.bounds.length;
    let countLow = 0;
    let countHigh = 0;
    // A double that is not set stays undefined: it is NULL, which is not 0.
    let sum: number | undefined;
    let min: number | undefined;
    let max: number | undefined;
    this.beginPoint();
    while (reader.pos < end) {
      const tag = reader.varint(end);
      switch (tag) {
        case 0x4a: // attributes
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
        case 0x31: // bucket_counts
        case 0x32:
          readFixed64s(reader, tag, end, this.buckets);
          break;
        case 0x39: // explicit_bounds
        case 0x3a:
          readFixed64s(reader, tag, end, this.bounds);
          break;
        case 0x42: // exemplars
          this.exemplars?.append(end);
          break;
        case 0x50: // flags
          this.flags = reader.varint(end);
          break;
        case 0x59: // min
          min = reader.double(end);
          break;
        case 0x61: // max
          max = reader.double(end);
          break;
        default:
          reader.skip(tag, end);
      }
    }
    const buckets = (this.buckets.length - bucketsBefore) / 8;
    const bounds = (this.bounds.length - boundsBefore) / 8;
    if (!this.keep(this.badBuckets(Math.max(buckets, bounds)))) return;
    this.count.u64(countLow, countHigh);
    this.sum.append(sum);
    this.bucketOffsets.u64(this.buckets.length / 8, 0);
    this.boundOffsets.u64(this.bounds.length / 8, 0);
    this.min.append(min);
    this.max.append(max);
    this.temporalityColumn.u32(this.temporalityOf());
    this.endPoint();
  }
}
