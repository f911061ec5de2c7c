/** Count, sums and sums of products of some rows; those of two sets of rows add up, and can be taken off again. */
export interface Moments {
  readonly rows: number;
  readonly sums: Float64Array;
  /** columns × columns, symmetric. */
  readonly products: Float64Array;
}

/** @param values rows × columns without gaps */
export function momentsOf(values: Float64Array, columns: number): Moments {
  const sums = new Float64Array(columns);
  const products = new Float64Array(columns * columns);
  for (let row = 0; row < values.length; row += columns) {
    for (let a = 0; a < columns; a++) {
      const value = values[row + a]!;
      if (value === 0) continue;
      sums[a]! += value;
      const line = a * columns;
      for (let b = 0; b <= a; b++) products[line + b]! += value * values[row + b]!;
    }
  }
  for (let a = 0; a < columns; a++) for (let b = 0; b < a; b++) products[b * columns + a] = products[a * columns + b]!;
  return { rows: values.length / columns, sums, products };
}

/** All of `parts` but the one at `without`. */
export function sumOf(parts: readonly Moments[], without: number = -1): Moments {
  const kept = parts.filter((_, index) => index !== without);
  const add = (pick: (moments: Moments) => Float64Array): Float64Array =>
    kept.map(pick).reduce((sum, part) => sum.map((value, at) => value + part[at]!));
  return {
    rows: kept.reduce((sum, { rows }) => sum + rows, 0),
    sums: add(({ sums }) => sums),
    products: add(({ products }) => products),
  };
}

export interface Covariance {
  readonly mean: Float64Array;
  /** columns × columns */
  readonly matrix: Float64Array;
}

export function covarianceOf({ rows, sums, products }: Moments): Covariance {
  const columns = sums.length;
  const mean = sums.map((sum) => sum / rows);
  const matrix = products.map((product, at) => product / rows - mean[Math.floor(at / columns)]! * mean[at % columns]!);
  return { mean, matrix };
}
