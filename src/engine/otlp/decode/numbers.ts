import type { ByteBuffer } from '../columns/byte-buffer.ts';

const minus = 0x2d;
const zero = 0x30;

/** A signed 64-bit integer, given as two 32-bit halves, in decimal. */
export function integerText(low: number, high: number): string {
  if (high === low >> 31) return String(low);
  return String((BigInt(high) << 32n) | BigInt(low >>> 0));
}

/** As `integerText`, appended as a Native String. */
export function formatInteger(out: ByteBuffer, low: number, high: number): void {
  if (high !== low >> 31 || low === -0x80000000) {
    appendAscii(out, integerText(low, high));
    return;
  }
  let rest = low < 0 ? -low : low;
  let digits = 1;
  for (let power = 10; digits < 10 && rest >= power; power *= 10) digits++;
  const size = low < 0 ? digits + 1 : digits;
  out.reserve(size + 1);
  const { bytes } = out;
  let at = out.length;
  bytes[at++] = size;
  if (low < 0) bytes[at] = minus;
  at = out.length + 1 + size;
  out.length = at;
  for (let i = 0; i < digits; i++) {
    const next = (rest / 10) | 0;
    bytes[--at] = zero + (rest - next * 10);
    rest = next;
  }
}

/**
 * The shortest decimal that reads back as the same double, as ECMAScript and the Collector's `float64AsString` write it;
 * only that the Collector keeps the sign of -0.
 */
export function formatDouble(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value);
}

/** ASCII text of less than 128 bytes as a Native String. */
export function appendAscii(out: ByteBuffer, text: string): void {
  out.u8(text.length);
  out.ascii(text);
}
