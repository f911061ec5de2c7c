import { fftOf, type Fft } from './fft.ts';

/**
 * The inverse B of a symmetric positive definite Toeplitz matrix, held as its first column only.
 * Gohberg and Semencul (1972): B = (L(x)·L(x)ᵀ − L(y)·L(y)ᵀ)/x₀ with x the first column of B, y = (0, xₙ₋₁, …, x₁) and
 * L(·) the lower triangular Toeplitz matrix of a column; each factor is a convolution, so a product costs six transforms
 * instead of n² multiplications, and an operator takes kilobytes instead of megabytes.
 */
export interface ToeplitzInverse {
  /** Side of the matrix. */
  readonly n: number;
  /** First column x of B. */
  readonly column: Float64Array;
  /** Replaces two vectors (first n elements; the rest is scratch) by their products with B. Both have `size` elements. */
  readonly apply: (first: Float64Array, second: Float64Array) => void;
  /** Elements that the two vectors must have. */
  readonly size: number;
}

/**
 * First column of the inverse of the Toeplitz matrix with first column `covariance` (n elements), by Durbin's recursion
 * (Golub and Van Loan, Matrix Computations, 4.7.3): O(n²). Undefined when the matrix is not positive definite.
 */
export function firstColumnOfInverse(covariance: Float64Array): Float64Array | undefined {
  const n = covariance.length;
  const c0 = covariance[0]!;
  const y = new Float64Array(n);
  const previous = new Float64Array(n);
  // `error` is the variance of the one-step prediction, relative to c0.
  let error = 1;
  for (let k = 0; k < n - 1; k++) {
    let sum = covariance[k + 1]! / c0;
    for (let i = 0; i < k; i++) sum += (covariance[k - i]! / c0) * y[i]!;
    const reflection = -sum / error;
    previous.set(y.subarray(0, k));
    for (let i = 0; i < k; i++) y[i] = previous[i]! + reflection * previous[k - 1 - i]!;
    y[k] = reflection;
    error *= 1 - reflection * reflection;
    if (!(error > 1e-14)) return undefined;
  }
  const x = new Float64Array(n);
  x[0] = 1 / (error * c0);
  for (let i = 1; i < n; i++) x[i] = y[i - 1]! / (error * c0);
  return x;
}

export function toeplitzInverse(column: Float64Array): ToeplitzInverse {
  const n = column.length;
  const fft = fftOf(2 * n);
  const { size } = fft;
  const [xRe, xIm] = spectrum(fft, (i) => column[i]!, n);
  const [yRe, yIm] = spectrum(fft, (i) => (i === 0 ? 0 : column[n - i]!), n);
  const scale = 1 / (column[0]! * size * size);
  const aRe = new Float64Array(size);
  const aIm = new Float64Array(size);
  const bRe = new Float64Array(size);
  const bIm = new Float64Array(size);

  // The two vectors are the real and the imaginary part of one: B is real, so that they do not mix.
  const apply = (first: Float64Array, second: Float64Array): void => {
    first.fill(0, n);
    second.fill(0, n);
    fft.forward(first, second);
    for (let k = 0; k < size; k++) {
      const re = first[k]!;
      const im = second[k]!;
      aRe[k] = re * xRe[k]! + im * xIm[k]!;
      aIm[k] = im * xRe[k]! - re * xIm[k]!;
      bRe[k] = re * yRe[k]! + im * yIm[k]!;
      bIm[k] = im * yRe[k]! - re * yIm[k]!;
    }
    keepHead(fft, aRe, aIm, n);
    keepHead(fft, bRe, bIm, n);
    for (let k = 0; k < size; k++) {
      first[k] = (aRe[k]! * xRe[k]! - aIm[k]! * xIm[k]! - bRe[k]! * yRe[k]! + bIm[k]! * yIm[k]!) * scale;
      second[k] = (aRe[k]! * xIm[k]! + aIm[k]! * xRe[k]! - bRe[k]! * yIm[k]! - bIm[k]! * yRe[k]!) * scale;
    }
    fft.inverse(first, second);
  };
  return { n, column, apply, size };
}

/** Diagonal of B, by the recursion of Trench (1964): B[i+1][i+1] = B[i][i] + (x[i+1]² − x[n−1−i]²)/x₀. */
export function diagonalOf(column: Float64Array): Float64Array {
  const n = column.length;
  const diagonal = new Float64Array(n);
  diagonal[0] = column[0]!;
  for (let i = 0; i + 1 < n; i++) {
    diagonal[i + 1] = diagonal[i]! + (column[i + 1]! ** 2 - column[n - 1 - i]! ** 2) / column[0]!;
  }
  return diagonal;
}

function spectrum(fft: Fft, at: (index: number) => number, n: number): [Float64Array, Float64Array] {
  const re = new Float64Array(fft.size);
  const im = new Float64Array(fft.size);
  for (let i = 0; i < n; i++) re[i] = at(i);
  fft.forward(re, im);
  return [re, im];
}

/** From the spectrum of a sequence to the spectrum of its first n elements (times the size). */
function keepHead(fft: Fft, re: Float64Array, im: Float64Array, n: number): void {
  fft.inverse(re, im);
  re.fill(0, n);
  im.fill(0, n);
  fft.forward(re, im);
}
