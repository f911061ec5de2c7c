import type { Window } from '../onset.ts';

/** How an operation left what is usual for it, in a stretch of the time that was asked about. */
export interface Deviation {
  readonly what: 'duration' | 'errors' | 'traffic';
  /** Standard deviations: t of the logarithms of window means, or the root of twice a log-likelihood ratio. */
  readonly score: number;
  /** Mean milliseconds, share of failed calls, or calls a second; `usual` is null without history. */
  readonly usual: number | null;
  readonly present: number;
  /** Unix seconds of the stretch's first window, and of the end of its last. */
  readonly fromSeconds: number;
  readonly toSeconds: number;
  /** Of traffic: since when it is usual; what came before had no rows. Else all of the usual time. */
  readonly usualFromSeconds?: number;
  readonly calls: number;
  readonly failed: number;
  /** Unix seconds between which the first window lies with a probability of nine tenths. */
  readonly earliest: number;
  readonly latest: number;
}

/** A rise from 1 ms to 3 ms is a rise by three, and nobody's trouble. */
export const leastRiseMs = 8;

/** What matters to people, and what chance does not bring about among hundreds of operations. */
const least = {
  score: 4.5,
  calls: 5,
  times: 1.4,
  spread: 0.1,
  errorRise: 0.03,
  errorTimes: 3,
  failed: 2,
  /** Of calls that are far slower than usual: their share, and windows that have some: one stall is no trouble. */
  slowShare: 0.08,
  slowWindows: 3,
} as const;
/** Windows of a call or two say little about a mean: their spread is taken to be this much wider. */
const callsForFullWeight = 5;

/**
 * How one operation became slower or failed more: of each the stretch of the asked time that differs most from the usual
 * windows and from those before it, the clearer first. Empty where nothing is out of the usual.
 * @param usual windows before, or of another time; may be empty
 * @param asked in order of time
 * @param joined the usual windows lie right before: what goes on in the asked time may have begun among them
 * @param windowSeconds how long a window lasts
 */
export function deviationsOf(
  usual: readonly Window[],
  asked: readonly Window[],
  joined: boolean,
  windowSeconds = 10,
): readonly Deviation[] {
  const from = joined ? Math.min(leastBefore, usual.length) : usual.length;
  const stretches: Stretches = { usual, asked, from, windowSeconds };
  const slower = [durationRise(stretches), slowShareRise(stretches)].filter((deviation) => deviation !== null);
  const [slowest] = slower.toSorted((a, b) => b.score - a.score);
  const found = [slowest ?? null, errorRise(stretches)];
  return found.filter((deviation) => deviation !== null).toSorted((a, b) => b.score - a.score);
}

/** Sums over the windows up to each index, so that every stretch is judged in constant time. */
interface Sums {
  readonly weight: Float64Array;
  readonly log: Float64Array;
  readonly squares: Float64Array;
  readonly calls: Float64Array;
  readonly errors: Float64Array;
  readonly totalMs: Float64Array;
  readonly slow: Float64Array;
  readonly slowWindows: Float64Array;
}

/**
 * The highest logarithm of a mean that a usual window counts with: a process that warmed up, or an earlier trouble, must
 * not hide the next. At least three times the median, so that what goes on since before is still seen.
 */
function mostUsual(usual: readonly Window[]): number {
  const middle = (values: readonly number[]): number =>
    values.toSorted((a, b) => a - b)[values.length >> 1] ?? Infinity;
  const logs = usual.map(({ meanMs }) => logOf(meanMs));
  const median = middle(logs);
  // 1.4826 medians of the distance are a standard deviation of normal values.
  const spread = 1.4826 * middle(logs.map((log) => Math.abs(log - median)));
  return median + Math.max(Math.log(3), 3 * spread);
}

/** A usual window counts with so many slow calls at most, as with its mean. */
const mostUsualSlow = 1;

const logOf = (meanMs: number): number => Math.log(Math.max(meanMs, 0.001));

