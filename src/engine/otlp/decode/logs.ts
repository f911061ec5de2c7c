import type { ByteBuffer } from '../columns/byte-buffer.ts';
import type { MapColumn, WordColumn } from '../columns/column-buffers.ts';
import { Marks } from '../columns/marks.ts';
import type { TableBuffer } from '../columns/table-buffer.ts';
import { TypeText } from '../columns/value-types.ts';
import type { AnyValueWriter } from './any-value.ts';
import type { AttributeReader } from './attributes.ts';
import type { Head, Surroundings } from './head.ts';
import { appendOptionalId, spanIdBytes, traceIdBytes } from './ids.ts';
import type { ItemDecoder } from './item-decoder.ts';
import type { RequestContext } from './request-context.ts';
import { implausible } from './times.ts';

/** `opentelemetry.proto.logs.v1.LogRecord` to a row of `otel_logs`. */
export class LogDecoder implements ItemDecoder {
  private readonly context: RequestContext;
  private readonly attributeReader: AttributeReader;
  private readonly values: AnyValueWriter;
  private readonly head: Head;
  private readonly marks: Marks;
  private readonly timestamp: ByteBuffer;
  private readonly observed: ByteBuffer;
  private readonly traceId: ByteBuffer;
  private readonly spanId: ByteBuffer;
  private readonly flags: ByteBuffer;
  private readonly severityText: WordColumn;
  private readonly severityNumber: ByteBuffer;
  private readonly body: ByteBuffer;
  private readonly attributes: MapColumn;
  private readonly eventName: WordColumn;
  private readonly dropped: ByteBuffer;
  private readonly valueTypes: WordColumn;
  private readonly cutValues: ByteBuffer;
  private readonly bodyType = new TypeText();
  /** What the columns cannot say of the record that is being read. */
  private unheld = '';

  constructor(
    context: RequestContext,
    attributes: AttributeReader,
    values: AnyValueWriter,
    table: TableBuffer,
    head: Head,
  ) {
    this.context = context;
    this.attributeReader = attributes;
    this.values = values;
    this.head = head;
    this.timestamp = table.plain('Timestamp');
    this.observed = table.plain('ObservedTimestamp');
    this.traceId = table.plain('TraceId');
    this.spanId = table.plain('SpanId');
    this.flags = table.plain('TraceFlags');
    this.severityText = table.word('SeverityText');
    this.severityNumber = table.plain('SeverityNumber');
    this.body = table.plain('Body');
    this.attributes = table.map('LogAttributes');
    this.eventName = table.word('EventName');
    this.dropped = table.plain('DroppedAttributesCount');
    this.valueTypes = table.word('ValueTypes');
    this.cutValues = table.plain('CutValues');
    this.marks = new Marks([this.attributes]);
  }

