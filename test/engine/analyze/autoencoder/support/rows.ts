import { randomFrom } from '../../../../../src/engine/analyze/autoencoder/random.ts';

/** Rows whose features all follow one hidden cause, each in its own unit, with a little noise. */
export function correlatedRows(rows: number, features: number, seed: number): Float32Array {
  const random = randomFrom(seed);
  const values = new Float32Array(rows * features);
  for (let row = 0; row < rows; row++) {
    const cause = random() * 2 - 1;
    for (let feature = 0; feature < features; feature++) {
      const sign = feature % 2 === 0 ? 1 : -1;
      values[row * features + feature] = 10 ** (feature % 4) * (5 + sign * cause + 0.02 * (random() - 0.5));
    }
  }
  return values;
}

export function noiseRows(rows: number, features: number, seed: number): Float32Array {
  const random = randomFrom(seed);
  return Float32Array.from({ length: rows * features }, random);
}
