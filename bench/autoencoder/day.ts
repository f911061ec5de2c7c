import { randomFrom } from '../../src/engine/analyze/autoencoder/random.ts';

/** One day of 10 s windows. */
export const windowsPerDay = 8640;

/**
 * A made-up day of one service: a few hidden causes (the daily season, load, a cache's state …) drive all features,
 * each in its own unit, with noise of its own and now and then a gap.
 *
 * @returns windows × features
 */
export function serviceDay(features: number, seed: number, windows: number = windowsPerDay): Float32Array {
  const random = randomFrom(seed);
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const causes = 6;
  const loads = Float32Array.from({ length: features * causes }, normal);
  const units = Float32Array.from({ length: features }, () => 10 ** (random() * 6 - 2));
  const rows = new Float32Array(windows * features);
  const state = new Float32Array(causes);
  for (let window = 0; window < windows; window++) {
    for (let cause = 1; cause < causes; cause++) state[cause] = 0.98 * state[cause]! + 0.2 * normal();
    state[0] = 2 * Math.sin((2 * Math.PI * window) / windowsPerDay);
    for (let feature = 0; feature < features; feature++) {
      let sum = 3;
      for (let cause = 0; cause < causes; cause++) sum += loads[feature * causes + cause]! * Math.tanh(state[cause]!);
      const gap = random() < 0.001;
      rows[window * features + feature] = gap ? Number.NaN : units[feature]! * (sum + 0.1 * normal());
    }
  }
  return rows;
}
