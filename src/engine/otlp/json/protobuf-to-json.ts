import { integerText, unsignedText } from '../decode/numbers.ts';
import { WireReader } from '../decode/wire-reader.ts';
import type { FieldKind, MessageShape } from './message-shapes.ts';

type Json = Record<string, unknown>;

/**
 * A protobuf message as OTLP/JSON writes it. For the few fields that rows keep as they came, not for requests: it makes
 * an object of each message.
 * @throws Unreadable where the bytes are no such message
 */
export function protobufToJson(shape: MessageShape, bytes: Uint8Array): Json {
  const reader = new WireReader();
  reader.load(bytes);
  return message(reader, shape, bytes.length);
}

function message(reader: WireReader, shape: MessageShape, end: number): Json {
  const json: Json = {};
  while (reader.pos < end) {
    const tag = reader.varint(end);
    const entry = [...shape.fields].find(([, field]) => field.number === tag >>> 3);
    if (entry === undefined) {
      reader.skip(tag, end);
      continue;
    }
    const [name, field] = entry;
    const value = valueOf(reader, field.kind, end);
    if (field.repeated) ((json[name] ??= []) as unknown[]).push(value);
    else json[name] = value;
  }
  return json;
}

function valueOf(reader: WireReader, kind: FieldKind, end: number): unknown {
  switch (kind) {
    case 'string':
      return delimited(reader, end).toString('utf8');
    case 'id':
      return delimited(reader, end).toString('hex');
    case 'bytes':
      return delimited(reader, end).toString('base64');
    case 'bool':
      return reader.varint(end) !== 0;
    case 'uint32':
      return reader.varint(end) >>> 0;
    case 'sint32': {
      const value = reader.varint(end);
      return (value >>> 1) ^ -(value & 1);
    }
    case 'int64':
      reader.varint64(end);
      return integerText(reader.low, reader.high);
    case 'fixed32':
      return reader.fixed32(end) >>> 0;
    case 'fixed64':
      reader.fixed64(end);
      return unsignedText(reader.low, reader.high);
    case 'double': {
      const value = reader.double(end);
      return Number.isFinite(value) && !Object.is(value, -0) ? value : Object.is(value, -0) ? '-0' : String(value);
    }
    default:
      return 'names' in kind ? reader.varint(end) : nested(reader, kind, end);
  }
}

function nested(reader: WireReader, shape: MessageShape, end: number): Json {
  const stop = reader.delimited(end);
  const json = message(reader, shape, stop);
  reader.pos = stop;
  return json;
}

function delimited(reader: WireReader, end: number): Buffer {
  const stop = reader.delimited(end);
  const bytes = Buffer.from(reader.bytes.subarray(reader.pos, stop));
  reader.pos = stop;
  return bytes;
}
