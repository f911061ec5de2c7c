import { telemetryTables, type TelemetryTableName } from '../../domain/schema/telemetry.ts';
import { TableBuffer } from '../columns/table-buffer.ts';
import type { AttributeReader } from './attributes.ts';
import { ExponentialPoints } from './exponential-points.ts';
import { nowhere, type Range, type Surroundings } from './head.ts';
import { HistogramPoints } from './histogram-points.ts';
import type { ItemDecoder } from './item-decoder.ts';
import { KeptFields } from './kept-fields.ts';
import type { MetricInfo, PointDecoder } from './metric-points.ts';
import { NumberPoints } from './number-points.ts';
import type { RequestContext } from './request-context.ts';
import { SummaryPoints } from './summary-points.ts';

/** By the tag of the field of the oneof `Metric.data`. */
const kinds: readonly (readonly [tag: number, table: TelemetryTableName])[] = [
  [0x2a, 'otel_metrics_gauge'],
  [0x3a, 'otel_metrics_sum'],
  [0x4a, 'otel_metrics_histogram'],
  [0x52, 'otel_metrics_exponential_histogram'],
  [0x5a, 'otel_metrics_summary'],
];

/** Of `Metric.metadata`. */
const metadataTag = 0x62;

/** `opentelemetry.proto.metrics.v1.Metric`: each of its points becomes a row of the table of its kind. */
export class MetricDecoder implements ItemDecoder {
  readonly tables: readonly TableBuffer[];
  readonly points: readonly PointDecoder[];
  private readonly context: RequestContext;
  private readonly metadata: KeptFields;
  private readonly byTag: ReadonlyMap<number, PointDecoder>;

  constructor(context: RequestContext, attributes: AttributeReader) {
    this.context = context;
    this.metadata = new KeptFields(context, metadataTag);
    this.tables = kinds.map(([, name]) => new TableBuffer(telemetryTables[name]));
    const [gauge, sum, histogram, exponential, summary] = this.tables as [
      TableBuffer,
      TableBuffer,
      TableBuffer,
      TableBuffer,
      TableBuffer,
    ];
    this.points = [
      new NumberPoints(context, attributes, gauge, 'gauge'),
      new NumberPoints(context, attributes, sum, 'sum'),
      new HistogramPoints(context, attributes, histogram),
      new ExponentialPoints(context, attributes, exponential),
      new SummaryPoints(context, attributes, summary),
    ];
    this.byTag = new Map(kinds.map(([tag], i) => [tag, this.points[i] as PointDecoder]));
  }

  /** Skims the metric for its name, description, unit and the last kind of data set, then reads the points. */
  decode(end: number, surroundings: Surroundings): void {
    const { reader } = this.context;
    const texts: [Range, Range, Range] = [nowhere, nowhere, nowhere];
    let data = nowhere;
    let points: PointDecoder | undefined;
    this.metadata.clear();
    while (reader.pos < end) {
      const tag = reader.varint(end);
      const decoder = this.byTag.get(tag);
      const text = tag === 0x0a ? 0 : tag === 0x12 ? 1 : tag === 0x1a ? 2 : -1;
      if (text < 0 && decoder === undefined) {
        if (tag === metadataTag) this.metadata.take(end);
        else reader.skip(tag, end);
        continue;
      }
      const stop = reader.delimited(end);
      const range = { start: reader.pos, end: stop };
      reader.pos = stop;
      if (decoder === undefined) texts[text as 0 | 1 | 2] = range;
      else {
        data = range;
        points = decoder;
      }
    }
    const [name, description, unit] = texts;
    if (points !== undefined) {
      const metadata = this.metadata.base64();
      const info = { name, description, unit, metadata, metadataCuts: this.metadata.cut, surroundings };
      this.decodeData(points, data, info);
    }
  }

  /** Skims the data for what its points have in common (temporality, monotonicity), then reads them. */
  private decodeData(decoder: PointDecoder, { start, end }: Range, info: MetricInfo): void {
    const { context } = this;
    const { reader } = context;
    let temporality = 0;
    let monotonic = false;
    reader.pos = start;
    while (reader.pos < end) {
      const tag = reader.varint(end);
      if (tag === 0x10) temporality = reader.varint(end);
      else if (tag === 0x18) {
        reader.varint64(end);
        monotonic = (reader.low | reader.high) !== 0;
      } else reader.skip(tag, end);
    }
    decoder.beginMetric(info, temporality, monotonic);
    reader.pos = start;
    while (reader.pos < end) {
      const tag = reader.varint(end);
      if (tag !== 0x0a) {
        reader.skip(tag, end);
        continue;
      }
      const stop = reader.delimited(end);
      context.beginItem();
      decoder.decode(stop);
      reader.pos = stop;
    }
    decoder.endMetric();
  }
}
