/** Measures of a forecast, as the M4 competition defines them (Makridakis, Spiliotis, Assimakopoulos 2020, section 2). */

/** Symmetric mean absolute percentage error: mean of 200·|y − f|/(|y| + |f|); a point where both are 0 has no error. */
export function smape(actual: Float64Array, forecast: Float64Array): number {
  return meanOver(actual, (y, step) => {
    const size = Math.abs(y) + Math.abs(forecast[step]!);
    return size === 0 ? 0 : (200 * Math.abs(y - forecast[step]!)) / size;
  });
}

/** Mean absolute error over that of repeating the season (`lag` samples) within the history; NaN when that is 0. */
export function mase(history: Float64Array, actual: Float64Array, forecast: Float64Array, lag: number): number {
  const scale = meanOver(history.subarray(lag), (y, index) => Math.abs(y - history[index]!));
  return scale > 0 ? meanOver(actual, (y, step) => Math.abs(y - forecast[step]!)) / scale : Number.NaN;
}

/** Share of values within the interval, in percent. */
export function coveragePercent(actual: Float64Array, lower: Float64Array, upper: Float64Array): number {
  return 100 * meanOver(actual, (y, step) => (y >= lower[step]! && y <= upper[step]! ? 1 : 0));
}

/** Mean over the finite values for which the measure is finite; NaN without any. */
function meanOver(values: Float64Array, measure: (value: number, index: number) => number): number {
  let sum = 0;
  let count = 0;
  values.forEach((value, index) => {
    const measured = Number.isFinite(value) ? measure(value, index) : Number.NaN;
    if (!Number.isFinite(measured)) return;
    sum += measured;
    count++;
  });
  return count === 0 ? Number.NaN : sum / count;
}
