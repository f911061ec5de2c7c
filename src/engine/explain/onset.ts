import { keyOf, type OperationKey } from './sql.ts';

/** One operation in one window of 10 s. */
export interface Window extends OperationKey {
  /** Unix seconds of the window's start. */
  readonly time: number;
  readonly calls: number;
  readonly errors: number;
  readonly meanMs: number;
  /** Calls far slower than nearly all usual ones, where they were counted. */
  readonly slow?: number;
}

/** Since when an operation is slower or fails more, and how surely. */
export interface Onset extends OperationKey {
  /** Unix seconds of the first window that is worse. */
  readonly time: number;
  /** Unix seconds from which on it was as it was right before; null: as long as was looked at. */
  readonly calmSince: number | null;
  readonly what: 'duration' | 'errors';
  readonly score: number;
}

const least = { windowsBefore: 2, callsBefore: 5, rise: 1.5, score: 4, spread: 0.1, errorRate: 0.05, errorRise: 3 };

/**
 * The clearest lasting rise of mean duration or error rate among the operations, up to the last window. Without it the
 * history of a trace would be made of the very fault that it shows.
 * @param latest Unix seconds of the last window that the change may begin with
 * Duration: the split of the logarithms of window means with the largest t; errors: the split with the largest
 * log-likelihood ratio of two rates against one.
 */
export function findOnset(windows: readonly Window[], latest = Infinity): Onset | null {
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
    for (const found of [durationRise(own, latest), errorRise(own, latest)]) {
      if (found !== null && (best === null || found.score > best.score)) best = found;
    }
  }
  return best;
}

function durationRise(series: readonly Window[], latest: number): Onset | null {
  return bestSplit(series, latest, 'duration', (earlier, later) => {
    const before = spreadOf(earlier);
    const after = spreadOf(later);
    const rise = after.mean - before.mean;
    if (rise < Math.log(least.rise)) return 0;
    const variance = (before.squares + after.squares) / Math.max(1, earlier.length + later.length - 2);
    const deviation = Math.max(Math.sqrt(variance), least.spread);
    return rise / (deviation * Math.sqrt(1 / earlier.length + 1 / later.length));
  });
}

function errorRise(series: readonly Window[], latest: number): Onset | null {
  return bestSplit(series, latest, 'errors', (earlier, later) => {
    const before = ratesOf(earlier);
    const after = ratesOf(later);
    if (after.rate < before.rate * least.errorRise || after.rate - before.rate < least.errorRate) return 0;
    const both = ratesOf([...earlier, ...later]);
    return Math.sqrt(2 * Math.max(0, before.likelihood + after.likelihood - both.likelihood));
  });
}

/** Windows before the change that may be taken for "before": all, or fewer where an earlier trouble lies among them. */
const calmWindows = [Infinity, 30, 12, 6, 3];
/** A shorter "before" must fit this much better: by chance some short piece always looks calm. */
const shorterFits = 1.5;

function bestSplit(
  series: readonly Window[],
  latest: number,
  what: Onset['what'],
  scoreOf: (before: readonly Window[], after: readonly Window[]) => number,
): Onset | null {
  let best: Onset | null = null;
  for (const most of calmWindows) {
    let bestOfLength: Onset | null = null;
    for (let at = least.windowsBefore; at < series.length; at++) {
      if (series[at]!.time > latest) break;
      if (most !== Infinity && at <= most) continue;
      const from = Math.max(0, at - most);
      const before = series.slice(from, at);
      if (before.reduce((sum, { calls }) => sum + calls, 0) < least.callsBefore) continue;
      const score = scoreOf(before, series.slice(at));
      if (score < least.score || (bestOfLength !== null && score <= bestOfLength.score)) continue;
      const { service, kind, operation, time } = series[at]!;
      bestOfLength = { service, kind, operation, time, calmSince: from === 0 ? null : series[from]!.time, what, score };
    }
    if (bestOfLength !== null && (best === null || bestOfLength.score > best.score * shorterFits)) best = bestOfLength;
  }
  return best;
}

/** Mean, and squares around it, of the logarithms of the windows' mean durations. */
function spreadOf(windows: readonly Window[]): { mean: number; squares: number } {
  const logs = windows.map(({ meanMs }) => Math.log(Math.max(meanMs, 0.001)));
  const mean = logs.reduce((sum, value) => sum + value, 0) / logs.length;
  return { mean, squares: logs.reduce((sum, value) => sum + (value - mean) ** 2, 0) };
}

function ratesOf(windows: readonly Window[]): { rate: number; likelihood: number } {
  const calls = windows.reduce((sum, window) => sum + window.calls, 0);
  const errors = windows.reduce((sum, window) => sum + window.errors, 0);
  const rate = errors / calls;
  const term = (count: number, share: number): number => (count === 0 ? 0 : count * Math.log(share));
  return { rate, likelihood: term(errors, rate) + term(calls - errors, 1 - rate) };
}
