import { hashText, keyOf, type Hash } from './hashes.ts';
import { hasWord, slotsOf, valueIn, withHole, type Slot } from './slots.ts';

/** Longer lines are compared as a whole only: whatever differs there differs in more than one place. */
export const mostTokens = 64;
/** Slots of a line that are compared by two; there are half as many pairs as the square of it. */
const mostPairedSlots = 16;

/** A masked line, cut at its spaces, and what is compared of it. */
export interface Shape {
  readonly tokens: readonly string[];
  /** Equal for equal tokens. */
  readonly key: number;
  readonly sum: Hash;
  /** The widest slot of each token first; none if there is one token only, or more than `mostTokens`. */
  readonly frames: readonly Frame[];
}

/** A line with one slot left open: what lines that differ in this slot only have in common. */
export interface Frame {
  readonly position: number;
  readonly slot: Slot;
  /** Equal for all lines of this frame. */
  readonly key: number;
  /** Words of the statement outside the slot. */
  readonly sharedWords: number;
  /** What the open slot adds to the line's hash. */
  readonly change: Hash;
  /** Whether the token is a word that another slot's frame counts. */
  readonly isWord: boolean;
}

export function shapeOf(tokens: readonly string[]): Shape {
  const hashes = tokens.map((token, position) => hashText(token, position));
  let a = tokens.length;
  let b = 0;
  for (const hash of hashes) {
    a = (a + hash.a) | 0;
    b = (b + hash.b) | 0;
  }
  const sum = { a, b };
  const isComparable = tokens.length > 1 && tokens.length <= mostTokens;
  return { tokens, key: keyOf(a, b), sum, frames: isComparable ? framesOf(tokens, hashes, sum) : [] };
}

function framesOf(tokens: readonly string[], hashes: readonly Hash[], sum: Hash): readonly Frame[] {
  const isWord = tokens.map((token) => hasWord(token));
  const words = isWord.filter(Boolean).length;
  const frames: Frame[] = [];
  for (const [position, token] of tokens.entries()) {
    const own = hashes[position] as Hash;
    const isOwnWord = isWord[position] as boolean;
    for (const slot of slotsOf(token)) {
      const sharedWords = words - (isOwnWord ? 1 : 0) + (hasWord(token, slot.prefix) ? 1 : 0);
      if (sharedWords === 0) continue;
      const open = hashText(withHole(token, slot), position + mostTokens);
      const change = { a: open.a - own.a, b: open.b - own.b };
      const key = keyOf(sum.a + change.a, sum.b + change.b);
      frames.push({ position, slot, key, sharedWords, change, isWord: isOwnWord });
    }
  }
  return frames;
}

/** A line with two slots left open. */
export interface PairFrame {
  readonly first: Frame;
  readonly second: Frame;
  readonly key: number;
  readonly sharedWords: number;
}

/** All pairs of slots that hold words, if at least `leastShared` words are left beside them. */
export function* pairFramesOf({ tokens, sum, frames }: Shape, leastShared: number): Generator<PairFrame> {
  const widest = frames.filter(
    ({ position, slot }, at) =>
      frames[at - 1]?.position !== position && hasWord(valueIn(tokens[position] as string, slot)),
  );
  if (widest.length > mostPairedSlots) return;
  for (const [at, first] of widest.entries()) {
    for (let next = at + 1; next < widest.length; next++) {
      const second = widest[next] as Frame;
      const sharedWords = first.sharedWords - (second.isWord ? 1 : 0);
      if (sharedWords < leastShared) continue;
      const key = keyOf(sum.a + first.change.a + second.change.a, sum.b + first.change.b + second.change.b);
      yield { first, second, key, sharedWords };
    }
  }
}

/** The tokens with a hole in each frame's slot. */
export function opened(tokens: readonly string[], ...frames: readonly Frame[]): readonly string[] {
  const now = [...tokens];
  for (const { position, slot } of frames) now[position] = withHole(tokens[position] as string, slot);
  return now;
}