  decode(end: number, surroundings: Surroundings): void {
    const { context, attributeReader, attributes } = this;
    const { reader, limits } = context;
    const { bytes, view } = reader;
    let timeLow = 0;
    let timeHigh = 0;
    let observedLow = 0;
    let observedHigh = 0;
    let severity = 0;
    let textStart = 0;
    let textEnd = 0;
    let bodyStart = 0;
    let bodyEnd = 0;
    let droppedCount = 0;
    let overLimit = 0;
    let flags = 0;
    let traceStart = 0;
    let traceEnd = 0;
    let spanStart = 0;
    let spanEnd = 0;
    let eventStart = 0;
    let eventEnd = 0;
    this.marks.set();
    attributes.beginRow();
    attributes.types.clear();
    this.bodyType.clear();
    this.unheld = '';

    while (reader.pos < end) {
      const tag = reader.varint(end);
      switch (tag) {
        case 0x32: // attributes
          overLimit += attributeReader.append(attributes, end);
          break;
        case 0x09: // time_unix_nano
          reader.fixed64(end);
          timeLow = reader.low;
          timeHigh = reader.high;
          break;
        case 0x59: // observed_time_unix_nano
          reader.fixed64(end);
          observedLow = reader.low;
          observedHigh = reader.high;
          break;
        case 0x10: // severity_number
          severity = reader.varint(end);
          break;
        case 0x1a: // severity_text
          textEnd = reader.delimited(end);
          textStart = reader.pos;
          reader.pos = textEnd;
          break;
        case 0x2a: // body
          bodyEnd = reader.delimited(end);
          bodyStart = reader.pos;
          reader.pos = bodyEnd;
          break;
        case 0x38: // dropped_attributes_count
          droppedCount = reader.varint(end);
          break;
        case 0x45: // flags
          flags = reader.fixed32(end);
          break;
        case 0x4a: // trace_id
          traceEnd = reader.delimited(end);
          traceStart = reader.pos;
          reader.pos = traceEnd;
          break;
        case 0x52: // span_id
          spanEnd = reader.delimited(end);
          spanStart = reader.pos;
          reader.pos = spanEnd;
          break;
        case 0x62: // event_name
          eventEnd = reader.delimited(end);
          eventStart = reader.pos;
          reader.pos = eventEnd;
          break;
        default:
          reader.skip(tag, end);
      }
    }

    const problem = context.exhausted ?? this.badTime(timeLow, timeHigh, observedLow, observedHigh);
    if (problem !== null) {
      this.marks.rollBack();
      context.reject(problem);
      return;
    }

    const textLimit = limits.attributeValueBytes;
    this.appendTimestamp(timeLow, timeHigh, observedLow, observedHigh);
    context.appendTime(this.observed, observedLow, observedHigh);
    context.itemCut += appendOptionalId(this.traceId, bytes, traceStart, traceEnd, traceIdBytes);
    context.itemCut += appendOptionalId(this.spanId, bytes, spanStart, spanEnd, spanIdBytes);
    this.flags.u32(flags);
    context.itemCut += this.severityText.append(bytes, view, textStart, textEnd, textLimit);
    this.appendSeverity(severity);
    reader.pos = bodyStart;
    this.values.append(this.body, bodyEnd, limits.bodyTextBytes, this.bodyType);
    attributes.endRow();
    context.itemCut += this.eventName.append(bytes, view, eventStart, eventEnd, textLimit);
    this.dropped.u32(droppedCount + overLimit);
    context.itemDropped += overLimit;
    this.appendValueTypes();
    this.cutValues.u32(context.itemCut);
    this.head.addRow(surroundings);
  }

  /** The time that the row will have is judged: its own, else the observed one; that of receipt needs no judging. */
  private badTime(timeLow: number, timeHigh: number, observedLow: number, observedHigh: number): string | null {
    const { receivedUnixMs, limits } = this.context;
    if ((timeLow | timeHigh) !== 0) {
      return (
        implausible('log record time', timeLow, timeHigh, receivedUnixMs, limits) ??
        this.context.beyondDays(timeLow, timeHigh)
      );
    }
    if ((observedLow | observedHigh) === 0) return null;
    return (
      implausible('log record observed time', observedLow, observedHigh, receivedUnixMs, limits) ??
      this.context.beyondDays(observedLow, observedHigh)
    );
  }

  private appendTimestamp(timeLow: number, timeHigh: number, observedLow: number, observedHigh: number): void {
    if ((timeLow | timeHigh) !== 0) {
      this.timestamp.u64(timeLow, timeHigh);
      return;
    }
    this.unheld = 'o;';
    if ((observedLow | observedHigh) !== 0) this.timestamp.u64(observedLow, observedHigh);
    else {
      const nanos = BigInt(Math.trunc(this.context.receivedUnixMs)) * 1_000_000n;
      this.timestamp.u64(Number(nanos & 0xffff_ffffn), Number(nanos >> 32n));
    }
  }

  /** Numbers of later versions are kept as they are, as far as the column can hold them. */
  private appendSeverity(severity: number): void {
    const kept = severity >= 0 && severity <= 255;
    this.severityNumber.u8(kept ? severity : 0);
    if (kept) return;
    this.unheld += `v${severity};`;
    this.context.itemCut++;
  }

  private appendValueTypes(): void {
    const { types } = this.attributes;
    const { bodyType, unheld } = this;
    if (!bodyType.isEmpty || unheld !== '') {
      types.section(bodyType);
      types.section();
      if (unheld !== '') types.ascii(unheld);
    }
    this.context.itemCut += types.appendTo(this.valueTypes, this.context.limits.attributeValueBytes);
  }
}
