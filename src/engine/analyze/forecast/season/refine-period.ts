import { autocorrelation } from './autocorrelation.ts';
import { detrend, prefixSums } from './season-strength.ts';

/** A smooth season's peak is wide: the true period is looked for this far from it. */
const reach = 0.1;

/** Multiples that vote; the tenth is ten times as sharp as the first. */
const mostMultiples = 12;

/** Votes within this over the root of the length are as good as the best: chance moves those of short series as much. */
const tolerance = 1.5;

/**
 * The whole number of samples near `period` that the multiples agree on: an error of one sample at the period is one of k
 * samples at its k-th multiple. Among equals the one that a calendar would have: telemetry repeats by minutes, hours, days.
 */
export function refinePeriod(z: Float64Array, period: number): number {
  const from = Math.max(2, Math.floor(period * (1 - reach)));
  const to = Math.min(Math.ceil(period * (1 + reach)), Math.floor(z.length / 2));
  const multiples = Math.max(1, Math.min(mostMultiples, Math.floor(z.length / (2 * period))));
  const count = Math.min(to * multiples + 1, z.length);
  const half = Math.ceil(period / 2);
  const inner = detrend(z, period, prefixSums(z)).slice(half, z.length - half);
  const correlation = autocorrelation(inner, count);
  const votes: { period: number; vote: number }[] = [];
  for (let candidate = from; candidate <= to; candidate++) {
    let vote = 0;
    for (let k = 1; k <= multiples; k++) {
      const lag = k * candidate;
      if (lag < count && lag < inner.length)
        vote += (correlation[lag]! * inner.length) / (inner.length - lag) / multiples;
    }
    votes.push({ period: candidate, vote });
  }
  const best = Math.max(...votes.map(({ vote }) => vote));
  const equals = votes.filter(({ vote }) => vote >= best - tolerance / Math.sqrt(z.length));
  return equals.toSorted((a, b) => divisors(b.period) - divisors(a.period) || b.vote - a.vote)[0]?.period ?? period;
}

/** 24, 48, 60, 96, 168 have many; their neighbours few. */
function divisors(value: number): number {
  let count = 0;
  for (let divisor = 1; divisor <= value; divisor++) if (value % divisor === 0) count++;
  return count;
}
