import { ByteBuffer } from '../columns/byte-buffer.ts';
import { isCleanText, repairText } from '../columns/text.ts';

const quote = 0x22;
const backslash = 0x5c;
/** By control character the letter of its short escape; 0 where there is none. */
const shortEscapes = new Uint8Array(32);
for (const [char, letter] of Object.entries({ '\b': 'b', '\t': 't', '\n': 'n', '\f': 'f', '\r': 'r' })) {
  shortEscapes[char.charCodeAt(0)] = letter.charCodeAt(0);
}

/**
 * Appends the UTF-8 bytes `start` to `end` as a JSON string, escaping only what JSON demands.
 * @returns 1 when the text had to be changed (not UTF-8, over the limit), else 0
 */
export function appendJsonString(
  out: ByteBuffer,
  bytes: Uint8Array,
  start: number,
  end: number,
  limit: number,
): number {
  if (!isCleanText(bytes, start, end, limit)) {
    const text = repairText(bytes, start, end, limit);
    appendEscaped(out, text, 0, text.length);
    return 1;
  }
  appendEscaped(out, bytes, start, end);
  return 0;
}

function appendEscaped(out: ByteBuffer, bytes: Uint8Array, start: number, end: number): void {
  out.reserve(end - start + 2);
  out.u8(quote);
  for (let pos = start; pos < end; pos++) {
    const byte = bytes[pos] as number;
    if (byte >= 32 && byte !== quote && byte !== backslash) {
      out.u8(byte);
      continue;
    }
    out.u8(backslash);
    if (byte >= 32) out.u8(byte);
    else if (shortEscapes[byte] !== 0) out.u8(shortEscapes[byte] as number);
    else out.ascii(`u${byte.toString(16).padStart(4, '0')}`);
  }
  out.u8(quote);
}
