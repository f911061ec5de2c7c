import { fftOf } from '../gaussian-process/fft.ts';

/** Autocorrelation at lags 0 … count − 1 (biased estimate, divided by n), by Wiener and Khinchin's theorem. */
export function autocorrelation(values: Float64Array, count: number): Float64Array {
  const n = values.length;
  const fft = fftOf(n + count);
  const re = new Float64Array(fft.size);
  const im = new Float64Array(fft.size);
  let mean = 0;
  for (const value of values) mean += value / n;
  for (let i = 0; i < n; i++) re[i] = values[i]! - mean;
  fft.forward(re, im);
  for (let k = 0; k < fft.size; k++) {
    re[k] = re[k]! ** 2 + im[k]! ** 2;
    im[k] = 0;
  }
  fft.inverse(re, im);
  const result = re.slice(0, count);
  const variance = result[0]!;
  return variance > 0 ? result.map((value) => value / variance) : new Float64Array(count);
}

/** Lags from 2 at which a sequence has a local maximum above zero. */
export function peaksOf(sequence: Float64Array): number[] {
  const peaks: number[] = [];
  for (let lag = 2; lag + 1 < sequence.length; lag++) {
    const value = sequence[lag]!;
    if (value > 0 && value >= sequence[lag - 1]! && value > sequence[lag + 1]!) peaks.push(lag);
  }
  return peaks;
}
