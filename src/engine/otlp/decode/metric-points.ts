import type { ByteBuffer } from '../columns/byte-buffer.ts';
import type { MapColumn, WordColumn } from '../columns/column-buffers.ts';
import { Marks } from '../columns/marks.ts';
import type { TableBuffer } from '../columns/table-buffer.ts';
import type { AttributeReader } from './attributes.ts';
import { ExemplarReader } from './exemplars.ts';
import { Head, nowhere, type Range, type Surroundings } from './head.ts';
import { numberType } from './number-types.ts';
import type { RequestContext } from './request-context.ts';
import { implausible } from './times.ts';

/** What all points of a metric have in common. */
export interface MetricInfo {
  readonly name: Range;
  readonly description: Range;
  readonly unit: Range;
  /** The metric's metadata fields as they came, in base64; empty where there are none. */
  readonly metadata: string;
  readonly metadataCuts: number;
  readonly surroundings: Surroundings;
}

/**
 * A kind of metric point and its table: the columns that all kinds share. A subclass reads the message, calls `keep`,
 * and then appends the columns of its own kind; or leaves them when `keep` said no.
 */
export abstract class PointDecoder {
  readonly head: Head;
  protected readonly context: RequestContext;
  protected readonly attributeReader: AttributeReader;
  protected readonly attributes: MapColumn;
  protected readonly exemplars: ExemplarReader | null;
  protected temporality = 0;
  protected monotonic = false;
  // Of the point that is being read.
  protected startLow = 0;
  protected startHigh = 0;
  protected timeLow = 0;
  protected timeHigh = 0;
  protected flags = 0;
  protected overLimit = 0;
  /** Of points with a single number: see `numberType`. */
  protected valueType: string = numberType.double;
  private info: MetricInfo;
  private marks: Marks;
  private metricRows = 0;
  private metricCuts = 0;
  private readonly name: WordColumn;
  private readonly description: WordColumn;
  private readonly unit: WordColumn;
  private readonly startTime: ByteBuffer;
  private readonly time: ByteBuffer;
  private readonly flagsColumn: ByteBuffer;
  private readonly valueTypes: WordColumn;
  private readonly cutValues: ByteBuffer;

  constructor(context: RequestContext, attributes: AttributeReader, table: TableBuffer) {
    this.context = context;
    this.attributeReader = attributes;
    this.head = new Head(context, attributes, table);
    this.attributes = table.map('Attributes');
    const hasExemplars = table.table.columns.some(({ name }) => name === 'Exemplars.Value');
    this.exemplars = hasExemplars ? new ExemplarReader(context, attributes, table) : null;
    this.name = table.word('MetricName');
    this.description = table.word('MetricDescription');
    this.unit = table.word('MetricUnit');
    this.startTime = table.plain('StartTimeUnix');
    this.time = table.plain('TimeUnix');
    this.flagsColumn = table.plain('Flags');
    this.valueTypes = table.word('ValueTypes');
    this.cutValues = table.plain('CutValues');
    this.marks = new Marks([this.attributes, ...(this.exemplars === null ? [] : [this.exemplars])]);
    const surroundings = { resource: nowhere, resourceSchemaUrl: nowhere, scope: nowhere, scopeSchemaUrl: nowhere };
    this.info = { name: nowhere, description: nowhere, unit: nowhere, metadata: '', metadataCuts: 0, surroundings };
  }

  /** Reads a data point from the cursor to `end`. */
  abstract decode(end: number): void;

  /** Columns of the subclass that are written while a point is read, and taken back when it is rejected. */
  protected alsoMark(buffers: readonly ByteBuffer[]): void {
    const shared = [this.attributes, ...(this.exemplars === null ? [] : [this.exemplars])];
    this.marks = new Marks([...shared, { buffers, dictionaries: [] }]);
  }

  beginMetric(info: MetricInfo, temporality: number, monotonic: boolean): void {
    this.info = info;
    this.temporality = temporality;
    this.monotonic = monotonic;
    this.metricRows = 0;
  }

