import { holeText } from './characters.ts';
import { fits } from './generality.ts';
import { hashText } from './hashes.ts';
import { slotsOf, withHole } from './slots.ts';

/** What people and other tools know as a parameter in a log template. */
export function readable(tokens: readonly string[]): string {
  return tokens.join(' ').replaceAll(holeText, '<*>');
}

/** 16 hexadecimal digits, the same for the same text on every machine. */
export function idOf(text: string): string {
  const { a, b } = hashText(text, 0);
  return [a, b].map((part) => (part >>> 0).toString(16).padStart(8, '0')).join('');
}

/** The narrowest template that both are lines of. They have as many tokens. */
export function common(one: readonly string[], other: readonly string[]): readonly string[] {
  return one.map((token, position) => {
    const second = other[position] as string;
    if (token === second || fits(token, second)) return token;
    if (fits(second, token)) return second;
    const [slot] = slotsOf(token);
    if (slot === undefined) return holeText;
    const open = withHole(token, slot);
    return slotsOf(second).some((candidate) => withHole(second, candidate) === open) ? open : holeText;
  });
}
