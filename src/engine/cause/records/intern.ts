/** Numbers for texts, so that counts are kept by number. */
export interface Names {
  readonly idOf: (text: string) => number;
  readonly textOf: (id: number) => string;
}

export function names(): Names {
  const ids = new Map<string, number>();
  const texts: string[] = [];
  return {
    idOf: (text) => {
      const known = ids.get(text);
      if (known !== undefined) return known;
      ids.set(text, texts.length);
      return texts.push(text) - 1;
    },
    textOf: (id) => texts[id] ?? '',
  };
}

const bits = 2 ** 22;

/** Two numbers below 2^22 and 2^31 as one key of a map. */
export const pairOf = (high: number, low: number): number => high * bits + low;
export const highOf = (pair: number): number => Math.floor(pair / bits);
export const lowOf = (pair: number): number => pair % bits;

export function add(counts: Map<number, number>, key: number, by = 1): void {
  counts.set(key, (counts.get(key) ?? 0) + by);
}
