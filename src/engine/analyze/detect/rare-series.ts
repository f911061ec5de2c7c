import type { Watched } from './features-watched.ts';
import { at } from './layout.ts';
import { countSurprise } from './probability.ts';

/**
 * Events that are usually not there: errors among calls, error lines in a window. The rate has a Gamma posterior from what
 * was seen, so that a count is negative binomial: three errors after a minute of history are less surprising than after a
 * day. Exposure is
 * calls: error lines come with load as well; where a window has none, it counts as one.
 */

/** Share of a window's weight that is forgotten by the next: half a day. */
const forget = 1 / 4320;
/** Before anything is seen: 0.3 events in 60 calls (or windows without any). */
const firstEvents = 0.3;
const firstExposure = 60;
/** Variance beyond Poisson's over the squared mean: bursts. */
const firstBursts = 0.2;
const leastBursts = 0.01;
/** The cumulative sum looks for a rate this many times the usual. */
const times = 3;

export function startRare(numbers: Float64Array, base: number): void {
  numbers[base + at.noise] = firstBursts;
  numbers[base + at.events] = 0;
  numbers[base + at.exposure] = 0;
}

const exposureOf = (numbers: Float64Array, base: number): number => Math.max(1, numbers[base + at.calls]!);

/** Scores a count of events; learns nothing. */
export function scoreRare(numbers: Float64Array, base: number, events: number, window: number): void {
  const seen = numbers[base + at.events]! + firstEvents;
  const bursts = numbers[base + at.noise]!;
  const mean = (exposureOf(numbers, base) * seen) / (numbers[base + at.exposure]! + firstExposure);
  const shape = 1 / (1 / seen + bursts);
  const spread = Math.sqrt(mean * (1 + bursts * mean) + 0.01);
  numbers[base + at.value] = events;
  numbers[base + at.expected] = mean;
  numbers[base + at.reference] = mean;
  numbers[base + at.spread] = spread;
  numbers[base + at.referenceSpread] = spread;
  numbers[base + at.z] = (events - mean) / spread;
  const known = numbers[base + at.windows]!;
  numbers[base + at.rawLevel] = known < 2 ? 0 : countSurprise(events, mean, shape);
  // Log likelihood ratio of Poisson rates (Lucas 1985), weakened by what varies anyway, and forgotten within minutes.
  const step = (events * Math.log(times) - (times - 1) * mean) / (1 + (bursts + 1 / seen) * mean);
  const over = calmAgain(numbers, base, events, mean);
  const sum = over ? 0 : Math.min(60, Math.max(0, numbers[base + at.up]! * 0.98 + step));
  if (sum === 0) numbers[base + at.upSince] = 0;
  else if (numbers[base + at.upSince] === 0) numbers[base + at.upSince] = window;
  numbers[base + at.up] = sum;
  numbers[base + at.rawShift] = known < 6 ? 0 : sum / Math.LN10;
}

/** Whether, at the rate of the newest bad windows, three events should have come since and did not (e⁻³ is 5 %). */
function calmAgain(numbers: Float64Array, base: number, events: number, mean: number): boolean {
  const exposure = exposureOf(numbers, base);
  if (events > mean) {
    numbers[base + at.elevated] = Math.max(events / exposure, 0.5 * numbers[base + at.elevated]!);
    numbers[base + at.calmUp] = 0;
    return false;
  }
  numbers[base + at.calmUp]! += numbers[base + at.elevated]! * exposure;
  return numbers[base + at.calmUp]! >= 3;
}

/** Learns what was scored last. */
export function learnRare(numbers: Float64Array, base: number): void {
  const events = numbers[base + at.value]!;
  const mean = numbers[base + at.expected]!;
  const spread = numbers[base + at.spread]!;
  const known = numbers[base + at.windows]!;
  const taken = Math.min(events, Math.max(3, mean + 4 * spread));
  const keep = 1 - forget;
  numbers[base + at.events] = numbers[base + at.events]! * keep + taken;
  numbers[base + at.exposure] = numbers[base + at.exposure]! * keep + exposureOf(numbers, base);
  const gain = (Math.max(1 / 1000, 1 / (known + 20)) * mean) / (mean + 5);
  const bursts = ((taken - mean) ** 2 - mean) / (mean * mean + 0.01);
  numbers[base + at.noise] = Math.max(
    leastBursts,
    numbers[base + at.noise]! + gain * (bursts - numbers[base + at.noise]!),
  );
  numbers[base + at.windows] = known + 1;
  numbers[base + at.levelWindows]!++;
}

/** Takes the present rate for usual. */
export function adoptRare(numbers: Float64Array, base: number, watched: Watched): void {
  const calls = Math.max(1, numbers[base + at.calls]!);
  const rate = watched.family === 'share' ? numbers[base + at.present]! : numbers[base + at.present]! / calls;
  numbers[base + at.exposure] = 30 * calls;
  numbers[base + at.events] = rate * 30 * calls;
  numbers[base + at.up] = 0;
  numbers[base + at.upSince] = 0;
}
