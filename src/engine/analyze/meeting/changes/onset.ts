import type { FoundChange } from './judge.ts';
import type { PatternRange } from './read-history.ts';
import type { CountedMinute } from './read-minutes.ts';

const minuteMs = 60_000;

/** When a change began: the first line or trace, the minute after the last, or the minute from which on values differ. */
export function onsetOf(change: FoundChange, range: PatternRange, minutes: readonly CountedMinute[]): number {
  if (change.kind === 'new') return change.firstMs;
  if (change.kind === 'vanished') return change.lastMs + minuteMs;
  const firstMs = Math.floor(range.fromMs / minuteMs) * minuteMs;
  if (change.kind === 'parameter') return minutes.find(({ unusual }) => unusual)?.timeMs ?? firstMs;
  const length = Math.max(1, Math.ceil((range.toMs - firstMs) / minuteMs));
  const usual = change.kind === 'duration' ? change.usual : change.usual / change.minutes;
  // A minute without any has no duration: it is as usual.
  const values = new Float64Array(length).fill(change.kind === 'duration' ? usual : 0);
  for (const minute of minutes) {
    const at = Math.round((minute.timeMs - firstMs) / minuteMs);
    if (at >= 0 && at < length) values[at] = valueOf(change, minute);
  }
  return firstMs + startOfChange(values, usual, change.value < change.usual ? -1 : 1) * minuteMs;
}

function valueOf({ kind }: FoundChange, { count, errors, p50 }: CountedMinute): number {
  if (kind === 'duration') return p50;
  return kind === 'errors' ? errors : count;
}

/**
 * Start of the stretch that is furthest from the usual, on the side of `sign`: the largest sum of what lies beyond the
 * middle between the usual and the extreme (Kadane's algorithm).
 */
export function startOfChange(values: Float64Array, usual: number, sign: 1 | -1): number {
  const sorted = values.toSorted();
  const extreme = sorted[Math.floor((sign > 0 ? 0.9 : 0.1) * (sorted.length - 1))] as number;
  const largest = sorted[sign > 0 ? sorted.length - 1 : 0] as number;
  const reached = sign * (extreme - usual) > 0 ? extreme : largest;
  const middle = (usual + reached) / 2;
  let best = -Infinity;
  let bestStart = 0;
  let sum = 0;
  let start = 0;
  for (const [at, value] of values.entries()) {
    if (sum <= 0) {
      sum = 0;
      start = at;
    }
    sum += sign * (value - middle);
    if (sum > best) {
      best = sum;
      bestStart = start;
    }
  }
  return bestStart;
}
