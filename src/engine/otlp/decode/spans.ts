import type { ByteBuffer } from '../columns/byte-buffer.ts';
import type { MapColumn, WordColumn } from '../columns/column-buffers.ts';
import { Marks } from '../columns/marks.ts';
import type { TableBuffer } from '../columns/table-buffer.ts';
import type { AttributeReader } from './attributes.ts';
import type { Head, Surroundings } from './head.ts';
import { appendHexId, isZeroId, spanIdBytes, traceIdBytes } from './ids.ts';
import type { ItemDecoder } from './item-decoder.ts';
import type { RequestContext } from './request-context.ts';
import { EventReader } from './span-events.ts';
import { LinkReader } from './span-links.ts';
import { unsignedText } from './numbers.ts';
import { staticWords } from './static-words.ts';
import { implausible } from './times.ts';

const kinds = staticWords(['Unspecified', 'Internal', 'Server', 'Client', 'Producer', 'Consumer']);
const statuses = staticWords(['Unset', 'Ok', 'Error']);

/** `opentelemetry.proto.trace.v1.Span` to a row of `otel_traces`. */
export class SpanDecoder implements ItemDecoder {
  private readonly context: RequestContext;
  private readonly attributeReader: AttributeReader;
  private readonly head: Head;
  private readonly events: EventReader;
  private readonly links: LinkReader;
  private readonly marks: Marks;
  private readonly timestamp: ByteBuffer;
  private readonly traceId: ByteBuffer;
  private readonly spanId: ByteBuffer;
  private readonly parentSpanId: ByteBuffer;
  private readonly traceState: ByteBuffer;
  private readonly name: WordColumn;
  private readonly kind: WordColumn;
  private readonly attributes: MapColumn;
  private readonly duration: ByteBuffer;
  private readonly statusCode: WordColumn;
  private readonly statusMessage: ByteBuffer;
  private readonly flags: ByteBuffer;
  private readonly droppedAttributes: ByteBuffer;
  private readonly droppedEvents: ByteBuffer;
  private readonly droppedLinks: ByteBuffer;
  private readonly valueTypes: WordColumn;
  private readonly cutValues: ByteBuffer;
  /** What the columns cannot say of the span that is being read. */
  private unheld = '';
  // The status of the span that is being read.
  private code = 0;
  private messageStart = 0;
  private messageEnd = 0;

  constructor(context: RequestContext, attributes: AttributeReader, table: TableBuffer, head: Head) {
    this.context = context;
    this.attributeReader = attributes;
    this.head = head;
    this.events = new EventReader(context, attributes, table);
    this.links = new LinkReader(context, attributes, table);
    this.timestamp = table.plain('Timestamp');
    this.traceId = table.plain('TraceId');
    this.spanId = table.plain('SpanId');
    this.parentSpanId = table.plain('ParentSpanId');
    this.traceState = table.plain('TraceState');
    this.name = table.word('SpanName');
    this.kind = table.word('SpanKind');
    this.attributes = table.map('SpanAttributes');
    this.duration = table.plain('Duration');
    this.statusCode = table.word('StatusCode');
    this.statusMessage = table.plain('StatusMessage');
    this.flags = table.plain('TraceFlags');
    this.droppedAttributes = table.plain('DroppedAttributesCount');
    this.droppedEvents = table.plain('DroppedEventsCount');
    this.droppedLinks = table.plain('DroppedLinksCount');
    this.valueTypes = table.word('ValueTypes');
    this.cutValues = table.plain('CutValues');
    this.marks = new Marks([this.attributes, this.events, this.links]);
  }

