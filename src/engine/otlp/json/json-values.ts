import type { ByteBuffer } from '../columns/byte-buffer.ts';
import type { FieldKind } from './message-shapes.ts';
import { Unreadable } from '../decode/wire-reader.ts';

/** Names and indexes from the request down to the value at hand. */
export type Path = (string | number)[];

type Scalar = Extract<FieldKind, string>;

const encoder = new TextEncoder();
/** A byte that is never part of UTF-8: the decoder replaces it by U+FFFD and counts it. */
const notUtf8 = 0xff;
const loneSurrogate = /[\uD800-\uDFFF]/u;
const loneSurrogateOrReplacement = /[\uD800-\uDFFF\uFFFD]/u;
const hexDigits = /^(?:[0-9a-f]{2})*$/i;
const integerDigits = /^-?\d+$/;
const doubleWords = new Map([
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
]);

/** Below this, and when it is ASCII, a loop is faster than a call into the encoder. */
const shortText = 64;

/** Appends length and text, unless it is not ASCII. */
function appendShortAscii(out: ByteBuffer, text: string): boolean {
  out.reserve(text.length + 1);
  const { bytes, length } = out;
  bytes[length] = text.length;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 127) return false;
    bytes[length + 1 + i] = code;
  }
  out.length = length + 1 + text.length;
  return true;
}

/** Writes JSON scalars as protobuf values (after the tag). */
export class JsonValues {
  /** The payload was not UTF-8: every U+FFFD in it may stand for broken bytes. */
  repaired = false;
  private readonly out: ByteBuffer;
  private readonly path: Path;

  constructor(out: ByteBuffer, path: Path) {
    this.out = out;
    this.path = path;
  }

  wrong(expected: string, value: unknown): Unreadable {
    const where = this.path.reduce<string>(
      (path, part) => path + (typeof part === 'number' ? `[${part}]` : `.${part}`),
      '$',
    );
    const found = value === null ? 'null' : Array.isArray(value) ? 'a list' : `a value of type ${typeof value}`;
    return new Unreadable(`${where} should be ${expected}, not ${found}`);
  }

  write(kind: Scalar, value: unknown): void {
    switch (kind) {
      case 'string':
        this.string(value);
        return;
      case 'id':
        this.id(value);
        return;
      case 'bytes':
        this.bytes(value);
        return;
      case 'bool':
        if (typeof value !== 'boolean') throw this.wrong('true or false', value);
        this.out.u8(value ? 1 : 0);
        return;
      case 'double':
        this.double(value);
        return;
      case 'uint32':
        this.out.varint(this.integer32(value));
        return;
      case 'fixed32':
        this.out.u32(this.integer32(value));
        return;
      case 'sint32': {
        const number = this.integer32(value) | 0;
        this.out.varint(((number << 1) ^ (number >> 31)) >>> 0);
        return;
      }
      case 'fixed64': {
        const [low, high] = this.integer64(value);
        this.out.u64(low, high);
        return;
      }
      case 'int64': {
        const [low, high] = this.integer64(value);
        this.varint64(low, high);
      }
    }
  }

  /** A number as it is; a name as its number, one that nobody knows as -1. */
  enumeration(names: ReadonlyMap<string, number>, value: unknown): void {
    if (typeof value === 'string' && !integerDigits.test(value)) {
      const number = names.get(value);
      if (number === undefined) this.varint64(-1, -1);
      else this.out.varint(number);
      return;
    }
    const number = this.integer32(value) | 0;
    this.varint64(number, number >> 31);
  }

  private string(value: unknown): void {
    if (typeof value !== 'string') throw this.wrong('a string', value);
    const broken = this.repaired ? loneSurrogateOrReplacement : loneSurrogate;
    if (value.isWellFormed() && !(this.repaired && broken.test(value))) {
      this.utf8(value);
      return;
    }
    const parts = value
      .split(broken)
      .flatMap((part, i) => (i === 0 ? [] : [Uint8Array.of(notUtf8)]).concat(encoder.encode(part)));
    this.delimited(Buffer.concat(parts));
  }

  private utf8(text: string): void {
    const { out } = this;
    if (text.length < shortText && appendShortAscii(out, text)) return;
    // The length takes as many bytes as it would for the longest UTF-8 that this text can be.
    const room = text.length * 3;
    const lengthBytes = room < 0x80 ? 1 : room < 0x4000 ? 2 : room < 0x200000 ? 3 : room < 0x10000000 ? 4 : 5;
    out.reserve(room + lengthBytes);
    const start = out.length + lengthBytes;
    const { written } = encoder.encodeInto(text, out.bytes.subarray(start));
    let rest = written;
    for (let i = 0; i < lengthBytes - 1; i++, rest >>>= 7) out.bytes[out.length + i] = (rest & 127) | 128;
    out.bytes[start - 1] = rest;
    out.length = start + written;
  }

  private delimited(bytes: Uint8Array): void {
    this.out.varint(bytes.length);
    this.out.copy(bytes, 0, bytes.length);
  }

  /** What is not hex becomes one byte, which is no id's length: the decoder then refuses it as such. */
  private id(value: unknown): void {
    if (typeof value !== 'string') throw this.wrong('a string of hex digits', value);
    this.delimited(hexDigits.test(value) ? Buffer.from(value, 'hex') : Uint8Array.of(notUtf8));
  }

  private bytes(value: unknown): void {
    if (typeof value !== 'string') throw this.wrong('a base64 string', value);
    this.delimited(Buffer.from(value, 'base64'));
  }

  private double(value: unknown): void {
    const number =
      typeof value === 'string' ? (doubleWords.get(value) ?? (value.trim() === '' ? undefined : Number(value))) : value;
    const isNumber = typeof number === 'number' && (!Number.isNaN(number) || value === 'NaN');
    if (!isNumber) throw this.wrong('a number', value);
    this.out.f64(number);
  }

  private integer32(value: unknown): number {
    const number = typeof value === 'string' && integerDigits.test(value) ? Number(value) : value;
    if (typeof number !== 'number' || !Number.isInteger(number) || number < -0x80000000 || number > 0xffffffff) {
      throw this.wrong('a 32-bit integer', value);
    }
    return number >>> 0;
  }

  private integer64(value: unknown): readonly [low: number, high: number] {
    const isInteger =
      typeof value === 'number' ? Number.isInteger(value) : typeof value === 'string' && integerDigits.test(value);
    if (!isInteger) throw this.wrong('an integer', value);
    const number = typeof value === 'number' ? value : String(value).length < 16 ? Number(value) : Number.NaN;
    if (number >= 0 && number <= Number.MAX_SAFE_INTEGER) {
      return [(number % 4_294_967_296) | 0, Math.floor(number / 4_294_967_296)];
    }
    const big = BigInt(value as string | number);
    if (big < -(2n ** 63n) || big >= 2n ** 64n) throw this.wrong('a 64-bit integer', value);
    return [Number(BigInt.asIntN(32, big)), Number(BigInt.asIntN(32, big >> 32n))];
  }

  private varint64(low: number, high: number): void {
    const { out } = this;
    let rest = low >>> 0;
    let top = high >>> 0;
    while (top > 0 || rest > 127) {
      out.u8((rest & 127) | 128);
      rest = ((rest >>> 7) | (top << 25)) >>> 0;
      top >>>= 7;
    }
    out.u8(rest);
  }
}
