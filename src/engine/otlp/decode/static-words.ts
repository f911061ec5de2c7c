import type { WordColumn } from '../columns/column-buffers.ts';

export interface StaticWords {
  /**
   * Appends the word of an enum's number, or the first word for a number that the enum does not have.
   * @returns 1 in the latter case, else 0
   */
  append(column: WordColumn, value: number): 0 | 1;
}

/** The words that an enum's numbers 0, 1, 2 … are stored as. */
export function staticWords(words: readonly string[]): StaticWords {
  const bytes = new Uint8Array(Buffer.from(words.join('')));
  const view = new DataView(bytes.buffer);
  const ends = new Int32Array(words.length + 1);
  words.forEach((word, i) => (ends[i + 1] = (ends[i] as number) + word.length));
  return {
    append(column, value) {
      const known = value >= 0 && value < words.length;
      const at = known ? value : 0;
      column.append(bytes, view, ends[at] as number, ends[at + 1] as number, bytes.length);
      return known ? 0 : 1;
    },
  };
}
