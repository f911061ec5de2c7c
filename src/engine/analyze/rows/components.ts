import type { Covariance } from './moments.ts';

/** The mean row and the directions in which rows usually move together. */
export interface Components {
  readonly mean: readonly number[];
  /** count × columns, orthonormal rows. */
  readonly directions: readonly number[];
}

const rounds = 60;
/** More directions than asked for are followed, so that the last wanted one settles too. */
const extra = 4;

/** The leading eigenvectors of a covariance by orthogonal iteration (Golub and Van Loan, section 8.2.4). */
export function leadingComponents({ mean, matrix }: Covariance, count: number): Components {
  const columns = mean.length;
  const kept = Math.min(count, columns);
  const followed = Math.min(kept + extra, columns);
  // Any start that no eigenvector is orthogonal to will do; this one is the same every time.
  let basis: Float64Array[] = Array.from({ length: followed }, (_, index) =>
    Float64Array.from({ length: columns }, (_, column) => Math.cos((index + 1) * (column + 0.5)) + 0.01 * index),
  );
  orthonormalise(basis);
  for (let round = 0; round < rounds; round++) {
    basis = basis.map((vector) => multiply(matrix, vector));
    orthonormalise(basis);
  }
  return { mean: [...mean], directions: basis.slice(0, kept).flatMap((vector) => [...vector]) };
}

function multiply(matrix: Float64Array, vector: Float64Array): Float64Array {
  const columns = vector.length;
  const product = new Float64Array(columns);
  for (let row = 0; row < columns; row++) {
    let sum = 0;
    for (let column = 0; column < columns; column++) sum += matrix[row * columns + column]! * vector[column]!;
    product[row] = sum;
  }
  return product;
}

/** Gram and Schmidt, twice for accuracy. A direction without variance becomes zero and explains nothing. */
function orthonormalise(basis: readonly Float64Array[]): void {
  for (const [index, vector] of basis.entries()) {
    for (let pass = 0; pass < 2; pass++) {
      for (const earlier of basis.slice(0, index)) {
        const along = dot(vector, earlier);
        for (let column = 0; column < vector.length; column++) vector[column]! -= along * earlier[column]!;
      }
    }
    const length = Math.sqrt(dot(vector, vector));
    for (let column = 0; column < vector.length; column++)
      vector[column] = length > 1e-12 ? vector[column]! / length : 0;
  }
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let column = 0; column < a.length; column++) sum += a[column]! * b[column]!;
  return sum;
}

/** What the components leave unexplained of one row, written to `into`. */
export function residualOf(components: Components, row: Float64Array, into: Float64Array): void {
  const { mean, directions } = components;
  const columns = mean.length;
  for (let column = 0; column < columns; column++) into[column] = row[column]! - mean[column]!;
  // The directions are orthonormal: taking them off one after the other is the same as at once.
  for (let from = 0; from < directions.length; from += columns) {
    let along = 0;
    for (let column = 0; column < columns; column++) along += directions[from + column]! * into[column]!;
    for (let column = 0; column < columns; column++) into[column]! -= along * directions[from + column]!;
  }
}
