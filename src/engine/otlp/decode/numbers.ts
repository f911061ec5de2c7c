import type { ByteBuffer } from '../columns/byte-buffer.ts';

const minus = 0x2d;
const point = 0x2e;
const zero = 0x30;
/** Bytes of the longest number that is written digit by digit: sign, ten digits, point, length. */
const longest = 16;

/** A signed 64-bit integer, given as two 32-bit halves, in decimal. */
export function integerText(low: number, high: number): string {
  if (high === low >> 31) return String(low);
  return String((BigInt(high) << 32n) | BigInt(low >>> 0));
}

/** An unsigned 64-bit integer, given as two 32-bit halves, in decimal. */
export function unsignedText(low: number, high: number): string {
  return String((BigInt(high >>> 0) << 32n) | BigInt(low >>> 0));
}

/** As `integerText`, appended as a Native String. */
export function appendInteger(out: ByteBuffer, low: number, high: number): void {
  if (high !== low >> 31 || low === -0x80000000) {
    appendAscii(out, integerText(low, high));
    return;
  }
  const start = beginNumber(out, low < 0);
  writeDigits(out, low < 0 ? -low : low);
  endNumber(out, start);
}

/**
 * The shortest decimal that reads back as the same double, as ECMAScript and the Collector's `float64AsString` write it;
 * as there, -0 keeps its sign.
 */
export function doubleText(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value);
}

/** As `doubleText`, appended as a Native String. */
export function appendDouble(out: ByteBuffer, value: number): void {
  const thousandths = Math.round(value * 1000);
  const size = Math.abs(thousandths);
  // Two decimals of up to 15 digits are never the same double: if these few digits give the value, they are the shortest.
  if (size === 0 || size > 0x7fff_ffff || thousandths / 1000 !== value) {
    appendAscii(out, doubleText(value));
    return;
  }
  const start = beginNumber(out, value < 0);
  const whole = (size / 1000) | 0;
  writeDigits(out, whole);
  let rest = size - whole * 1000;
  if (rest > 0) out.bytes[out.length++] = point;
  for (let unit = 100; rest > 0; unit /= 10) {
    const digit = (rest / unit) | 0;
    out.bytes[out.length++] = zero + digit;
    rest -= digit * unit;
  }
  endNumber(out, start);
}

/** Leaves room for the length, writes the sign. @returns where the length goes */
function beginNumber(out: ByteBuffer, negative: boolean): number {
  out.reserve(longest);
  const start = out.length++;
  if (negative) out.bytes[out.length++] = minus;
  return start;
}

function endNumber(out: ByteBuffer, start: number): void {
  out.bytes[start] = out.length - start - 1;
}

/** The digits of 0 ≤ value < 2^31, into room that is there. */
function writeDigits(out: ByteBuffer, value: number): void {
  let digits = 1;
  for (let power = 10; digits < 10 && value >= power; power *= 10) digits++;
  const { bytes } = out;
  let rest = value;
  for (let at = out.length + digits - 1; at >= out.length; at--) {
    const next = (rest / 10) | 0;
    bytes[at] = zero + (rest - next * 10);
    rest = next;
  }
  out.length += digits;
}

/** ASCII text of less than 128 bytes as a Native String. */
export function appendAscii(out: ByteBuffer, text: string): void {
  out.u8(text.length);
  out.ascii(text);
}
