import { describe, expect, test } from 'vitest';
import { seasonalKernels } from '../../../../src/engine/analyze/forecast/gaussian-process/bank.ts';
import { covariance } from '../../../../src/engine/analyze/forecast/gaussian-process/kernel.ts';
import { buildOperator, predict, solve } from '../../../../src/engine/analyze/forecast/gaussian-process/operator.ts';
import { fftOf } from '../../../../src/engine/analyze/forecast/gaussian-process/fft.ts';
import {
  diagonalOf,
  firstColumnOfInverse,
  toeplitzInverse,
} from '../../../../src/engine/analyze/forecast/gaussian-process/toeplitz.ts';
import { noise, series, wave } from './generated.ts';

const seasons = { period: 12, long: 84, unit: 12 };

/** Inverse by Gauss and Jordan, to compare with. */
function inverseOf(matrix: number[][]): number[][] {
  const n = matrix.length;
  const rows = matrix.map((row, i) => [...row, ...row.map((_, j) => (i === j ? 1 : 0))]);
  for (let column = 0; column < n; column++) {
    const pivot = rows[column]![column]!;
    rows[column] = rows[column]!.map((value) => value / pivot);
    for (let i = 0; i < n; i++) {
      if (i === column) continue;
      const factor = rows[i]![column]!;
      rows[i] = rows[i]!.map((value, j) => value - factor * rows[column]![j]!);
    }
  }
  return rows.map((row) => row.slice(n));
}

test('a transform there and back gives the values times the size', () => {
  const { normal } = noise(1);
  const fft = fftOf(60);
  const re = series(64, normal);
  const im = series(64, normal);
  const [re2, im2] = [re.slice(), im.slice()];
  fft.forward(re2, im2);
  // The spectrum's first value is the sum, wherever the others are.
  expect(re2[0]).toBeCloseTo(
    re.reduce((sum, value) => sum + value, 0),
    10,
  );
  fft.inverse(re2, im2);
  for (let i = 0; i < 64; i++) {
    expect(re2[i]! / 64).toBeCloseTo(re[i]!, 12);
    expect(im2[i]! / 64).toBeCloseTo(im[i]!, 12);
  }
});

describe('the inverse of a Toeplitz matrix', () => {
  const n = 50;
  const k = covariance(seasonalKernels[0]!, seasons, n);
  const exact = inverseOf(
    Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => k[Math.abs(i - j)]!)),
  );
  const column = firstColumnOfInverse(k)!;

  test('has the first column and the diagonal of the inverse by elimination', () => {
    const diagonal = diagonalOf(column);
    for (let i = 0; i < n; i++) {
      expect(column[i]).toBeCloseTo(exact[i]![0]!, 8);
      expect(diagonal[i]).toBeCloseTo(exact[i]![i]!, 8);
    }
  });

  test('is applied to two vectors at once', () => {
    const { normal } = noise(2);
    const inverse = toeplitzInverse(column);
    const first = new Float64Array(inverse.size).map((_, i) => (i < n ? normal() : 1e9));
    const second = new Float64Array(inverse.size).map((_, i) => (i < n ? i : -1e9));
    const expected = [first, second].map((vector) =>
      exact.map((row) => row.reduce((sum, value, j) => sum + value * vector[j]!, 0)),
    );
    inverse.apply(first, second);
    for (let i = 0; i < n; i++) {
      expect(first[i]).toBeCloseTo(expected[0]![i]!, 6);
      expect(second[i]).toBeCloseTo(expected[1]![i]!, 6);
    }
  });

  test('of a matrix that is not positive definite is refused', () => {
    expect(firstColumnOfInverse(Float64Array.of(1, 2, 0))).toBeUndefined();
  });
});

test('rows and solving give the same forecast, and that of the textbook', () => {
  const { normal } = noise(3);
  const kernel = seasonalKernels[2]!;
  const n = 40;
  const z = series(n, (i) => 0.02 * i + wave(i, 12) + 0.1 * normal());
  const operator = buildOperator(kernel, seasons, n, 8)!;
  const direct = predict(operator, solve(operator, z), 8);
  const rows = operator.rows(8);

  // Constant and slope as part of the covariance: the constant with a variance that is as good as infinite.
  const all = covariance(kernel, seasons, n + 8);
  const scale = 1 / (7 * 12);
  const together = (i: number, j: number): number =>
    all[Math.abs(i - j)]! + 1e5 + kernel.slope ** 2 * (i - n + 1) * (j - n + 1) * scale ** 2;
  const inverse = inverseOf(Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => together(i, j))));
  for (let step = 1; step <= 8; step++) {
    const byRow = z.reduce((sum, value, i) => sum + value * rows[(step - 1) * n + i]!, 0);
    expect(byRow).toBeCloseTo(direct[step - 1]!, 8);
    const k = Array.from({ length: n }, (_, i) => together(i, n - 1 + step));
    const weights = inverse.map((row) => row.reduce((sum, value, j) => sum + value * k[j]!, 0));
    const textbook = weights.reduce((sum, value, i) => sum + value * z[i]!, 0);
    expect(direct[step - 1]).toBeCloseTo(textbook, 3);
    const variance = together(n - 1 + step, n - 1 + step) - weights.reduce((sum, value, i) => sum + value * k[i]!, 0);
    expect(operator.deviation[step - 1]).toBeCloseTo(Math.sqrt(variance), 3);
  }
});
