import {
  closing,
  colon,
  comma,
  dot,
  equals,
  exclamation,
  opening,
  percent,
  question,
  space,
  underscore,
} from './codes.ts';
import { hole, isDigit, isLetter, isSpace, kindOf, kinds } from './characters.ts';
import { isDateName, isUnit, longestUnit } from './value-words.ts';

/**
 * A line's UTF-16 code units. Behind its last one there is white space, as much as any of these functions looks ahead.
 */
export type Codes = Uint16Array;
export const codesAhead = 8;

/** Characters that end an address in running text. */
const endsAddress = new Uint8Array(0x10000);
for (const end of `"'<>()[]{}|,;`) endsAddress[end.charCodeAt(0)] = 1;

const isHexLetter = (code: number): boolean => (code >= 97 && code <= 102) || (code >= 65 && code <= 70);
const isStop = (code: number): boolean => code === dot || code === colon || code === exclamation || code === question;

/** Where the address that contains `at` ends: at white space, a quote, a bracket, a comma, and before a full stop. */
export function endOfAddress(codes: Codes, at: number): number {
  let to = at;
  while (!isSpace(codes[to] as number) && endsAddress[codes[to] as number] === 0) to++;
  while (to > at + 1 && isStop(codes[to - 1] as number)) to--;
  return to;
}

/**
 * End of a chain of hexadecimal groups that begins at `from` (hardware address, IPv6, time of day), or -1. Three groups
 * of up to four digits at least; without any decimal digit all groups must be pairs, or `add:bad:fed` would be one.
 */
export function endOfHexChain(codes: Codes, from: number): number {
  let at = from;
  let groups = 0;
  let digits = 0;
  let pairs = 0;
  for (;;) {
    const start = at;
    for (; ; at++) {
      if (isDigit(codes[at] as number)) digits++;
      else if (!isHexLetter(codes[at] as number)) break;
    }
    if (at - start > 4) return -1;
    if (at > start) groups++;
    if (at - start === 2) pairs++;
    if (codes[at] !== colon) break;
    // A colon that nothing hexadecimal follows is the sentence's own, unless it is the first of two.
    const next = codes[at + 1] as number;
    if (next !== colon && !isDigit(next) && !isHexLetter(next)) break;
    at++;
  }
  const after = codes[at] as number;
  if (groups < 3 || (digits === 0 && pairs < groups) || isLetter(after)) return -1;
  if (kindOf[after] !== kinds.joint) return at;
  // A zone (`%en0`), a prefix length (`/64`) or the end of a sentence.
  return after === dot && !isDigit(codes[at + 1] as number) ? at : endOfAddress(codes, at);
}

/** `Fri, 17`, `Jun  7`. */
const mostBetweenDateWords = 3;

/** A month or weekday, if a number or another one follows: `Jun 17`, `Fri Jun`, `Fri, 17`. */
export function isDateWord(codes: Codes, from: number, to: number): boolean {
  if (to - from !== 3 || !isDateName(codes, from)) return false;
  let next = to;
  while (next < to + mostBetweenDateWords && (codes[next] === space || codes[next] === comma)) next++;
  return isDigit(codes[next] as number) || (isDateName(codes, next) && !isLetter(codes[next + 3] as number));
}

/**
 * End of what belongs to a number that ended at `from`: its unit, and the same quantity once more in a larger unit
 * (`1125 bytes (1.1 KB)`), which programs print only when the quantity is large.
 */
export function endOfQuantity(codes: Codes, from: number): number {
  const unit = endOfUnit(codes, from);
  if (unit === from || codes[unit] !== space || codes[unit + 1] !== opening) return unit;
  let to = unit + 2;
  while (isDigit(codes[to] as number) || codes[to] === dot || codes[to] === comma) to++;
  const again = to === unit + 2 ? to : endOfUnit(codes, to);
  return again > to && codes[again] === closing ? again + 1 : unit;
}

/** End of the unit that follows a number at `from` after one space, or `from`. */
function endOfUnit(codes: Codes, from: number): number {
  if (codes[from] !== space) return from;
  const start = from + 1;
  let to = start;
  while (to - start <= longestUnit && (isLetter(codes[to] as number) || codes[to] === percent)) to++;
  if (to === start || to - start > longestUnit) return from;
  const after = codes[to] as number;
  // `5 s=…` and `5 min_size` begin something else.
  if (after === equals || after === underscore || isDigit(after)) return from;
  return isUnit(codes, start, to) ? to : from;
}

/** `<1 sec`, `>100`: whether the sign at `at` is part of a number, and no bracket. */
export function isSignOfNumber(codes: Codes, at: number): boolean {
  let end = at + 1;
  while (isDigit(codes[end] as number)) end++;
  return end > at + 1 && isSpace(codes[end] as number);
}

const between = new Uint8Array(0x10000);
for (const separator of ' :.-,/|') between[separator.charCodeAt(0)] = 1;
const separatesList = new Uint8Array(0x10000);
for (const separator of ',;:') separatesList[separator.charCodeAt(0)] = 1;

/**
 * Puts a hole at the end of what was masked so far, and gives the new length. Holes with nothing but a separator between
 * them are one: lists have as many values as they have, and dates, versions and addresses are written in many ways.
 */
export function putHole(masked: Codes, length: number): number {
  const last = masked[length - 1] as number;
  if (length > 0 && last === hole) return length;
  if (length > 1 && masked[length - 2] === hole && between[last] === 1) return length - 1;
  if (length > 2 && last === space && masked[length - 3] === hole) {
    if (separatesList[masked[length - 2] as number] === 1) return length - 2;
  }
  masked[length] = hole;
  return length + 1;
}
