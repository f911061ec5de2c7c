/** The newest `capacity` numbers, in the order of arrival. Memory grows with what it has seen. */
export class Ring {
  readonly capacity: number;
  #items = new Float64Array(64);
  #next = 0;
  #size = 0;

  constructor(capacity: number) {
    this.capacity = capacity;
    if (capacity < this.#items.length) this.#items = new Float64Array(capacity);
  }

  get size(): number {
    return this.#size;
  }

  push(value: number): void {
    if (this.#size === this.#items.length && this.#size < this.capacity) this.#grow();
    this.#items[this.#next] = value;
    this.#next = (this.#next + 1) % this.#items.length;
    if (this.#size < this.#items.length) this.#size++;
  }

  /** @param steps 0 is the newest; less than `size`. */
  back(steps: number): number {
    const place = this.#next - 1 - steps;
    return this.#items[place < 0 ? place + this.#items.length : place]!;
  }

  /** Oldest first. */
  values(): number[] {
    return Array.from({ length: this.#size }, (_, index) => this.back(this.#size - 1 - index));
  }

  /** Only when full and not yet wrapped: then the oldest is at 0. */
  #grow(): void {
    const larger = new Float64Array(Math.min(this.capacity, 2 * this.#items.length));
    this.values().forEach((value, index) => {
      larger[index] = value;
    });
    this.#next = this.#size;
    this.#items = larger;
  }
}