  decode(end: number, surroundings: Surroundings): void {
    const { context, attributeReader, attributes } = this;
    const { reader, limits } = context;
    const { bytes, view } = reader;
    let traceStart = 0;
    let traceEnd = 0;
    let spanStart = 0;
    let spanEnd = 0;
    let stateStart = 0;
    let stateEnd = 0;
    let parentStart = 0;
    let parentEnd = 0;
    let nameStart = 0;
    let nameEnd = 0;
    let kind = 0;
    let beginLow = 0;
    let beginHigh = 0;
    let finishLow = 0;
    let finishHigh = 0;
    let droppedAttributes = 0;
    let droppedEvents = 0;
    let droppedLinks = 0;
    let flags = 0;
    let attributesOverLimit = 0;
    this.unheld = '';
    this.code = 0;
    this.messageStart = 0;
    this.messageEnd = 0;
    this.marks.set();
    attributes.beginRow();
    attributes.types.clear();
    this.events.beginRow();
    this.links.beginRow();

    while (reader.pos < end) {
      const tag = reader.varint(end);
      switch (tag) {
        case 0x4a: // attributes
          attributesOverLimit += attributeReader.append(attributes, end);
          break;
        case 0x0a: // trace_id
          traceEnd = reader.delimited(end);
          traceStart = reader.pos;
          reader.pos = traceEnd;
          break;
        case 0x12: // span_id
          spanEnd = reader.delimited(end);
          spanStart = reader.pos;
          reader.pos = spanEnd;
          break;
        case 0x1a: // trace_state
          stateEnd = reader.delimited(end);
          stateStart = reader.pos;
          reader.pos = stateEnd;
          break;
        case 0x22: // parent_span_id
          parentEnd = reader.delimited(end);
          parentStart = reader.pos;
          reader.pos = parentEnd;
          break;
        case 0x2a: // name
          nameEnd = reader.delimited(end);
          nameStart = reader.pos;
          reader.pos = nameEnd;
          break;
        case 0x30: // kind
          kind = reader.varint(end);
          break;
        case 0x39: // start_time_unix_nano
          reader.fixed64(end);
          beginLow = reader.low;
          beginHigh = reader.high;
          break;
        case 0x41: // end_time_unix_nano
          reader.fixed64(end);
          finishLow = reader.low;
          finishHigh = reader.high;
          break;
        case 0x50: // dropped_attributes_count
          droppedAttributes = reader.varint(end);
          break;
        case 0x5a: // events
          this.events.append(end);
          break;
        case 0x60: // dropped_events_count
          droppedEvents = reader.varint(end);
          break;
        case 0x6a: // links
          this.links.append(end);
          break;
        case 0x70: // dropped_links_count
          droppedLinks = reader.varint(end);
          break;
        case 0x7a: // status
          this.readStatus(end);
          break;
        case 0x85: // flags
          flags = reader.fixed32(end);
          break;
        default:
          reader.skip(tag, end);
      }
    }

    const problem =
      context.exhausted ??
      badId('trace', bytes, traceStart, traceEnd, traceIdBytes) ??
      badId('span', bytes, spanStart, spanEnd, spanIdBytes) ??
      implausible('span start time', beginLow, beginHigh, context.receivedUnixMs, limits) ??
      context.beyondDays(beginLow, beginHigh);
    if (problem !== null) {
      this.marks.rollBack();
      context.reject(problem);
      return;
    }

    const textLimit = limits.attributeValueBytes;
    this.timestamp.u64(beginLow, beginHigh);
    appendHexId(this.traceId, bytes, traceStart, traceEnd);
    appendHexId(this.spanId, bytes, spanStart, spanEnd);
    this.appendParent(parentStart, parentEnd);
    context.appendText(this.traceState, stateStart, stateEnd, textLimit);
    context.itemCut += this.name.append(bytes, view, nameStart, nameEnd, textLimit);
    this.appendKind(kind);
    attributes.endRow();
    this.appendDuration(beginLow, beginHigh, finishLow, finishHigh);
    this.appendStatusCode();
    context.appendText(this.statusMessage, this.messageStart, this.messageEnd, textLimit);
    this.flags.u32(flags);
    this.droppedAttributes.u32(droppedAttributes + attributesOverLimit);
    this.droppedEvents.u32(droppedEvents + this.events.overLimit);
    this.droppedLinks.u32(droppedLinks + this.links.overLimit);
    this.events.endRow();
    this.links.endRow();
    context.itemDropped += attributesOverLimit + this.events.overLimit + this.links.overLimit;
    this.appendValueTypes();
    this.cutValues.u32(context.itemCut);
    this.head.addRow(surroundings);
  }

  private appendKind(kind: number): void {
    if (kinds.append(this.kind, kind) === 0) return;
    this.context.itemCut++;
    this.unheld += `k${kind};`;
  }

  private appendStatusCode(): void {
    if (statuses.append(this.statusCode, this.code) === 0) return;
    this.context.itemCut++;
    this.unheld += `c${this.code};`;
  }

  private appendValueTypes(): void {
    const { types } = this.attributes;
    const { events, links, unheld } = this;
    if (!events.types.isEmpty || !links.types.isEmpty || unheld !== '') {
      types.section(events.types);
      types.section(links.types);
      types.section();
      if (unheld !== '') types.ascii(unheld);
    }
    this.context.itemCut += types.appendTo(this.valueTypes, this.context.limits.attributeValueBytes);
  }

  private readStatus(end: number): void {
    const { reader } = this.context;
    const stop = reader.delimited(end);
    while (reader.pos < stop) {
      const tag = reader.varint(stop);
      if (tag === 0x18) this.code = reader.varint(stop);
      else if (tag === 0x12) {
        this.messageEnd = reader.delimited(stop);
        this.messageStart = reader.pos;
        reader.pos = this.messageEnd;
      } else reader.skip(tag, stop);
    }
  }

  /** All zero is how some SDKs say "no parent": nothing is lost by leaving it blank. */
  private appendParent(start: number, end: number): void {
    const { bytes } = this.context.reader;
    if (end - start === spanIdBytes && !isZeroId(bytes, start, end)) {
      appendHexId(this.parentSpanId, bytes, start, end);
      return;
    }
    this.parentSpanId.u8(0);
    if (!isZeroId(bytes, start, end) || (end > start && end - start !== spanIdBytes)) this.context.itemCut++;
  }

  /** End minus start in 64 bits; 0, and counted, where the end lies before the start or beyond what an Int64 holds. */
  private appendDuration(beginLow: number, beginHigh: number, endLow: number, endHigh: number): void {
    const borrow = endLow >>> 0 < beginLow >>> 0 ? 1 : 0;
    const high = endHigh - beginHigh - borrow;
    if (endHigh >= 0 && high >= 0) this.duration.u64(endLow - beginLow, high);
    else {
      this.duration.u64(0, 0);
      this.unheld += `e${unsignedText(endLow, endHigh)};`;
      this.context.itemCut++;
    }
  }
}

function badId(what: string, bytes: Uint8Array, start: number, end: number, size: number): string | null {
  if (end - start !== size) return `${what} id is not ${size} bytes (${size * 2} hex digits)`;
  return isZeroId(bytes, start, end) ? `${what} id is all zero` : null;
}