function sumsOf(windows: readonly Window[], usual: number): Sums {
  const most = mostUsual(windows.slice(0, usual));
  const make = (): Float64Array => new Float64Array(windows.length + 1);
  const sums = {
    weight: make(),
    log: make(),
    squares: make(),
    calls: make(),
    errors: make(),
    totalMs: make(),
    slow: make(),
    slowWindows: make(),
  };
  windows.forEach(({ calls, errors, meanMs, slow = 0 }, at) => {
    const weight = Math.min(1, calls / callsForFullWeight);
    const log = at < usual ? Math.min(most, logOf(meanMs)) : logOf(meanMs);
    const add = (to: Float64Array, value: number): void => {
      to[at + 1] = to[at]! + value;
    };
    add(sums.weight, weight);
    add(sums.log, weight * log);
    add(sums.squares, weight * log * log);
    add(sums.calls, calls);
    add(sums.errors, errors);
    add(sums.totalMs, calls * meanMs);
    add(sums.slow, at < usual ? Math.min(slow, mostUsualSlow) : slow);
    add(sums.slowWindows, Math.min(1, slow));
  });
  return sums;
}

interface Part {
  readonly weight: number;
  readonly log: number;
  readonly squares: number;
  readonly calls: number;
  readonly errors: number;
  readonly totalMs: number;
  readonly slow: number;
  readonly slowWindows: number;
}

const part = (sums: Sums, from: number, to: number): Part => ({
  weight: sums.weight[to]! - sums.weight[from]!,
  log: sums.log[to]! - sums.log[from]!,
  squares: sums.squares[to]! - sums.squares[from]!,
  calls: sums.calls[to]! - sums.calls[from]!,
  errors: sums.errors[to]! - sums.errors[from]!,
  totalMs: sums.totalMs[to]! - sums.totalMs[from]!,
  slow: sums.slow[to]! - sums.slow[from]!,
  slowWindows: sums.slowWindows[to]! - sums.slowWindows[from]!,
});

type Judge = (
  before: Part,
  after: Part,
) => { readonly score: number; readonly usual: number | null; readonly present: number };

const nothing = { score: 0, usual: null, present: 0 } as const;

interface Stretches {
  readonly usual: readonly Window[];
  readonly asked: readonly Window[];
  /** Index of the first window, of all, with which a deviation may begin. */
  readonly from: number;
  readonly windowSeconds: number;
}

/** Windows that must lie before a beginning, where there are so many. */
const leastBefore = 6;

function bestStretch(
  what: Deviation['what'],
  { usual, asked, from, windowSeconds }: Stretches,
  judge: Judge,
  leastCalls: number = least.calls,
): Deviation | null {
  const all = [...usual, ...asked];
  const sums = sumsOf(all, usual.length);
  const starts: { readonly time: number; readonly score: number }[] = [];
  let best: (Deviation & { readonly first: number }) | null = null;
  for (let first = from; first < all.length; first++) {
    let ofStart = 0;
    for (let end = all.length; end > Math.max(first, usual.length); end--) {
      const after = part(sums, first, end);
      if (after.calls < leastCalls) break;
      const { score, ...values } = judge(part(sums, 0, first), after);
      ofStart = Math.max(ofStart, score);
      if (score < least.score || (best !== null && score <= best.score)) continue;
      best = {
        what,
        score,
        ...values,
        fromSeconds: all[first]!.time,
        toSeconds: all[end - 1]!.time + windowSeconds,
        calls: after.calls,
        failed: after.errors,
        earliest: 0,
        latest: 0,
        first,
      };
    }
    starts.push({ time: all[first]!.time, score: ofStart });
  }
  if (best === null) return null;
  const { first: _, ...deviation } = best;
  return { ...deviation, ...between(starts, deviation, windowSeconds) };
}

