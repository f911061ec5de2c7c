/**
 * The newest values of a quantity, kept sorted: nearest value, bounds and quantiles by binary search, an insertion by
 * moving part of one array. Memory grows with what it has seen, up to `capacity` numbers.
 */
export class SortedWindow {
  readonly capacity: number;
  #sorted = new Float64Array(64);
  #size = 0;

  constructor(capacity: number) {
    this.capacity = capacity;
  }

  get size(): number {
    return this.#size;
  }

  /** Smallest and largest value; only when `size` is above 0. */
  get lowest(): number {
    return this.#sorted[0]!;
  }

  get highest(): number {
    return this.#sorted[this.#size - 1]!;
  }

  /** @param part between 0 and 1; the value at that part of the order. */
  quantile(part: number): number {
    return this.#sorted[Math.min(this.#size - 1, Math.floor(part * this.#size))]!;
  }

  /** The value of the window that is nearest to `value`. */
  nearest(value: number): number {
    const place = this.#placeOf(value);
    const above = this.#sorted[Math.min(place, this.#size - 1)]!;
    const below = this.#sorted[Math.max(0, place - 1)]!;
    return Math.abs(value - below) < Math.abs(above - value) ? below : above;
  }

  /** @param leaving the oldest value, which makes room; given when the window is full */
  add(value: number, leaving: number | undefined): void {
    if (leaving !== undefined) this.#remove(leaving);
    if (this.#size === this.#sorted.length) this.#grow();
    const place = this.#placeOf(value);
    this.#sorted.copyWithin(place + 1, place, this.#size);
    this.#sorted[place] = value;
    this.#size++;
  }

  #remove(value: number): void {
    const place = this.#placeOf(value);
    this.#sorted.copyWithin(place, place + 1, this.#size);
    this.#size--;
  }

  #grow(): void {
    const larger = new Float64Array(Math.min(this.capacity, 2 * this.#sorted.length));
    larger.set(this.#sorted);
    this.#sorted = larger;
  }

  /** How many values are smaller. */
  #placeOf(value: number): number {
    let low = 0;
    let high = this.#size;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#sorted[middle]! < value) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
