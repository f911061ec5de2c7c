import { atSign, backslash, colon, dash, dot, greater, less, question, slash, space, tilde } from './codes.ts';
import { isDigit, kindOf, kinds } from './characters.ts';
import {
  codesAhead,
  endOfAddress,
  endOfHexChain,
  endOfQuantity,
  isDateWord,
  isSignOfNumber,
  putHole,
  type Codes,
} from './runs.ts';
import { isLiteral } from './value-words.ts';

/** Characters of a line that are looked at; what follows belongs to no pattern. */
export const longestLine = 8192;

export interface Scanner {
  /**
   * Masks the line and returns the length of the result. White space is one space, two spaces or more are two: a value
   * between them may have been empty. None at the ends.
   */
  readonly scan: (line: string) => number;
  /** The masked line: UTF-16 code units, `hole` for a value. */
  readonly masked: Codes;
}

/**
 * One pass over a line's characters that finds what is written like a value: numbers and everything with a digit,
 * addresses, paths, literals, dates. No program's statement has those in its fixed text, or loses by it: what is a value
 * everywhere says nothing about which statement it was. Words stay, names too; whether a word is a value shows only in
 * comparison with other lines (`siblings.ts`).
 */
export function createScanner(): Scanner {
  const bytes = Buffer.alloc(2 * (longestLine + codesAhead));
  const codes = new Uint16Array(bytes.buffer, bytes.byteOffset, longestLine + codesAhead);
  const masked = new Uint16Array(longestLine + codesAhead);

  const scan = (line: string): number => {
    const length = bytes.write(line, 0, 2 * longestLine, 'utf16le') >> 1;
    codes.fill(32, length, length + codesAhead);
    let to = 0;
    let next = 0;
    while (next < length) {
      const code = codes[next] as number;
      const kind = kindOf[code] as number;
      if (kind === kinds.space) {
        if (to > 0 && (masked[to - 1] !== space || isSecondSpace(codes, next, masked[to - 2]))) masked[to++] = space;
        next++;
        continue;
      }
      if (kind === kinds.other) {
        if ((code !== less && code !== greater) || !isSignOfNumber(codes, next)) masked[to++] = code;
        next++;
        continue;
      }
      const from = next;
      const start = to;
      let digits = 0;
      let joints = 0;
      let isHex = true;
      for (; ; next++) {
        const inner = codes[next] as number;
        const innerKind = kindOf[inner] as number;
        if (innerKind === kinds.letter) {
          if (inner > 102 || (inner > 70 && inner < 97)) isHex = false;
        } else if (innerKind === kinds.digit) digits++;
        else if (innerKind === kinds.joint) {
          // Leader dots and ellipses are no part of a value.
          if (inner === dot && codes[next + 1] === dot) break;
          joints++;
        } else break;
        masked[to++] = inner;
      }
      let end = next;
      while (end > from && codes[end - 1] === dot) end--;
      if (end === from) {
        next = from;
        to = start;
        while (codes[next] === dot) masked[to++] = codes[next++] as number;
        continue;
      }
      joints -= next - end;
      const valueEnd = endOfValue(codes, from, end, digits, joints, isHex);
      if (valueEnd < 0) continue;
      // Before a value they only align it.
      const isAligned = start > 1 && masked[start - 1] === space && masked[start - 2] === space;
      to = putHole(masked, isAligned ? start - 1 : start);
      next = digits > 0 ? endOfQuantity(codes, valueEnd) : valueEnd;
    }
    while (to > 0 && masked[to - 1] === space) to--;
    return to;
  };

  return { scan, masked };
}

/** Whether this is the second of two spaces that touch, behind `beforeLast`, which is all that was masked of them. */
const isSecondSpace = (codes: Codes, at: number, beforeLast: number | undefined): boolean =>
  beforeLast !== space && codes[at] === space && codes[at - 1] === space;

/** Where the value that begins with the run from `from` to `end` ends, or -1 if the run is a word. */
function endOfValue(codes: Codes, from: number, end: number, digits: number, joints: number, isHex: boolean): number {
  if (codes[end] === colon) {
    const isUrl = codes[end + 1] === slash && codes[end + 2] === slash;
    if (isUrl && digits + joints < end - from) return endOfAddress(codes, end);
    if (end - from <= 4 && joints === 0) {
      const chainEnd = endOfHexChain(codes, from);
      if (chainEnd > 0) return chainEnd;
    }
  }
  if (joints === 0) {
    if (digits > 0) return end;
    const isValue =
      (isHex && end - from >= 8) || isLiteral(codes, from, end) || (end - from === 3 && isDateWord(codes, from, end));
    return isValue ? end : -1;
  }
  if (digits === 0 && !isJoinedValue(codes, from, end)) return -1;
  // What a web address asks for.
  return codes[end] === question && codes.subarray(from, end).includes(slash) ? endOfAddress(codes, end) : end;
}

/** Whether a run without digits, but with joints, is written like a value. */
function isJoinedValue(codes: Codes, from: number, end: number): boolean {
  const first = codes[from] as number;
  let slashes = 0;
  let dots = 0;
  let ats = 0;
  let letters = 0;
  let isHex = true;
  for (let next = from; next < end; next++) {
    const code = codes[next] as number;
    if (code === slash || code === backslash) slashes++;
    else if (code === dot) dots++;
    else if (code === atSign) ats++;
    else if (kindOf[code] === kinds.letter) letters++;
    if (code !== dash && !isHexLetter(code)) isHex = false;
  }
  if (slashes > 0 && end - from > 1) {
    // Paths; `and/or` and `I/O` are words.
    if (slashes > 1 || first === slash || first === backslash) return true;
    if ((first === tilde || first === dot) && letters > 0) return true;
  }
  // Mail addresses and their like: `user@host`.
  if (ats > 0 && letters > 1 && first !== atSign && codes[end - 1] !== atSign) return true;
  // Host and port.
  if (dots > 0 && codes[end] === colon && isDigit(codes[end + 1] as number)) return true;
  return isHex && letters >= 8;
}

const isHexLetter = (code: number): boolean => (code >= 97 && code <= 102) || (code >= 65 && code <= 70);

/** The masked line as text, with `holeText` for a value. */
export function textOf(masked: Codes, length: number): string {
  let text = '';
  for (let from = 0; from < length; from += 1024) {
    text += String.fromCharCode(...masked.subarray(from, Math.min(length, from + 1024)));
  }
  return text;
}
