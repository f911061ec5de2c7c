import { recipe } from './recipe.ts';

/** Population standard deviation of each column over the last few rows, gaps left out. */
export class RecentSpread {
  readonly #columns: number;
  /** `recipe.spreadRows` × columns, used in turn. */
  readonly #rows: Float64Array;
  #next: number;

  constructor(columns: number, rows?: readonly number[], next: number = 0) {
    this.#columns = columns;
    this.#rows = rows ? Float64Array.from(rows) : new Float64Array(recipe.spreadRows * columns).fill(Number.NaN);
    this.#next = next;
  }

  of(column: number): number {
    let [count, sum, squares] = [0, 0, 0];
    for (let at = column; at < this.#rows.length; at += this.#columns) {
      const value = this.#rows[at]!;
      if (Number.isNaN(value)) continue;
      count++;
      sum += value;
    }
    if (count < 2) return 0;
    const mean = sum / count;
    for (let at = column; at < this.#rows.length; at += this.#columns) {
      const value = this.#rows[at]!;
      if (!Number.isNaN(value)) squares += (value - mean) ** 2;
    }
    return Math.sqrt(squares / count);
  }

  push(row: Float64Array): void {
    this.#rows.set(row, this.#next * this.#columns);
    this.#next = (this.#next + 1) % recipe.spreadRows;
  }

  state(): { readonly rows: readonly number[]; readonly next: number } {
    return { rows: [...this.#rows], next: this.#next };
  }
}

/** The spread before each of many rows, rows × columns. */
export function spreadsOf(values: Float64Array, columns: number): Float64Array {
  const recent = new RecentSpread(columns);
  const spreads = new Float64Array(values.length);
  for (let at = 0; at < values.length; at += columns) {
    for (let column = 0; column < columns; column++) spreads[at + column] = recent.of(column);
    recent.push(values.subarray(at, at + columns));
  }
  return spreads;
}
