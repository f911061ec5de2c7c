import { isUtf8 } from 'node:buffer';
import type { ByteBuffer } from './byte-buffer.ts';

/** Above this the native copy and check are faster than a loop (a call into them costs about 60 ns). */
const loopBytes = 384;

/**
 * Appends the bytes `start` to `end` as a Native String: length, then text. What is not UTF-8 becomes U+FFFD, what is
 * longer than `limit` bytes is cut at a character's border.
 * @returns 1 when the text had to be changed, else 0
 */
export function appendText(
  out: ByteBuffer,
  bytes: Uint8Array,
  view: DataView,
  start: number,
  end: number,
  limit: number,
): number {
  const size = end - start;
  if (size > limit) return appendRepaired(out, bytes, start, end, limit);
  if (size > loopBytes) {
    if (!isUtf8(bytes.subarray(start, end))) return appendRepaired(out, bytes, start, end, limit);
    out.varint(size);
    out.copy(bytes, start, end);
    return 0;
  }
  out.reserve(size + 5);
  const before = out.length;
  const target = out.bytes;
  const targetView = out.view;
  let at = before;
  let seen = 0;
  if (size > 127) {
    target[at++] = (size & 127) | 128;
    target[at++] = size >>> 7;
  } else target[at++] = size;
  let pos = start;
  for (; pos + 4 <= end; pos += 4, at += 4) {
    const word = view.getInt32(pos, true);
    seen |= word;
    targetView.setInt32(at, word, true);
  }
  for (; pos < end; pos++) {
    const byte = bytes[pos] as number;
    seen |= byte;
    target[at++] = byte;
  }
  // Only ASCII is known to be good by now.
  if ((seen & 0x80808080) !== 0 && !isUtf8(bytes.subarray(start, end))) {
    return appendRepaired(out, bytes, start, end, limit);
  }
  out.length = at;
  return 0;
}

function appendRepaired(out: ByteBuffer, bytes: Uint8Array, start: number, end: number, limit: number): 1 {
  const text = repairText(bytes, start, end, limit);
  out.varint(text.length);
  out.copy(text, 0, text.length);
  return 1;
}

/** The text as UTF-8 of at most `limit` bytes. */
export function repairText(bytes: Uint8Array, start: number, end: number, limit: number): Uint8Array {
  // A little more than the limit is enough to find the border, and keeps the work bounded.
  const raw = bytes.subarray(start, Math.min(end, start + limit + 4));
  const whole = isUtf8(clip(raw, limit)) ? raw : new TextEncoder().encode(lenient.decode(raw));
  return clip(whole, limit);
}

const lenient = new TextDecoder('utf-8', { ignoreBOM: true });

/** At most `limit` bytes, without a character broken at the end. */
export function clip(text: Uint8Array, limit: number): Uint8Array {
  if (text.length <= limit) return text;
  let end = limit;
  while (end > 0 && ((text[end] as number) & 0xc0) === 0x80) end--;
  return text.subarray(0, end);
}

export function isCleanText(bytes: Uint8Array, start: number, end: number, limit: number): boolean {
  return end - start <= limit && isUtf8(bytes.subarray(start, end));
}
