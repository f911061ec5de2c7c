import { expect, test } from 'vitest';
import { randomFrom } from '../../../../src/engine/analyze/autoencoder/random.ts';
import { leadingComponents, residualOf } from '../../../../src/engine/analyze/rows/components.ts';
import { covarianceOf, momentsOf, sumOf } from '../../../../src/engine/analyze/rows/moments.ts';

const columns = 6;

/** Rows in a plane through (1, 2, 3, 4, 5, 6), plus noise of the given size. */
function planeRows(rows: number, noise: number): Float64Array {
  const random = randomFrom(1);
  const values = new Float64Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    const [a, b] = [random() - 0.5, random() - 0.5];
    for (let column = 0; column < columns; column++)
      values[row * columns + column] =
        column + 1 + 3 * a * Math.cos(column) + b * Math.sin(2 * column) + noise * (random() - 0.5);
  }
  return values;
}

test('two components explain rows that lie in a plane, and one does not', () => {
  const rows = planeRows(300, 0);
  const covariance = covarianceOf(momentsOf(rows, columns));
  const left = (count: number) => {
    const into = new Float64Array(columns);
    residualOf(leadingComponents(covariance, count), rows.subarray(0, columns), into);
    return Math.hypot(...into);
  };
  expect(left(2)).toBeLessThan(1e-8);
  expect(left(6)).toBeLessThan(1e-8);
  expect(left(1)).toBeGreaterThan(0.01);
});

test('directions are orthonormal eigenvectors of the covariance', () => {
  const covariance = covarianceOf(momentsOf(planeRows(400, 1), columns));
  const { directions } = leadingComponents(covariance, 2);
  const vectors = [directions.slice(0, columns), directions.slice(columns)];
  const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, value, at) => sum + value * b[at]!, 0);
  expect(dot(vectors[0]!, vectors[0]!)).toBeCloseTo(1, 10);
  expect(dot(vectors[0]!, vectors[1]!)).toBeCloseTo(0, 10);
  for (const vector of vectors) {
    const image = vector.map((_, row) =>
      dot([...covariance.matrix.subarray(row * columns, (row + 1) * columns)], vector),
    );
    const eigenvalue = dot(image, vector);
    for (const [at, value] of image.entries()) expect(value).toBeCloseTo(eigenvalue * vector[at]!, 6);
  }
});

test('moments of blocks add up to those of the whole', () => {
  const rows = planeRows(90, 1);
  const parts = [
    rows.subarray(0, 30 * columns),
    rows.subarray(30 * columns, 60 * columns),
    rows.subarray(60 * columns),
  ];
  const moments = parts.map((part) => momentsOf(part, columns));
  const whole = covarianceOf(momentsOf(rows, columns)).matrix;
  for (const [at, value] of covarianceOf(sumOf(moments)).matrix.entries()) expect(value).toBeCloseTo(whole[at]!, 9);
  const rest = covarianceOf(momentsOf(rows.subarray(30 * columns), columns)).matrix;
  for (const [at, value] of covarianceOf(sumOf(moments, 0)).matrix.entries()) expect(value).toBeCloseTo(rest[at]!, 9);
});
