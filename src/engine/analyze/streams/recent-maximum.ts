/** What a snapshot holds: [point number, value] of those that may still become the maximum. */
export type RecentMaximumSnapshot = readonly (readonly [number, number])[];

/** The largest of the newest values, for a span that may change from call to call but never beyond `longest`. */
export class RecentMaximum {
  readonly #longest: number;
  /** Falling values: whatever came before a larger one can never be the maximum again. */
  #places: number[] = [];
  #values: number[] = [];
  #head = 0;

  constructor(longest: number) {
    this.#longest = longest;
  }

  /** The largest value of the points from `from` on; −1 when there is none. */
  since(from: number): number {
    for (let index = this.#head; index < this.#places.length; index++) {
      if (this.#places[index]! >= from) return this.#values[index]!;
    }
    return -1;
  }

  add(place: number, value: number): void {
    while (this.#places.length > this.#head && this.#values.at(-1)! <= value) {
      this.#places.pop();
      this.#values.pop();
    }
    this.#places.push(place);
    this.#values.push(value);
    while (this.#places[this.#head]! < place - this.#longest) this.#head++;
    if (this.#head > 1024) this.#compact();
  }

  snapshot(): RecentMaximumSnapshot {
    this.#compact();
    return this.#places.map((place, index) => [place, this.#values[index]!] as const);
  }

  restore(snapshot: RecentMaximumSnapshot): void {
    this.#head = 0;
    this.#places = snapshot.map(([place]) => place);
    this.#values = snapshot.map(([, value]) => value);
  }

  #compact(): void {
    this.#places = this.#places.slice(this.#head);
    this.#values = this.#values.slice(this.#head);
    this.#head = 0;
  }
}
