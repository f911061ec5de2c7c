import { ByteBuffer } from '../columns/byte-buffer.ts';
import { appendText } from '../columns/text.ts';
import { typeLetter, TypeText } from '../columns/value-types.ts';
import { appendJsonString } from './json-text.ts';
import { appendAscii, appendDouble, appendInteger, doubleText, integerText } from './numbers.ts';
import type { RequestContext } from './request-context.ts';
import type { WireReader } from './wire-reader.ts';

/** Field numbers of `opentelemetry.proto.common.v1.AnyValue`; 0 when none of them was sent. */
const kind = { none: 0, text: 1, bool: 2, integer: 3, double: 4, array: 5, list: 6, bytes: 7 } as const;

const char = (text: string): number => text.charCodeAt(0);
const [openBrace, closeBrace, openBracket, closeBracket] = [char('{'), char('}'), char('['), char(']')];
const [comma, colon, quote] = [char(','), char(':'), char('"')];

/**
 * Writes an `AnyValue` as text, the way the Collector's `pcommon.Value.AsString` does: strings as they are, numbers in
 * decimal, bytes as base64, arrays and lists as JSON (keys in the order sent). Deeper nesting than the limit becomes
 * `null`; that, and whatever else had to be changed, counts in `itemCut`.
 */
export class AnyValueWriter {
  private readonly context: RequestContext;
  private readonly reader: WireReader;
  private readonly json = new ByteBuffer();
  private types = new TypeText();
  private kind: number = kind.none;
  private start = 0;
  private stop = 0;
  private low = 0;
  private high = 0;

  constructor(context: RequestContext) {
    this.context = context;
    this.reader = context.reader;
  }

  /**
   * Reads the message from the cursor to `end` and appends it as one Native String of at most `limit` bytes, and what
   * type it is of to `types`.
   */
  append(out: ByteBuffer, end: number, limit: number, types: TypeText): void {
    const { reader } = this;
    const { pos } = reader;
    if (end - pos > 1 && reader.bytes[pos] === 0x0a && reader.bytes[pos + 1] === end - pos - 2 && end - pos < 130) {
      // Nothing but a short text: nearly all values are.
      types.text();
      this.context.itemCut += appendText(out, reader.bytes, reader.view, pos + 2, end, limit);
      return;
    }
    this.scan(end);
    if (this.kind === kind.text) {
      types.text();
      this.context.itemCut += appendText(out, reader.bytes, reader.view, this.start, this.stop, limit);
      return;
    }
    this.types = types;
    this.appendOther(out, limit);
  }

  private appendOther(out: ByteBuffer, limit: number): void {
    switch (this.kind) {
      case kind.none:
        this.types.letter(typeLetter.none);
        out.u8(0);
        return;
      case kind.bool:
        this.types.letter(typeLetter.bool);
        appendAscii(out, this.low === 0 && this.high === 0 ? 'false' : 'true');
        return;
      case kind.integer:
        this.types.letter(typeLetter.integer);
        appendInteger(out, this.low, this.high);
        return;
      case kind.double:
        this.types.letter(typeLetter.double);
        appendDouble(out, this.reader.view.getFloat64(this.start, true));
        return;
      default:
        this.appendJson(out, limit);
    }
  }

  private appendJson(out: ByteBuffer, limit: number): void {
    const { json, context } = this;
    const end = this.reader.pos;
    json.length = 0;
    if (this.kind === kind.bytes) {
      this.types.letter(typeLetter.bytes);
      this.base64(limit);
    } else this.nested(1, limit);
    this.reader.pos = end;
    const cut = appendText(out, json.bytes, json.view, 0, json.length, limit);
    context.itemCut += cut;
    json.clear();
  }

