/** A labelled window, as places of its first and last row. */
export interface LabelledWindow {
  readonly from: number;
  readonly to: number;
}

/** One stream with its labels and what a detector said. */
export interface ScoredStream {
  /** One for each row, in [0, 1]. */
  readonly scores: Float64Array;
  /** In order of time. */
  readonly windows: readonly LabelledWindow[];
}

/** The sum over streams at one threshold, and each stream's own part. */
export interface Outcome {
  readonly threshold: number;
  /** 100·(S + W) / 2W over all; NaN without windows. */
  readonly score: number;
  readonly streams: readonly StreamOutcome[];
}

export interface StreamOutcome {
  /** Its part of S. */
  readonly points: number;
  readonly found: number;
  readonly falseAlarms: number;
}

/** A detection's worth, in the order of falling scores. */
interface Detection {
  readonly score: number;
  readonly stream: number;
  /** Place in the stream's windows; −1 outside them. */
  readonly window: number;
  readonly worth: number;
}

const falsePositiveWeight = 0.11;
/** Makes a detection at a window's very beginning worth 1. */
const fullWorth = 0.98661;

/**
 * The NAB score (Lavin and Ahmad 2015, standard profile): one threshold for all streams, a detection's worth by where it
 * stands in its window, a window counted once, by its best. The first min(⌊0.15 n⌋, 750) rows of a stream are not counted.
 */
export function scoreAt(streams: readonly ScoredStream[], threshold: number): Outcome {
  const outcomes = streams.map((stream, index) => {
    const worths: number[] = stream.windows.map(() => -1);
    let points = 0;
    let falseAlarms = 0;
    for (const { score, window, worth } of detections(stream, index)) {
      if (score < threshold) continue;
      if (window >= 0) worths[window] = Math.max(worths[window]!, worth);
      else {
        points += worth;
        falseAlarms++;
      }
    }
    points += worths.reduce((sum, worth) => sum + worth, 0);
    return { points, found: worths.filter((worth) => worth > -1).length, falseAlarms };
  });
  const windows = windowsOf(streams);
  const points = outcomes.reduce((sum, outcome) => sum + outcome.points, 0);
  return { threshold, score: (100 * (points + windows)) / (2 * windows), streams: outcomes };
}

/** The outcome at the threshold that is best for all streams together. */
export function bestOutcome(streams: readonly ScoredStream[]): Outcome {
  const worths = streams.map(({ windows }) => windows.map(() => -1));
  const all = streams.flatMap((stream, index) => [...detections(stream, index)]).sort((a, b) => b.score - a.score);
  let sum = 0;
  let best = 0;
  let threshold = Infinity;
  all.forEach(({ score, stream, window, worth }, index) => {
    if (window < 0) sum += worth;
    else {
      const before = worths[stream]![window]!;
      sum += Math.max(0, worth - before);
      worths[stream]![window] = Math.max(before, worth);
    }
    // Equal scores are on one side of any threshold together.
    if (sum <= best || all[index + 1]?.score === score) return;
    best = sum;
    threshold = score;
  });
  return scoreAt(streams, threshold);
}

/**
 * The score when no stream has a say in its own threshold: each group is scored at the threshold that is best for the
 * other groups.
 *
 * @param groups of each stream
 */
export function scoreLeavingGroupsOut(streams: readonly ScoredStream[], groups: readonly string[]): number {
  const points = [...new Set(groups)].map((group) => {
    const { threshold } = bestOutcome(streams.filter((_, index) => groups[index] !== group));
    const outcome = scoreAt(
      streams.filter((_, index) => groups[index] === group),
      threshold,
    );
    return outcome.streams.reduce((sum, stream) => sum + stream.points, 0);
  });
  const windows = windowsOf(streams);
  return (100 * (points.reduce((sum, part) => sum + part, 0) + windows)) / (2 * windows);
}

export const windowsOf = (streams: readonly ScoredStream[]): number =>
  streams.reduce((sum, { windows }) => sum + windows.length, 0);

/** Every row that counts and scores above 0, with what an alarm there earns or costs. */
function* detections({ scores, windows }: ScoredStream, stream: number): Generator<Detection> {
  let at = 0;
  for (let row = 0; row < scores.length; row++) {
    while (at < windows.length && windows[at]!.to < row) at++;
    const score = scores[row]!;
    if (row < uncounted(scores.length) || !(score > 0)) continue;
    const current = windows[at];
    const inside = current !== undefined && row >= current.from;
    yield inside
      ? { score, stream, window: at, worth: worthInside(current, row) }
      : { score, stream, window: -1, worth: -costAfter(windows[at - 1], row) };
  }
}

const uncounted = (rows: number): number => Math.min(Math.floor(0.15 * rows), 750);

/** Near 1 at the window's beginning, near 0 at its end: (2σ(−5p) − 1) / 0.98661 with p from −1 to 0. */
const worthInside = ({ from, to }: LabelledWindow, row: number): number =>
  scaledSigmoid((-5 * -(to - row + 1)) / (to - from + 1)) / fullWorth;

/** Small right behind a window, the full 0.11 far from any. */
function costAfter(previous: LabelledWindow | undefined, row: number): number {
  if (previous === undefined) return falsePositiveWeight;
  const distance = (row - previous.to) / (previous.to - previous.from);
  return distance > 3 ? falsePositiveWeight : -falsePositiveWeight * scaledSigmoid(-5 * distance);
}

/** 2σ(x) − 1. */
const scaledSigmoid = (x: number): number => 2 / (1 + Math.exp(-x)) - 1;
