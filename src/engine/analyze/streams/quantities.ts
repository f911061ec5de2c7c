import type { Quantity } from './quantity.ts';
import type { Ring } from './ring.ts';

/** The value itself. */
export const value: Quantity = { reach: 1, kind: 'near', at: (values, ago) => values.back(ago) };

/** The changes that led here: differences to the values so many points before. */
export const changes = [1, 2, 3, 5, 8, 12].map((distance): Quantity => ({
  reach: distance + 1,
  kind: 'near',
  at: (values, ago) => values.back(ago) - values.back(ago + distance),
}));

/** Moves of the level, of which only larger ones than ever are new: the means of two neighbouring stretches apart. */
export const shifts = [5, 10, 20, 30, 40].map((length): Quantity => ({
  reach: 2 * length,
  kind: 'record',
  at: (values, ago) => (sumOf(values, ago, length) - sumOf(values, ago + length, length)) / length,
}));

/** The level of the last stretch: staying for long where the series only ever passes shows in no single value. */
export const levels = [10, 20].map((length): Quantity => ({
  reach: length,
  kind: 'near',
  at: (values, ago) => sumOf(values, ago, length) / length,
}));

/** From scratch each time: differences of running sums lose digits behind a giant value. */
function sumOf(values: Ring, ago: number, length: number): number {
  let sum = 0;
  for (let index = ago; index < ago + length; index++) sum += values.back(index);
  return sum;
}
