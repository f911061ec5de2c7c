import type { Random } from '../load/random.ts';

/** Orders that the report draws from, and how long it goes on before it lets requests have the event loop. */
const orders = 4_000;
const pieceMs = 160;

/**
 * How sure the mean value of an order is, by resampling (Efron's bootstrap): a report that somebody put into the
 * service that takes orders. It works in the thread that answers requests, a piece at a time.
 */
export class SalesReport {
  readonly #random: Random;
  readonly #cents: readonly number[];
  readonly means: number[] = [];

  constructor(random: Random) {
    this.#random = random;
    this.#cents = Array.from({ length: orders }, () => 100 + 20_000 * random());
  }

  readonly work = (): void => {
    const until = performance.now() + pieceMs;
    while (performance.now() < until) {
      let sum = 0;
      for (let i = 0; i < orders; i++) sum += this.#cents[Math.floor(this.#random() * orders)] ?? 0;
      this.means.push(sum / orders);
    }
    this.means.splice(0, Math.max(0, this.means.length - 1_000));
  };
}
