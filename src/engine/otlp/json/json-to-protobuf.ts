import { ByteBuffer } from '../columns/byte-buffer.ts';
import { Unreadable } from '../decode/wire-reader.ts';
import { JsonValues, type Path } from './json-values.ts';
import { anyValue, type FieldKind, type FieldShape, type MessageShape } from './message-shapes.ts';
import { parseJson } from './parse-json.ts';

/** Lengths are written before they are known: as a varint of this many bytes, whatever the length turns out to be. */
const lengthBytes = 5;
const wireType = { varint: 0, fixed64: 1, delimited: 2, fixed32: 5 } as const;

/**
 * Rewrites an OTLP/JSON request as OTLP protobuf, so that one decoder serves both. Unknown fields are passed over.
 * What protobuf can say although it is wrong (an id of a wrong length, an unknown enum number) is left to the decoder to
 * judge; what it cannot (a number where a message should be) makes the payload unreadable.
 */
export class JsonToProtobuf {
  private readonly shape: MessageShape;
  private readonly nestingDepth: number;
  private readonly out = new ByteBuffer();
  private readonly path: Path = [];
  private readonly values = new JsonValues(this.out, this.path);
  /** How many AnyValues we are in. */
  private depth = 0;

  constructor(shape: MessageShape, nestingDepth: number) {
    this.shape = shape;
    this.nestingDepth = nestingDepth;
  }

  /**
   * @returns protobuf bytes; they are overwritten by the next call
   * @throws Unreadable with the position, or the path of the value that is of the wrong type
   */
  convert(payload: Uint8Array): Uint8Array {
    const { value, repaired } = parseJson(payload);
    this.out.clear();
    this.path.length = 0;
    this.depth = 0;
    this.values.repaired = repaired;
    this.message(this.shape, value);
    return this.out.bytes.subarray(0, this.out.length);
  }

  private message(shape: MessageShape, value: unknown): void {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw this.values.wrong('an object', value);
    const object = value as Readonly<Record<string, unknown>>;
    // Not Object.entries: a list of pairs for each of a hundred thousand small objects is a third of the time.
    for (const name of Object.keys(object)) {
      const inner = object[name];
      const field = shape.fields.get(name);
      if (field === undefined || inner === null || inner === undefined) continue;
      this.path.push(name);
      if (field.repeated) this.list(field, inner);
      else this.field(field, inner);
      this.path.pop();
    }
  }

  private list(field: FieldShape, value: unknown): void {
    if (!Array.isArray(value)) throw this.values.wrong('a list', value);
    for (let i = 0; i < value.length; i++) {
      this.path.push(i);
      this.field(field, value[i]);
      this.path.pop();
    }
  }

  private field({ number, kind }: FieldShape, value: unknown): void {
    this.tag(number, kind);
    if (typeof kind === 'string') this.values.write(kind, value);
    else if ('names' in kind) this.values.enumeration(kind.names, value);
    else this.nested(kind, value);
  }

  private tag(number: number, kind: FieldKind): void {
    this.out.varint((number << 3) | wireTypeOf(kind));
  }

  private nested(shape: MessageShape, value: unknown): void {
    const { out } = this;
    const isAny = shape === anyValue;
    if (isAny) this.depth++;
    const start = out.length;
    out.reserve(lengthBytes);
    out.length += lengthBytes;
    // One AnyValue deeper than the limit the decoder looks no further than at what kind of value it is.
    if (this.depth <= this.nestingDepth + 1) this.message(shape, value);
    writeLength(out, start);
    if (isAny) this.depth--;
  }
}

function wireTypeOf(kind: FieldKind): number {
  switch (kind) {
    case 'bool':
    case 'uint32':
    case 'sint32':
    case 'int64':
      return wireType.varint;
    case 'fixed32':
      return wireType.fixed32;
    case 'fixed64':
    case 'double':
      return wireType.fixed64;
    case 'string':
    case 'id':
    case 'bytes':
      return wireType.delimited;
    default:
      return 'names' in kind ? wireType.varint : wireType.delimited;
  }
}

/** The number of bytes since, as a varint in the room that was left for it. */
function writeLength(out: ByteBuffer, start: number): void {
  let length = out.length - start - lengthBytes;
  if (length > 0x7fff_ffff) throw new Unreadable('a message is longer than 2 GiB', start);
  for (let i = 0; i < lengthBytes - 1; i++) {
    out.bytes[start + i] = (length & 127) | 128;
    length >>>= 7;
  }
  out.bytes[start + lengthBytes - 1] = length;
}
