interface Entry {
  readonly order: string;
  readonly sku: string;
  readonly note: string;
  readonly at: Date;
}

/** Entries that one call leaves behind, and how many are kept: the process then lives close to its heap's limit. */
const entriesPerCall = 11_000;
const mostEntries = 680_000;

/**
 * "For the audit": remembers everything about every reservation, in memory, and nobody ever reads it. The heap grows
 * until almost nothing is free, and each collection has all of it to walk. Oldest entries go just before the process
 * would die of it, so that the shop lives on for as long as the demo is kept.
 */
export class ReservationHistory {
  #calls: Entry[][] = [];

  keep(order: string, items: readonly { readonly sku: string }[]): void {
    const sku = items[0]?.sku ?? '';
    const entries: Entry[] = [];
    for (let i = 0; i < entriesPerCall; i++) {
      entries.push({ order, sku, note: `${sku} considered for ${order}/${i}`, at: new Date() });
    }
    this.#calls.push(entries);
    while (this.#calls.length * entriesPerCall > mostEntries) this.#calls.shift();
  }

  clear(): void {
    this.#calls = [];
  }
}
