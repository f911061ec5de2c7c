import { binEdges, bins } from './gap-baseline.ts';

/** Delays that are tried, in milliseconds, and the shares of calls that have them. */
export const delaysMs = [50, 100, 200, 400, 800, 1600, 3200];
export const shares = [0.3, 0.6, 0.95];

const sigma = 0.3;
/** A delay may hit a handshake or a message of several packets: it then counts twice or thrice. */
const multiples = [
  { times: 1, share: 0.75 },
  { times: 2, share: 0.125 },
  { times: 3, share: 0.125 },
];
/** Quantiles at 1/16, 3/16 … of |N(0, 1)| · 2 ms, which the usual excess adds. */
const jitterMs = [0.157, 0.475, 0.803, 1.154, 1.552, 2.022, 2.637, 3.727];
const uniform = 0.02;

/** Probability of each bin of excess under each delay. */
export const delayed: readonly Float64Array[] = delaysMs.map((delayMs) =>
  Float64Array.from({ length: bins }, (_, bin) => (1 - uniform) * massOf(delayMs, binEdges(bin)) + uniform / bins),
);

function massOf(delayMs: number, [from, to]: readonly [number, number]): number {
  let mass = 0;
  for (const { times, share } of multiples) {
    for (const jitter of jitterMs) {
      const below = (ms: number): number =>
        ms - jitter <= 0 ? 0 : normalBelow(Math.log((ms - jitter) / (delayMs * times)) / sigma);
      mass += (share / jitterMs.length) * (below(to) - below(from));
    }
  }
  return mass;
}

/** The standard normal distribution (Abramowitz and Stegun 7.1.26, error below 1.5e-7). */
function normalBelow(z: number): number {
  if (z === Infinity) return 1;
  const x = Math.abs(z) / Math.SQRT2;
  const t = 1 / (1 + 0.3275911 * x);
  const poly = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  const erf = 1 - poly * Math.exp(-x * x);
  return z >= 0 ? (1 + erf) / 2 : (1 - erf) / 2;
}
