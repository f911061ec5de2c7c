import { holeText } from './characters.ts';
import { isMixture } from './evidence.ts';
import { hasWord } from './slots.ts';

/**
 * Whether `general` and `special`, of equal length, are of one statement because they differ only where `general` has a
 * hole.
 */
export function isMoreGeneral(general: readonly string[], special: readonly string[]): boolean {
  let slots = 0;
  // Most comparisons end at the first or second token: no iterators here.
  for (let position = 0; position < general.length; position++) {
    const token = general[position] as string;
    const other = special[position] as string;
    if (token === other) continue;
    if (!fits(token, other)) return false;
    slots++;
  }
  if (slots === 0) return true;
  const sharedWords = general.filter((token, position) => token === special[position] && hasWord(token)).length;
  return isMixture(slots, sharedWords);
}

/** Whether the other token is this one with something in its only hole; nothing, if it is a field of its own or a key's. */
export function fits(token: string, other: string): boolean {
  const at = token.indexOf(holeText);
  if (at < 0 || token.includes(holeText, at + 1)) return false;
  const mayBeEmpty = token.length === 1 || token[at - 1] === '=';
  const least = mayBeEmpty ? token.length - 1 : token.length;
  return other.length >= least && other.startsWith(token.slice(0, at)) && other.endsWith(token.slice(at + 1));
}

export interface TemplateIndex {
  readonly add: (template: number, tokens: readonly string[]) => void;
  /** Templates that could be more general or more special than these tokens. */
  readonly candidates: (tokens: readonly string[]) => Iterable<number>;
}

/** Templates by length and first token, so that few have to be compared. */
export function createTemplateIndex(): TemplateIndex {
  const byLength = new Map<number, Map<string, number[]>>();
  const startOf = (tokens: readonly string[]): string => {
    const [first = ''] = tokens;
    return first.includes(holeText) ? holeText : first;
  };

  const add = (template: number, tokens: readonly string[]): void => {
    let byStart = byLength.get(tokens.length);
    if (byStart === undefined) byLength.set(tokens.length, (byStart = new Map()));
    const start = startOf(tokens);
    const same = byStart.get(start);
    if (same === undefined) byStart.set(start, [template]);
    else same.push(template);
  };

  function* candidates(tokens: readonly string[]): Generator<number> {
    const byStart = byLength.get(tokens.length);
    if (byStart === undefined) return;
    const start = startOf(tokens);
    if (start === holeText) {
      for (const same of byStart.values()) yield* same;
      return;
    }
    yield* byStart.get(start) ?? [];
    yield* byStart.get(holeText) ?? [];
  }

  return { add, candidates };
}
