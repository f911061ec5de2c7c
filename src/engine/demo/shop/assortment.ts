import { setTimeout as wait } from 'node:timers/promises';
import { catalogue, skuName } from './catalogue.ts';

/** Of a process that takes requests meanwhile: it works for so long, and then lets others have the event loop. */
const gently = { workMs: 2, restMs: 32 } as const;

/**
 * Which articles resemble which, by the parts of three letters that their names share. Working it out takes a
 * noticeable part of a second, so a service does it before it takes requests; one that starts cold does it when the
 * first request asks, beside its other work, and whoever comes meanwhile waits.
 */
export class Assortment {
  readonly #byPart = new Map<string, string[]>();
  #built = 0;
  #building: Promise<void> | undefined;

  /** All at once; for a process that nobody waits for yet. */
  build(): void {
    while (!this.#step());
  }

  /** One that resembles it. */
  async related(sku: string): Promise<string | null> {
    if (this.#built < catalogue.products) await (this.#building ??= this.#buildGently());
    let fewest: readonly string[] = [];
    for (const part of partsOf(sku)) {
      const having = this.#byPart.get(part) ?? [];
      if (having.length > 1 && (fewest.length === 0 || having.length < fewest.length)) fewest = having;
    }
    return fewest.find((other) => other !== sku) ?? null;
  }

  async #buildGently(): Promise<void> {
    for (;;) {
      const until = performance.now() + gently.workMs;
      while (performance.now() < until) if (this.#step()) return;
      await wait(gently.restMs);
    }
  }

  /** @returns true when it is done */
  #step(): boolean {
    const sku = skuName(this.#built);
    for (const part of partsOf(`${sku} Article ${this.#built + 1}`)) {
      const having = this.#byPart.get(part);
      if (having === undefined) this.#byPart.set(part, [sku]);
      else having.push(sku);
    }
    return ++this.#built >= catalogue.products;
  }
}

const partsOf = (text: string): readonly string[] =>
  Array.from({ length: Math.max(0, text.length - 2) }, (_, at) => text.slice(at, at + 3));
