import { holeText, isLetter } from './characters.ts';

/**
 * The part of a token that could be a parameter: what is left without `prefix` characters before it and `suffix`
 * characters after it. `user=root,` has `user=` and `,`.
 */
export interface Slot {
  readonly prefix: number;
  readonly suffix: number;
}

const openers = '([{<"\'`';
const closers: Readonly<Record<string, string>> = { ')': '(', ']': '[', '}': '{', '>': '<', '"': '"', "'": "'" };
const stops = ',;.:!?';
const insideOpeners = '([{<"\':';

/** The ways to see a parameter in a token, the widest first. Empty for pure punctuation. */
export function slotsOf(token: string): readonly Slot[] {
  const outer = outerSlot(token);
  if (outer === null) return [];
  // `chdir(pwd)`, `action:start`: a call's argument, a field's value.
  for (let at = token.length - outer.suffix - 2; at > outer.prefix; at--) {
    if (!insideOpeners.includes(token[at] as string)) continue;
    const prefix = at + 1;
    return [outer, { prefix, suffix: suffixOf(token, prefix) }].filter((slot) => isFilled(token, slot));
  }
  return [outer];
}

function outerSlot(token: string): Slot | null {
  let prefix = skipOpeners(token, 0);
  const equals = token.indexOf('=', prefix);
  if (equals > prefix) prefix = skipOpeners(token, equals + 1);
  const slot = { prefix, suffix: suffixOf(token, prefix) };
  return isFilled(token, slot) ? slot : null;
}

function skipOpeners(token: string, from: number): number {
  let at = from;
  while (at < token.length && openers.includes(token[at] as string)) at++;
  return at;
}

/** Trailing punctuation, and closing brackets whose opening ones are in the prefix. */
function suffixOf(token: string, prefix: number): number {
  let end = token.length;
  while (end > prefix) {
    const last = token[end - 1] as string;
    const opener = closers[last];
    if (opener === undefined ? !stops.includes(last) : token.slice(prefix, end - 1).includes(opener)) break;
    end--;
  }
  return token.length - end;
}

function isFilled(token: string, slot: Slot): boolean {
  for (let at = slot.prefix; at < token.length - slot.suffix; at++) {
    if (isLetter(token.charCodeAt(at))) return true;
  }
  return isHole(token, slot);
}

export function valueIn(token: string, { prefix, suffix }: Slot): string {
  return token.slice(prefix, token.length - suffix);
}

/** Whether the slot has a value by its form: it is nothing but a hole. */
export function isHole(token: string, slot: Slot): boolean {
  return token.length - slot.suffix === slot.prefix + 1 && token[slot.prefix] === holeText;
}

/** The token with a hole where its value was. */
export function withHole(token: string, { prefix, suffix }: Slot): string {
  return token.slice(0, prefix) + holeText + token.slice(token.length - suffix);
}

/** Whether the first `length` characters have a word of the statement's own: two letters that touch. */
export function hasWord(text: string, length: number = text.length): boolean {
  let before = false;
  for (let at = 0; at < length; at++) {
    const isNow = isLetter(text.charCodeAt(at));
    if (isNow && before) return true;
    before = isNow;
  }
  return false;
}
