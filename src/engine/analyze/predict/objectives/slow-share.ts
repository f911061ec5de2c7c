/**
 * How many calls took longer than a limit, from a DDSketch. ClickHouse reads a sketch by quantiles only, but by as many
 * as one likes: a ladder of levels is merged, and the first one whose value lies beyond the limit tells the share. What
 * is beyond is told within 3 %, and calls within 1 % of the limit cannot be told apart (the sketch's relative accuracy).
 */

/** Above a tenth the levels are half a percent of the calls apart, below it 40 in a decade. */
const evenly = 0.005;
const perDecade = 40;
const decades = 5;

/** Shares of the calls that lie above each level, from all of them down to one in a million, then none. */
const tails: readonly number[] = [
  ...Array.from({ length: Math.round(0.9 / evenly) }, (_, step) => 1 - evenly * step),
  ...Array.from({ length: perDecade * decades + 1 }, (_, step) => 0.1 * 10 ** (-step / perDecade)),
  0,
];

/** SQL for the place (from 1; 0: none) of the first level whose value exceeds the parameter `limitNs` (Float64). */
export const slowPlace = `arrayFirstIndex(value -> value > {limitNs:Float64},
  quantilesDDMerge(0.01, ${tails.map((tail) => String(Number((1 - tail).toPrecision(12)))).join(', ')})(DurationQuantiles))`;

/** @param place what `slowPlace` gave of `calls` calls */
export function slowCalls(place: number, calls: number): number {
  if (place === 0 || calls === 0) return 0;
  if (place === 1) return calls;
  // A sketch gives, for a level q, the value of rank q·(n − 1): that exceeds the limit from q = fast/(n − 1) on.
  const [above, below] = [tails[place - 2]!, tails[place - 1]!];
  const most = calls - (1 - above) * (calls - 1);
  const least = calls - (1 - below) * (calls - 1);
  const slow = Math.round(1 + (below === 0 ? (most - 1) / 2 : Math.sqrt(above * below) * (calls - 1)));
  return Math.min(Math.max(slow, Math.ceil(least - 1e-6)), Math.max(Math.ceil(least - 1e-6), Math.floor(most - 1e-6)));
}
