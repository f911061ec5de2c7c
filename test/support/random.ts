/** A seeded source of test data: the same seed gives the same values on every machine. */
export interface Random {
  /** 0 ≤ x < 1 */
  unit(): number;
  /** An integer, 0 ≤ x < below. */
  int(below: number): number;
  pick<T>(from: readonly T[]): T;
  /** That many hex digits, never all zero. */
  hex(digits: number): string;
}

/** mulberry32 (Tommy Ettinger, public domain): small, fast, good enough for test data. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  const unit = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
  const int = (below: number): number => Math.floor(unit() * below);
  return {
    unit,
    int,
    pick: <T>(from: readonly T[]): T => from[int(from.length)] as T,
    hex: (digits) => `1${Array.from({ length: digits - 1 }, () => int(16).toString(16)).join('')}`,
  };
}
