import { keyOf, type OperationKey } from './sql.ts';

/** One operation in one window of 10 s. */
export interface Window extends OperationKey {
  /** Unix seconds of the window's start. */
  readonly time: number;
  readonly calls: number;
  readonly errors: number;
  readonly meanMs: number;
}

/** Since when an operation is slower or fails more, and how surely. */
export interface Onset extends OperationKey {
  readonly time: number;
  readonly what: 'duration' | 'errors';
  readonly score: number;
}

const least = { windowsBefore: 2, callsBefore: 5, rise: 1.5, score: 4, spread: 0.1, errorRate: 0.05, errorRise: 3 };

/**
 * The clearest lasting rise of mean duration or error rate among the operations, up to the last window. Without it the
 * history of a trace would be made of the very fault that it shows.
 * Duration: the split of the logarithms of window means with the largest t; errors: the split with the largest
 * log-likelihood ratio of two rates against one.
 */
export function findOnset(windows: readonly Window[]): Onset | null {
  const series = new Map<string, Window[]>();
  for (const window of windows) {
    if (window.calls === 0) continue;
    const key = keyOf(window);
    const own = series.get(key);
    if (own === undefined) series.set(key, [window]);
    else own.push(window);
  }
  let best: Onset | null = null;
  for (const own of series.values()) {
    own.sort((a, b) => a.time - b.time);
    for (const found of [durationRise(own), errorRise(own)]) {
      if (found !== null && (best === null || found.score > best.score)) best = found;
    }
  }
  return best;
}

function durationRise(series: readonly Window[]): Onset | null {
  const logs = series.map(({ meanMs }) => Math.log(Math.max(meanMs, 0.001)));
  return bestSplit(series, 'duration', (at) => {
    const before = spreadOf(logs.slice(0, at));
    const after = spreadOf(logs.slice(at));
    const rise = after.mean - before.mean;
    if (rise < Math.log(least.rise)) return 0;
    const variance = (before.squares + after.squares) / Math.max(1, series.length - 2);
    const deviation = Math.max(Math.sqrt(variance), least.spread);
    return rise / (deviation * Math.sqrt(1 / at + 1 / (series.length - at)));
  });
}

function errorRise(series: readonly Window[]): Onset | null {
  return bestSplit(series, 'errors', (at) => {
    const before = ratesOf(series.slice(0, at));
    const after = ratesOf(series.slice(at));
    if (after.rate < before.rate * least.errorRise || after.rate - before.rate < least.errorRate) return 0;
    const both = ratesOf(series);
    return Math.sqrt(2 * Math.max(0, before.likelihood + after.likelihood - both.likelihood));
  });
}

function bestSplit(series: readonly Window[], what: Onset['what'], scoreAt: (at: number) => number): Onset | null {
  let best: Onset | null = null;
  let calls = 0;
  for (let at = 1; at < series.length; at++) {
    calls += series[at - 1]!.calls;
    if (at < least.windowsBefore || calls < least.callsBefore) continue;
    const score = scoreAt(at);
    if (score < least.score || (best !== null && score <= best.score)) continue;
    const { service, kind, operation, time } = series[at]!;
    best = { service, kind, operation, time, what, score };
  }
  return best;
}

function spreadOf(values: readonly number[]): { mean: number; squares: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return { mean, squares: values.reduce((sum, value) => sum + (value - mean) ** 2, 0) };
}

function ratesOf(windows: readonly Window[]): { rate: number; likelihood: number } {
  const calls = windows.reduce((sum, window) => sum + window.calls, 0);
  const errors = windows.reduce((sum, window) => sum + window.errors, 0);
  const rate = errors / calls;
  const term = (count: number, share: number): number => (count === 0 ? 0 : count * Math.log(share));
  return { rate, likelihood: term(errors, rate) + term(calls - errors, 1 - rate) };
}