  /** To be called before the fields of a point are read. */
  protected beginPoint(): void {
    this.startLow = 0;
    this.startHigh = 0;
    this.timeLow = 0;
    this.timeHigh = 0;
    this.flags = 0;
    this.overLimit = 0;
    this.marks.set();
    this.attributes.beginRow();
    this.attributes.types.clear();
    this.exemplars?.beginRow();
  }

  /** Reads a field that all kinds of points have; the field numbers differ by kind. */
  protected readStart(end: number): void {
    const { reader } = this.context;
    reader.fixed64(end);
    this.startLow = reader.low;
    this.startHigh = reader.high;
  }

  protected readTime(end: number): void {
    const { reader } = this.context;
    reader.fixed64(end);
    this.timeLow = reader.low;
    this.timeHigh = reader.high;
  }

  /**
   * Judges the point that was read and, when it is kept, writes the columns that all kinds share.
   * @param problem what the subclass found wrong with it, or `null`
   * @returns false when the point was rejected
   */
  protected keep(problem: string | null): boolean {
    const { context } = this;
    const { receivedUnixMs, limits } = context;
    const why =
      context.exhausted ??
      problem ??
      implausible('metric point time', this.timeLow, this.timeHigh, receivedUnixMs, limits) ??
      context.beyondDays(this.timeLow, this.timeHigh);
    if (why !== null) {
      this.marks.rollBack();
      context.reject(why);
      return false;
    }
    if (this.metricRows++ === 0) this.writeInfo();
    this.attributes.endRow();
    this.exemplars?.endRow();
    context.appendTime(this.startTime, this.startLow, this.startHigh);
    this.time.u64(this.timeLow, this.timeHigh);
    this.flagsColumn.u32(this.flags);
    // These tables have no column for dropped attributes.
    context.itemCut += this.overLimit;
    return true;
  }

  /** To be called when all columns of a kept point are written. */
  protected endPoint(): void {
    this.appendValueTypes();
    this.cutValues.u32(this.context.itemCut + this.metricCuts);
    this.head.addRow(this.info.surroundings);
  }

  protected temporalityOf(): number {
    if (this.temporality >= 0) return this.temporality;
    this.context.itemCut++;
    return 0;
  }

  private appendValueTypes(): void {
    const { types } = this.attributes;
    const { valueType, exemplars } = this;
    const { metadata } = this.info;
    if (valueType !== numberType.double || exemplars?.types.isEmpty === false || metadata !== '') {
      types.section();
      if (valueType !== numberType.double) types.ascii(valueType);
      if (exemplars?.types.isEmpty === false || metadata !== '') types.section(exemplars?.types);
      if (metadata !== '') {
        types.section();
        types.ascii(`m${metadata};`);
      }
    }
    this.context.itemCut += types.appendTo(this.valueTypes, this.context.limits.attributeValueBytes);
  }

  protected badBuckets(count: number): string | null {
    const { bucketsPerHistogram } = this.context.limits;
    return count > bucketsPerHistogram ? `metric point has more than ${bucketsPerHistogram} buckets` : null;
  }

  private writeInfo(): void {
    const { reader, limits } = this.context;
    const { bytes, view } = reader;
    const { name, description, unit } = this.info;
    const limit = limits.attributeValueBytes;
    this.metricCuts =
      this.info.metadataCuts +
      this.name.append(bytes, view, name.start, name.end, limit) +
      this.description.append(bytes, view, description.start, description.end, limit) +
      this.unit.append(bytes, view, unit.start, unit.end, limit);
    this.context.cut += this.metricCuts;
  }

  endMetric(): void {
    if (this.metricRows === 0) return;
    for (const { indexes } of [this.name, this.description, this.unit]) {
      indexes.repeatFrom(indexes.length - 4, this.metricRows - 1);
    }
  }
}
