export interface Random {
  /** From 0 to below 1. */
  next(): number;
  /** Mean 0, deviation 1. */
  normal(): number;
  /** Eight letters. */
  word(): string;
}

/** Always the same numbers for the same seed (mulberry32). */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  return {
    next,
    normal: () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
    word: () => Array.from({ length: 8 }, () => String.fromCharCode(97 + Math.floor(next() * 26))).join(''),
  };
}
