import { type Random, randomFrom } from '../../src/engine/analyze/autoencoder/random.ts';

/** Draws from distributions, decided by one seed. */
export class Chance {
  readonly uniform: Random;
  #spare = Number.NaN;

  constructor(seed: number) {
    this.uniform = randomFrom(seed);
  }

  normal(): number {
    if (!Number.isNaN(this.#spare)) {
      const spare = this.#spare;
      this.#spare = Number.NaN;
      return spare;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    const angle = 2 * Math.PI * this.uniform();
    this.#spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }

  /** Knuth's product for small means; beyond 40 the normal distribution with Poisson's skew. */
  poisson(mean: number): number {
    if (mean <= 0) return 0;
    if (mean > 40) {
      const z = this.normal();
      return Math.max(0, Math.round(mean + Math.sqrt(mean) * z + (z * z - 1) / 6));
    }
    const limit = Math.exp(-mean);
    let count = 0;
    for (let product = this.uniform(); product > limit; product *= this.uniform()) count++;
    return count;
  }

  /** Normal scores of the middle and the 99 % quantile of `calls` independent normal values. */
  quantiles(calls: number): { readonly middle: number; readonly high: number } {
    if (calls <= 12) {
      const values = Array.from({ length: calls }, () => this.normal()).sort((a, b) => a - b);
      const half = (calls - 1) / 2;
      return { middle: (values[Math.floor(half)]! + values[Math.ceil(half)]!) / 2, high: values[calls - 1]! };
    }
    const fromTop = 1 + Math.floor((calls - 1) * 0.01);
    let product = 1;
    for (let step = 0; step < fromTop && step < 40; step++) product *= 1 - this.uniform();
    const top = fromTop <= 40 ? -Math.log(product) : fromTop + Math.sqrt(fromTop) * this.normal();
    const rest = calls + 1 - fromTop + Math.sqrt(calls) * this.normal();
    return { middle: this.normal() * Math.sqrt(1.571 / calls), high: upperQuantile(top / (top + Math.max(1, rest))) };
  }
}

/** Abramowitz and Stegun, 26.2.23. */
function upperQuantile(share: number): number {
  if (share > 0.5) return -upperQuantile(1 - share);
  const t = Math.sqrt(-2 * Math.log(Math.max(share, 1e-12)));
  return t - (2.515517 + 0.802853 * t + 0.010328 * t * t) / (1 + 1.432788 * t + 0.189269 * t * t + 0.001308 * t ** 3);
}

/** Noise that lasts: an autoregression of first order with standard deviation 1. */
export class LastingNoise {
  readonly #keep: number;
  readonly #chance: Chance;
  #value: number;

  /** @param windows after which 1/e of it is left */
  constructor(chance: Chance, windows: number) {
    this.#keep = Math.exp(-1 / windows);
    this.#chance = chance;
    this.#value = chance.normal();
  }

  next(): number {
    this.#value = this.#keep * this.#value + Math.sqrt(1 - this.#keep ** 2) * this.#chance.normal();
    return this.#value;
  }
}
