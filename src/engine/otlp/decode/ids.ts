import type { ByteBuffer } from '../columns/byte-buffer.ts';

export const traceIdBytes = 16;
export const spanIdBytes = 8;

/** For each byte its two hex digits as one little-endian uint16. */
const hexPairs = Uint16Array.from({ length: 256 }, (_, byte) => {
  const digits = byte.toString(16).padStart(2, '0');
  return digits.charCodeAt(0) | (digits.charCodeAt(1) << 8);
});

export function isZeroId(bytes: Uint8Array, start: number, end: number): boolean {
  for (let pos = start; pos < end; pos++) if (bytes[pos] !== 0) return false;
  return true;
}

/** Appends the id's bytes as a Native String of lower-case hex digits. */
export function appendHexId(out: ByteBuffer, bytes: Uint8Array, start: number, end: number): void {
  const digits = (end - start) * 2;
  out.reserve(digits + 1);
  let at = out.length;
  out.bytes[at++] = digits;
  const { view } = out;
  for (let pos = start; pos < end; pos++, at += 2) view.setUint16(at, hexPairs[bytes[pos] as number] as number, true);
  out.length = at;
}

/**
 * Appends an id that may be missing. One of another length than `size`, or all zero, is left blank.
 * @returns 1 when what was sent could not be kept, else 0
 */
export function appendOptionalId(out: ByteBuffer, bytes: Uint8Array, start: number, end: number, size: number): number {
  if (end - start === size && !isZeroId(bytes, start, end)) {
    appendHexId(out, bytes, start, end);
    return 0;
  }
  out.u8(0);
  return end > start ? 1 : 0;
}
