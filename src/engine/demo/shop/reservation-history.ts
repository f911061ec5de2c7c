interface Entry {
  readonly order: string;
  readonly sku: string;
  readonly note: string;
  readonly at: Date;
}

/** Entries that one call leaves behind, and how many are kept at most, so that the process lives near its heap's limit. */
const entriesPerCall = 20_000;
const mostEntries = 1_200_000;

/**
 * "For the audit": remembers everything about every reservation, in memory, and nobody ever reads it. The heap grows
 * towards its limit, and each collection has more objects to walk.
 */
export class ReservationHistory {
  #entries = new Map<string, Entry>();

  keep(order: string, items: readonly { readonly sku: string }[]): void {
    const sku = items[0]?.sku ?? '';
    for (let i = 0; i < entriesPerCall; i++) {
      if (this.#entries.size >= mostEntries) return;
      const key = `${order}/${i}`;
      this.#entries.set(key, { order, sku, note: `${sku} considered for ${key}`, at: new Date() });
    }
  }

  clear(): void {
    this.#entries = new Map();
  }
}
