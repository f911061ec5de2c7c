import type { ByteBuffer } from '../columns/byte-buffer.ts';
import type { NullableColumn } from '../columns/column-buffers.ts';
import type { TableBuffer } from '../columns/table-buffer.ts';
import type { AttributeReader } from './attributes.ts';
import { PointDecoder } from './metric-points.ts';
import { readVarint64s } from './packed.ts';
import type { RequestContext } from './request-context.ts';

interface BucketColumns {
  readonly offset: ByteBuffer;
  readonly counts: ByteBuffer;
  readonly countOffsets: ByteBuffer;
}

function bucketColumns(table: TableBuffer, sign: 'Positive' | 'Negative'): BucketColumns {
  const counts = `${sign}BucketCounts`;
  return { offset: table.plain(`${sign}Offset`), counts: table.plain(counts), countOffsets: table.offsets(counts) };
}

/** `ExponentialHistogramDataPoint` to a row of `otel_metrics_exponential_histogram`. */
export class ExponentialPoints extends PointDecoder {
  private readonly count: ByteBuffer;
  private readonly sum: NullableColumn;
  private readonly min: NullableColumn;
  private readonly max: NullableColumn;
  private readonly scale: ByteBuffer;
  private readonly zeroCount: ByteBuffer;
  private readonly zeroThreshold: ByteBuffer;
  private readonly positive: BucketColumns;
  private readonly negative: BucketColumns;
  private readonly temporalityColumn: ByteBuffer;

  constructor(context: RequestContext, attributes: AttributeReader, table: TableBuffer) {
    super(context, attributes, table);
    this.count = table.plain('Count');
    this.sum = table.nullable('Sum');
    this.min = table.nullable('Min');
    this.max = table.nullable('Max');
    this.scale = table.plain('Scale');
    this.zeroCount = table.plain('ZeroCount');
    this.zeroThreshold = table.plain('ZeroThreshold');
    this.positive = bucketColumns(table, 'Positive');
    this.negative = bucketColumns(table, 'Negative');
    this.temporalityColumn = table.plain('AggregationTemporality');
    this.alsoMark([this.positive.counts, this.negative.counts]);
  }

  override decode(end: number): void {
    const { reader } = this.context;
    const positiveBefore = this.positive.counts.length;
    const negativeBefore = this.negative.counts.length;
    let countLow = 0;
    let countHigh = 0;
    let zeroLow = 0;
    let zeroHigh = 0;
    let scale = 0;
    let positiveOffset = 0;
    let negativeOffset = 0;
    let threshold = 0;
    let sum: number | undefined;
    let min: number | undefined;
    let max: number | undefined;
    this.beginPoint();
    while (reader.pos < end) {
      const tag = reader.varint(end);
      switch (tag) {
        case 0x0a: // attributes
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
        case 0x30: // scale
          scale = zigzag(reader.varint(end));
          break;
        case 0x39: // zero_count
          reader.fixed64(end);
          zeroLow = reader.low;
          zeroHigh = reader.high;
          break;
        case 0x42: // positive
          this.positive.counts.length = positiveBefore;
          positiveOffset = this.readBuckets(end, this.positive.counts);
          break;
        case 0x4a: // negative
          this.negative.counts.length = negativeBefore;
          negativeOffset = this.readBuckets(end, this.negative.counts);
          break;
        case 0x50: // flags
          this.flags = reader.varint(end);
          break;
        case 0x5a: // exemplars
          this.exemplars?.append(end);
          break;
        case 0x61: // min
          min = reader.double(end);
          break;
        case 0x69: // max
          max = reader.double(end);
          break;
        case 0x71: // zero_threshold
          threshold = reader.double(end);
          break;
        default:
          reader.skip(tag, end);
      }
    }
    const buckets = this.positive.counts.length - positiveBefore + this.negative.counts.length - negativeBefore;
    if (!this.keep(this.badBuckets(buckets / 8))) return;
    this.count.u64(countLow, countHigh);
    this.sum.append(sum);
    this.scale.u32(scale);
    this.zeroCount.u64(zeroLow, zeroHigh);
    this.zeroThreshold.f64(threshold);
    this.positive.offset.u32(positiveOffset);
    this.positive.countOffsets.u64(this.positive.counts.length / 8, 0);
    this.negative.offset.u32(negativeOffset);
    this.negative.countOffsets.u64(this.negative.counts.length / 8, 0);
    this.min.append(min);
    this.max.append(max);
    this.temporalityColumn.u32(this.temporalityOf());
    this.endPoint();
  }

  /** `Buckets`: the counts go to `counts`. @returns the offset */
  private readBuckets(end: number, counts: ByteBuffer): number {
    const { reader } = this.context;
    const stop = reader.delimited(end);
    let offset = 0;
    while (reader.pos < stop) {
      const tag = reader.varint(stop);
      if (tag === 0x08) offset = zigzag(reader.varint(stop));
      else if (tag === 0x10 || tag === 0x12) readVarint64s(reader, tag, stop, counts);
      else reader.skip(tag, stop);
    }
    return offset;
  }
}

/** The number behind a protobuf sint32. */
function zigzag(value: number): number {
  return (value >>> 1) ^ -(value & 1);
}
