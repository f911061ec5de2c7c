const longestLag = 400;
/** Lags below this are left out: a smooth series correlates with itself at once. */
const shortestLag = 3;
/** Further than this beyond `shortestLag` a maximum is not taken for a period. */
const furthest = 300;
const withoutPeriod = 125;
const rowsLookedAt = 20_000;

/**
 * The sliding window L of VUS-PR as TSB-AD sets it: the lag of the highest local maximum of the autocorrelation
 * (biased, lags 3…400, first 20,000 rows), 125 where there is none or it lies outside 6…303.
 */
export function autocorrelationPeriod(values: Float64Array): number {
  const series = values.subarray(0, rowsLookedAt);
  const mean = series.reduce((sum, value) => sum + value, 0) / series.length;
  const centred = series.map((value) => value - mean);
  const correlation = Float64Array.from(
    { length: Math.min(longestLag, series.length - 1) + 1 - shortestLag },
    (_, index) => dot(centred, index + shortestLag),
  );
  let best = -1;
  for (let index = 1; index < correlation.length - 1; index++) {
    const here = correlation[index]!;
    if (!(here > correlation[index - 1]! && here > correlation[index + 1]!)) continue;
    if (best < 0 || here > correlation[best]!) best = index;
  }
  return best < shortestLag || best > furthest ? withoutPeriod : best + shortestLag;
}

function dot(centred: Float64Array, lag: number): number {
  let sum = 0;
  for (let row = lag; row < centred.length; row++) sum += centred[row]! * centred[row - lag]!;
  return sum;
}
