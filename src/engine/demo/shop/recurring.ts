import { setTimeout as wait } from 'node:timers/promises';

/** Work that a service does again and again beside its requests, once it is told to, until it is told otherwise. */
export class Recurring {
  readonly #work: () => void | Promise<void>;
  readonly #restMs: number;
  #runs = 0;

  /** @param restMs between the end of one piece of work and the begin of the next */
  constructor(restMs: number, work: () => void | Promise<void>) {
    this.#work = work;
    this.#restMs = restMs;
  }

  readonly turn = (on: number): void => {
    const run = ++this.#runs;
    if (on === 1) void this.#go(run);
  };

  async #go(run: number): Promise<void> {
    // Not within the call that turned it on.
    await wait(0);
    while (run === this.#runs) {
      await this.#work();
      await wait(this.#restMs);
    }
  }
}