  /** Finds the member that is set; the last one wins. */
  private scan(end: number): void {
    const { reader } = this;
    this.kind = kind.none;
    while (reader.pos < end) {
      const tag = reader.varint(end);
      switch (tag) {
        case 0x0a:
        case 0x2a:
        case 0x32:
        case 0x3a:
          this.stop = reader.delimited(end);
          this.start = reader.pos;
          reader.pos = this.stop;
          this.kind = tag >>> 3;
          break;
        case 0x10:
        case 0x18:
          reader.varint64(end);
          this.low = reader.low;
          this.high = reader.high;
          this.kind = tag >>> 3;
          break;
        case 0x21:
          this.start = reader.pos;
          reader.fixed64(end);
          this.kind = kind.double;
          break;
        default:
          reader.skip(tag, end);
      }
    }
  }

  /** The scanned array or list as JSON; stops taking elements once `limit` is passed. */
  private nested(depth: number, limit: number): void {
    const { reader, json, context, types } = this;
    const { start, stop } = this;
    const isList = this.kind === kind.list;
    if (depth > context.limits.nestingDepth) {
      context.itemCut++;
      types.letter(typeLetter.none);
      json.ascii('null');
      return;
    }
    const firstType = types.open(isList ? typeLetter.openList : typeLetter.openArray);
    let lastType = firstType;
    json.u8(isList ? openBrace : openBracket);
    reader.pos = start;
    let first = true;
    while (reader.pos < stop && json.length <= limit) {
      const tag = reader.varint(stop);
      if (tag !== 0x0a) {
        reader.skip(tag, stop);
        continue;
      }
      const end = reader.delimited(stop);
      if (!first) json.u8(comma);
      first = false;
      lastType = types.length;
      if (isList) this.member(end, depth, limit);
      else this.element(end, depth, limit);
      reader.pos = end;
    }
    json.u8(isList ? closeBrace : closeBracket);
    types.close(firstType, lastType, isList ? typeLetter.closeList : typeLetter.closeArray);
  }

  /** A KeyValue within a list. */
  private member(end: number, depth: number, limit: number): void {
    const { reader, json, context } = this;
    let keyStart = 0;
    let keyStop = 0;
    let valueStart = 0;
    let valueStop = 0;
    while (reader.pos < end) {
      const tag = reader.varint(end);
      if (tag === 0x0a) {
        keyStop = reader.delimited(end);
        keyStart = reader.pos;
        reader.pos = keyStop;
      } else if (tag === 0x12) {
        valueStop = reader.delimited(end);
        valueStart = reader.pos;
        reader.pos = valueStop;
      } else reader.skip(tag, end);
    }
    context.itemCut += appendJsonString(json, reader.bytes, keyStart, keyStop, context.limits.attributeKeyBytes);
    json.u8(colon);
    reader.pos = valueStart;
    this.element(valueStop, depth, limit);
  }

  /** An AnyValue within an array or list. */
  private element(end: number, depth: number, limit: number): void {
    const { reader, json, types } = this;
    this.scan(end);
    switch (this.kind) {
      case kind.none:
        types.letter(typeLetter.none);
        json.ascii('null');
        return;
      case kind.text:
        types.text();
        this.context.itemCut += appendJsonString(json, reader.bytes, this.start, this.stop, limit);
        return;
      case kind.bytes:
        types.letter(typeLetter.bytes);
        json.u8(quote);
        this.base64(limit);
        json.u8(quote);
        return;
      case kind.array:
      case kind.list:
        this.nested(depth + 1, limit);
        return;
      case kind.double: {
        const value = reader.view.getFloat64(this.start, true);
        types.letter(typeLetter.double);
        json.ascii(Number.isFinite(value) ? doubleText(value) : `"${value}"`);
        return;
      }
      case kind.integer:
        types.letter(typeLetter.integer);
        json.ascii(integerText(this.low, this.high));
        return;
      default:
        types.letter(typeLetter.bool);
        json.ascii(this.low === 0 && this.high === 0 ? 'false' : 'true');
    }
  }

  /** The scanned bytes; no more of them than the limit can use. */
  private base64(limit: number): void {
    const size = Math.min(this.stop - this.start, Math.ceil(limit / 4) * 3 + 3);
    const { buffer, byteOffset } = this.reader.bytes;
    this.json.ascii(Buffer.from(buffer, byteOffset + this.start, size).toString('base64'));
  }
}
