/**
 * Lets as many in at once as it has places; the others wait in the order in which they came. What a lock is with one
 * place, and a server's threads are with several.
 */
export class WaitingLine {
  #places: number;
  #inside = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(places: number) {
    this.#places = places;
  }

  /** From now on; those inside stay until they are done. */
  resize(places: number): void {
    this.#places = places;
    this.#admit();
  }

  async inside<A>(work: () => A | Promise<A>): Promise<A> {
    if (this.#inside >= this.#places || this.#waiting.length > 0) {
      await new Promise<void>((enter) => void this.#waiting.push(enter));
    } else {
      this.#inside++;
    }
    try {
      return await work();
    } finally {
      this.#inside--;
      this.#admit();
    }
  }

  #admit(): void {
    while (this.#inside < this.#places) {
      const enter = this.#waiting.shift();
      if (enter === undefined) return;
      this.#inside++;
      enter();
    }
  }
}
