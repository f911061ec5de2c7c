import { surpriseOfChiSquared } from '../changes/surprise.ts';

/** How an attribute's value is spread over slow and fast. */
export interface Separation {
  /** Share of the slow ones, and of the fast ones, that have it. */
  readonly slowShare: number;
  readonly fastShare: number;
  /** Bits of what there is to know of slow or fast that the value tells: information gain. */
  readonly gain: number;
  /** −log10 of the probability of such a difference by chance (G-test). */
  readonly surprise: number;
}

/** @param slow how many slow ones have the value, of `slows`; the same of the fast ones */
export function separationOf(slow: number, slows: number, fast: number, fasts: number): Separation {
  const all = slows + fasts;
  const having = slow + fast;
  const without = all - having;
  const left = (having * entropy(slow, fast) + without * entropy(slows - slow, fasts - fast)) / all;
  const gain = Math.max(0, entropy(slows, fasts) - left);
  return {
    slowShare: slow / slows,
    fastShare: fast / fasts,
    gain,
    surprise: surpriseOfChiSquared(2 * all * Math.LN2 * gain),
  };
}

function entropy(one: number, other: number): number {
  const all = one + other;
  const part = (count: number): number => (count <= 0 ? 0 : -(count / all) * Math.log2(count / all));
  return all === 0 ? 0 : part(one) + part(other);
}
