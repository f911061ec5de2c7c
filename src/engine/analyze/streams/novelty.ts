import { SortedWindow } from './sorted-window.ts';

/** The newest values that count as known, in points. Two spans: what is rare in a long memory, and what is new lately. */
export const longSpan = 3000;
export const shortSpan = 1000;
const longWeight = 0.85;

/** Fewer values than this say nothing about what is usual. */
const fewest = 60;
/** Novelty counts by half once so many values were seen: early on everything is new. */
const youth = 300;
/** The interquartile range counts as at least this part of the whole range, for series that mostly stand still. */
const leastSpread = 0.02;

/** The novelty of the first change after a history of one value only: there is no range to compare it with. */
const firstChange = 0.5;

/** `near`: distance to the nearest value seen. `record`: distance beyond the bounds seen, 0 inside them. */
export type NoveltyKind = 'near' | 'record';

/**
 * The same quantity so many points before the present one, where 1 is the point before; computed the same way again,
 * so that the windows can forget exactly what they learned without keeping it twice.
 */
export type Past = (pointsAgo: number) => number;

/**
 * How far a value is from everything that its quantity has been lately, between 0 and 1, where 1 is as far as the
 * whole range. The distance is the mean of two: on the plain scale, and on an inverse hyperbolic sine of the
 * interquartile range, which a few giant values do not stretch.
 */
export class Novelty {
  readonly #kind: NoveltyKind;
  readonly #long = new SortedWindow(longSpan);
  readonly #short = new SortedWindow(shortSpan);

  constructor(kind: NoveltyKind) {
    this.#kind = kind;
  }

  /** The novelty of `value` against what came before it; then it is known too. */
  of(value: number, past: Past): number {
    const novelty =
      longWeight * noveltyIn(this.#long, this.#kind, value) +
      (1 - longWeight) * noveltyIn(this.#short, this.#kind, value);
    this.learn(value, past);
    return novelty;
  }

  learn(value: number, past: Past): void {
    for (const window of [this.#short, this.#long]) {
      window.add(value, window.size === window.capacity ? past(window.capacity) : undefined);
    }
  }
}

function noveltyIn(window: SortedWindow, kind: NoveltyKind, value: number): number {
  const { size } = window;
  if (size < fewest) return 0;
  const { lowest, highest } = window;
  const age = (size + 1) / (size + 1 + youth);
  const range = highest - lowest;
  if (range <= 0) return value === lowest ? 0 : age * firstChange;
  const known = knownNear(window, kind, value);
  if (known === value) return 0;
  const middle = window.quantile(0.5);
  const spread = Math.max(window.quantile(0.75) - window.quantile(0.25), leastSpread * range);
  const bent = (x: number): number => Math.asinh((x - middle) / spread);
  const plain = Math.abs(value - known) / range;
  const onBent = Math.abs(bent(value) - bent(known)) / (bent(highest) - bent(lowest));
  return Math.min(1, 0.5 * (plain + onBent)) * age;
}

function knownNear(window: SortedWindow, kind: NoveltyKind, value: number): number {
  if (value > window.highest) return window.highest;
  if (value < window.lowest) return window.lowest;
  return kind === 'near' ? window.nearest(value) : value;
}
