import { randomFrom } from '../../../../../src/engine/analyze/autoencoder/random.ts';

/** Rows of a server as it usually is: load drives the first half of the columns, the rest goes its own way. */
export function usualRows(rows: number, columns: number, seed: number, units?: readonly number[]): Float64Array {
  const random = randomFrom(seed);
  const values = new Float64Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    const load = 0.5 + 0.3 * Math.sin(row / 40) + 0.1 * random();
    for (let column = 0; column < columns; column++) {
      const share = column < columns / 2 ? load * (0.6 + 0.05 * column) + 0.01 * random() : 0.2 + 0.1 * random();
      values[row * columns + column] = share * (units?.[column] ?? 1);
    }
  }
  return values;
}
