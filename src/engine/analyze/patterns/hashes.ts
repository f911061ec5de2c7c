/** Two independent 32-bit hashes of the same text. Those of a line's tokens add up to the line's. */
export interface Hash {
  readonly a: number;
  readonly b: number;
}

/** Both hashes as one whole number below 2^53, for a `Map`: two of a million different texts meet with odds of 1 in 10^4. */
export function keyOf(a: number, b: number): number {
  return (a >>> 0) * 0x200000 + (b >>> 11);
}

export function keyOfMasked(masked: Uint16Array, length: number): number {
  let a = 0x811c9dc5 ^ length;
  let b = 0x9e3779b9;
  for (let at = 0; at < length; at++) {
    const code = masked[at] as number;
    a = Math.imul(a ^ code, 0x01000193);
    b = Math.imul(b ^ code, 0x85ebca6b);
  }
  return keyOf(a ^ (a >>> 15), b ^ (b >>> 16));
}

/** @param salt the token's position: the same word elsewhere is another hash */
export function hashText(text: string, salt: number): Hash {
  let a = 0x811c9dc5 ^ Math.imul(salt + 1, 0x9e3779b1);
  let b = 0x9e3779b9 + salt;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    a = Math.imul(a ^ code, 0x01000193);
    b = Math.imul(b ^ code, 0x85ebca6b);
  }
  a = Math.imul(a ^ (a >>> 16), 0x7feb352d);
  b = Math.imul(b ^ (b >>> 15), 0x846ca68b);
  return { a: a ^ (a >>> 15), b: b ^ (b >>> 13) };
}
