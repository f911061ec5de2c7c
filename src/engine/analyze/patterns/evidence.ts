/*
 * What makes lines one event is that one statement of a program wrote them. It cannot be seen, so these rules weigh
 * what can: how many words lines share in the same places (a statement's own text), and how a slot between them is
 * filled. Values that keep being new are a parameter. A few words that come back are kinds of an event (`up` and `down`,
 * `GET` and `POST`), and stay patterns of their own.
 */

/** Different words that make a slot a parameter, by the number of shared words: 0, 1, 2, 3, 4 and more. */
const distinctNeeded = [Infinity, 10, 7, 6, 5] as const;

const neededFor = (sharedWords: number): number =>
  distinctNeeded[Math.min(sharedWords, distinctNeeded.length - 1)] as number;

/** Whether a slot with so many different words is a parameter. */
export function isOpenSet(distinct: number, sharedWords: number): boolean {
  return distinct >= neededFor(sharedWords);
}

/** Words that two lines must share beside two slots to be compared at all. */
export const leastSharedByPairs = 3;

/**
 * The same for two slots at once, where almost every line has a new pair of values and no slot alone has enough lines to
 * compare: each slot must have as many words as it would need alone, in twice as many lines.
 * @param distinct different words in each slot
 */
export function isOpenPair(lines: number, distinct: () => readonly [number, number], sharedWords: number): boolean {
  const needed = neededFor(sharedWords);
  if (sharedWords < leastSharedByPairs || lines < 2 * needed) return false;
  return distinct().every((words) => words >= needed);
}

/**
 * Whether lines that differ in some slots, where one has numbers and the other words, are of one statement: a word in
 * the place of a number is a value (`user 1001`, `user root`), if more words than slots are the same.
 */
export function isMixture(slots: number, sharedWords: number): boolean {
  return sharedWords > slots;
}

const usual = { lines: 100, share: 0.9, rareShare: 0.02, rare: 3, sharedWords: 5 } as const;

/**
 * Whether a slot has one usual word and some rare ones in a long common text. A second statement with the same text would
 * rarely be that much rarer; an unusual value of a parameter (another user than root) is. The newest word is always rare.
 * @param counts lines per word of the slot
 */
export function isUsualWithRare(counts: readonly number[], sharedWords: number): boolean {
  if (sharedWords < usual.sharedWords || counts.length <= usual.rare) return false;
  const lines = counts.reduce((sum, count) => sum + count, 0);
  if (lines < usual.lines || Math.max(...counts) < lines * usual.share) return false;
  return counts.filter((count) => count <= lines * usual.rareShare).length === counts.length - 1;
}
