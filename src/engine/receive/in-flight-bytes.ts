interface Waiter {
  readonly bytes: number;
  readonly timer: NodeJS.Timeout;
  readonly settle: (granted: boolean) => void;
}

/**
 * The memory that request bodies may hold at once, over all receivers. Bodies pay for bytes as they arrive, not for what
 * they announce, so a sender that announces much and sends little holds nothing. Whoever finds no room waits in line;
 * bodies that wait for each other are told apart by the first one whose wait ends: its bytes let the others go on.
 */
export class InFlightBytes {
  readonly #limit: number;
  #used = 0;
  #line: Waiter[] = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  get used(): number {
    return this.#used;
  }

  /** Takes `bytes` at once, or nothing when there is no room or others wait already. */
  tryReserve(bytes: number): boolean {
    if (this.#line.length > 0 || this.#used + bytes > this.#limit) return false;
    this.#used += bytes;
    return true;
  }

  /**
   * Waits for room. `settle(true)` when the bytes are the caller's (to be given back with `release`), `settle(false)`
   * after `waitMs` in vain. The returned function leaves the line without a call of `settle`.
   */
  wait(bytes: number, waitMs: number, settle: (granted: boolean) => void): () => void {
    const waiter: Waiter = {
      bytes,
      settle,
      timer: setTimeout(() => {
        this.#leave(waiter);
        settle(false);
      }, waitMs),
    };
    this.#line.push(waiter);
    return () => this.#leave(waiter);
  }

  release(bytes: number): void {
    this.#used -= bytes;
    this.#admit();
  }

  #leave(waiter: Waiter): void {
    clearTimeout(waiter.timer);
    this.#line = this.#line.filter((other) => other !== waiter);
    this.#admit();
  }

  #admit(): void {
    for (;;) {
      const first = this.#line[0];
      if (first === undefined || this.#used + first.bytes > this.#limit) return;
      this.#line.shift();
      clearTimeout(first.timer);
      this.#used += first.bytes;
      first.settle(true);
    }
  }
}
