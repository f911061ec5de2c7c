import { longSpan, Novelty, type NoveltyKind } from './novelty.ts';
import type { Ring } from './ring.ts';

/** A number that is computed from the newest values of a series. */
export interface Quantity {
  /** From so many newest values. */
  readonly reach: number;
  readonly kind: NoveltyKind;
  /** As it was `ago` points ago; 0 is now. */
  readonly at: (values: Ring, ago: number) => number;
}

/** The longest reach that a quantity may have. */
export const longestReach = 80;

/** So many values are kept: enough to compute again what leaves the longest memory. */
export const keptValues = longSpan + longestReach;

/** How new some quantities of one kind are: the mean of their novelties, those that lack values counting 0. */
export class Novelties {
  readonly #parts: readonly { readonly quantity: Quantity; readonly novelty: Novelty }[];

  constructor(quantities: readonly Quantity[]) {
    this.#parts = quantities.map((quantity) => ({ quantity, novelty: new Novelty(quantity.kind) }));
  }

  /** @param values with the present one as the newest */
  of(values: Ring): number {
    let sum = 0;
    for (const { quantity, novelty } of this.#parts) {
      if (values.size < quantity.reach) continue;
      sum += novelty.of(quantity.at(values, 0), (ago) => quantity.at(values, ago));
    }
    return sum / this.#parts.length;
  }

  /** As `of`, without asking how new they are. */
  learn(values: Ring): void {
    for (const { quantity, novelty } of this.#parts) {
      if (values.size < quantity.reach) continue;
      novelty.learn(quantity.at(values, 0), (ago) => quantity.at(values, ago));
    }
  }
}