/** Each start weighs as likely as its fit: exp(score² / 2), less what the best one has. */
function between(
  starts: readonly { readonly time: number; readonly score: number }[],
  { score, fromSeconds }: Deviation,
  windowSeconds: number,
): { readonly earliest: number; readonly latest: number } {
  const weights = starts.map((start) => Math.exp((start.score ** 2 - score ** 2) / 2));
  const all = weights.reduce((sum, weight) => sum + weight, 0);
  let below = 0;
  let [earliest, latest] = [fromSeconds, fromSeconds];
  let seenEarliest = false;
  for (const [at, weight] of weights.entries()) {
    below += weight;
    if (!seenEarliest && below >= 0.05 * all) {
      earliest = Math.min(fromSeconds, starts[at]!.time);
      seenEarliest = true;
    }
    latest = Math.max(fromSeconds, starts[at]!.time);
    if (below >= 0.95 * all) break;
  }
  return { earliest: earliest - windowSeconds, latest: latest + windowSeconds };
}

const durationRise = (stretches: Stretches): Deviation | null =>
  bestStretch('duration', stretches, (before, after) => {
    if (before.calls < least.calls || before.weight === 0) return nothing;
    const [usualMs, presentMs] = [before.totalMs / before.calls, after.totalMs / after.calls];
    const rise = after.log / after.weight - before.log / before.weight;
    if (rise < Math.log(least.times) || presentMs - usualMs < leastRiseMs) return nothing;
    const squares = (each: Part): number => Math.max(0, each.squares - each.log ** 2 / each.weight);
    const variance = (squares(before) + squares(after)) / Math.max(1, before.weight + after.weight - 2);
    const deviation = Math.max(Math.sqrt(variance), least.spread);
    const score = rise / (deviation * Math.sqrt(1 / before.weight + 1 / after.weight));
    return { score, usual: usualMs, present: presentMs };
  });

/** Few calls that are far slower among many that are not, which a mean of windows hardly shows. */
const slowShareRise = (stretches: Stretches): Deviation | null =>
  bestStretch('duration', stretches, (before, after) => {
    if (before.calls < least.calls || after.slowWindows < least.slowWindows) return nothing;
    const [usualMs, presentMs] = [before.totalMs / before.calls, after.totalMs / after.calls];
    const [rate, present] = [before.slow / before.calls, after.slow / after.calls];
    if (presentMs < usualMs * least.times || presentMs - usualMs < leastRiseMs) return nothing;
    if (present < least.slowShare || present < rate * least.errorTimes) return nothing;
    return {
      score: ratesApart(before.slow, before.calls, after.slow, after.calls),
      usual: usualMs,
      present: presentMs,
    };
  });

const errorRise = (stretches: Stretches): Deviation | null =>
  bestStretch(
    'errors',
    stretches,
    (before, after) => {
      if (after.errors < least.failed) return nothing;
      const present = after.errors / after.calls;
      // Without history a tenth is taken to be what nobody accepts.
      if (before.calls < least.calls)
        return present < 0.1 ? nothing : { score: least.score + Math.sqrt(after.errors), usual: null, present };
      const rate = before.errors / before.calls;
      if (present < rate * least.errorTimes || present - rate < least.errorRise) return nothing;
      const score = ratesApart(before.errors, before.calls, after.errors, after.calls);
      return { score, usual: rate, present };
    },
    least.failed,
  );

/** Root of twice the log-likelihood ratio of two rates against one. */
function ratesApart(few: number, of: number, some: number, ofNow: number): number {
  const both = (few + some) / (of + ofNow);
  const likelihood = (events: number, calls: number, share: number): number =>
    (events === 0 ? 0 : events * Math.log(share)) + (calls === events ? 0 : (calls - events) * Math.log(1 - share));
  const ratio =
    likelihood(few, of, few / of) +
    likelihood(some, ofNow, some / ofNow) -
    likelihood(few, of, both) -
    likelihood(some, ofNow, both);
  return Math.sqrt(2 * Math.max(0, ratio));
}
