/**
 * How well a season of `period` samples repeats: the values less their centred moving average over one period (the trend
 * of classical decomposition), correlated with themselves one period later. Between −1 and 1. A random walk has none: its
 * moving average takes with it whatever two points a period apart have in common.
 * NaN when there are fewer than one and a half periods to compare.
 */
export function seasonStrength(z: Float64Array, period: number, prefix: Float64Array): number {
  const from = Math.ceil(period / 2);
  const to = z.length - Math.ceil(period / 2);
  if (to - from < 1.5 * period) return Number.NaN;
  const detrended = detrend(z, period, prefix);
  return correlation(detrended, period, from, to);
}

/** Whether the correlation one period later exceeds the one a little earlier and later: a slow swing has no such peak. */
export function isPeak(z: Float64Array, period: number, prefix: Float64Array): boolean {
  const from = Math.ceil(period / 2);
  const to = z.length - from;
  const detrended = detrend(z, period, prefix);
  const here = correlation(detrended, period, from, to);
  const aside = Math.max(1, Math.round(period / 6));
  return (
    here > correlation(detrended, period - aside, from, to) &&
    here > correlation(detrended, period + aside, from, to) &&
    here - correlation(detrended, Math.round(period / 2), from, to) > 0.2
  );
}

/** Sums of the first 0 … n values. */
export function prefixSums(z: Float64Array): Float64Array {
  const prefix = new Float64Array(z.length + 1);
  for (let i = 0; i < z.length; i++) prefix[i + 1] = prefix[i]! + z[i]!;
  return prefix;
}

/** Values less the mean of the period around them; an even period counts the two ends half. */
export function detrend(z: Float64Array, period: number, prefix: Float64Array): Float64Array {
  const half = period >> 1;
  const odd = period % 2 === 1;
  const detrended = new Float64Array(z.length);
  for (let i = half; i + half < z.length; i++) {
    const full = prefix[i + half + 1]! - prefix[i - half]!;
    detrended[i] = z[i]! - (odd ? full : full - (z[i - half]! + z[i + half]!) / 2) / period;
  }
  return detrended;
}

function correlation(values: Float64Array, lag: number, from: number, to: number): number {
  let product = 0;
  let before = 0;
  let after = 0;
  for (let i = from; i + lag < to; i++) {
    const a = values[i]!;
    const b = values[i + lag]!;
    product += a * b;
    before += a * a;
    after += b * b;
  }
  const scale = Math.sqrt(before * after);
  return scale > 0 ? product / scale : 0;
}
