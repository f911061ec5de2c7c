/*
 * How surprising a count is. Counts of events vary more than a Poisson process would let them: their variance is `spread`
 * times their mean (quasi-Poisson), for which the negative binomial distribution stands.
 */

/** The most that is told: beyond it figures say nothing about the world any more. */
export const mostSurprise = 30;

/** −log10 of a probability, within 0 and `mostSurprise`. */
export const surpriseOf = (probability: number): number =>
  Math.min(mostSurprise, Math.max(0, -Math.log10(Math.max(probability, 1e-300))));

/** What is known of a count from the same stretch of time, many times over. */
export interface CountHistory {
  /** Mean of the counts of equal stretches. */
  readonly mean: number;
  /** Variance over mean; at least 1. */
  readonly spread: number;
}

/** Stretches that the assumption below weighs as much as. */
const assumedStretches = 4;
/** Without evidence: a count is twice as noisy as a Poisson process, and its rate wanders by a fifth. */
const assumedSpread = (mean: number): number => 2 + 0.04 * mean;

/**
 * @param stretches how many there were, those without any among them; above 0
 * @param sum of their counts
 * @param squares sum of the squares of their counts
 */
export function historyOf(stretches: number, sum: number, squares: number): CountHistory {
  // Half a count more: what was never seen is not impossible.
  const mean = (sum + 0.5) / stretches;
  const plain = sum / Math.max(1, stretches);
  const variance = stretches > 1 ? Math.max(0, squares - sum * plain) / (stretches - 1) : 0;
  const seen = Math.max(0, stretches - 1);
  const found = plain > 0 ? variance / plain : 1;
  const spread = (found * seen + assumedSpread(mean) * assumedStretches) / (seen + assumedStretches);
  // The mean is not known for sure either.
  return { mean, spread: Math.max(1, spread) * (1 + 1 / Math.max(1, stretches)) };
}

/** −log10 of the probability of a count at least as far out as this one, on either side. */
export function surpriseOfCount(count: number, { mean, spread }: CountHistory): number {
  const whole = Math.round(count);
  const tail = whole >= mean ? upperTail(whole, mean, spread) : lowerTail(whole, mean, spread);
  return Math.min(mostSurprise, Math.max(0, -(tail + Math.LN2) / Math.LN10));
}

/** Terms that are added up; after so many the rest says nothing. */
const mostTerms = 20_000;

/** Natural logarithm of P(X ≥ k). */
function upperTail(k: number, mean: number, spread: number): number {
  if (k <= 0) return 0;
  let term = 1;
  let sum = 1;
  for (let at = k; at < k + mostTerms && term > 1e-9 * sum; at++) {
    term *= ratio(at, mean, spread);
    sum += term;
  }
  return Math.min(0, logProbability(k, mean, spread) + Math.log(sum));
}

/** Natural logarithm of P(X ≤ k). */
function lowerTail(k: number, mean: number, spread: number): number {
  let term = 1;
  let sum = 1;
  for (let at = k - 1; at >= 0 && k - at < mostTerms && term > 1e-9 * sum; at--) {
    term /= ratio(at, mean, spread);
    sum += term;
  }
  return Math.min(0, logProbability(k, mean, spread) + Math.log(sum));
}

/** P(X = k + 1) / P(X = k). */
function ratio(k: number, mean: number, spread: number): number {
  if (spread <= 1.0001) return mean / (k + 1);
  const size = mean / (spread - 1);
  return ((k + size) / (k + 1)) * ((spread - 1) / spread);
}

function logProbability(k: number, mean: number, spread: number): number {
  if (spread <= 1.0001) return k * Math.log(mean) - mean - logGamma(k + 1);
  const size = mean / (spread - 1);
  return (
    logGamma(k + size) -
    logGamma(size) -
    logGamma(k + 1) -
    size * Math.log(spread) +
    k * Math.log((spread - 1) / spread)
  );
}

/** Stirling's series, after a shift to where it is exact to 1e-10. */
export function logGamma(value: number): number {
  let x = value;
  let shift = 0;
  while (x < 8) {
    shift -= Math.log(x);
    x++;
  }
  const inverse = 1 / (x * x);
  const series = (1 / 12 - inverse * (1 / 360 - inverse * (1 / 1260 - inverse / 1680))) / x;
  return shift + (x - 0.5) * Math.log(x) - x + 0.5 * Math.log(2 * Math.PI) + series;
}

/**
 * −log10 of the probability that something which came `count` times in `historyMs` comes within `windowMs`. Half a time
 * more, so that what never came before is as rare as the history is long.
 */
export function surpriseOfComing(count: number, historyMs: number, windowMs: number): number {
  if (historyMs <= 0) return 0;
  return surpriseOf(-Math.expm1((-(count + 0.5) * windowMs) / historyMs));
}

/** −log10 of the upper tail of chi-squared with one degree of freedom. */
export function surpriseOfChiSquared(value: number): number {
  if (value <= 0) return 0;
  const z = Math.sqrt(value);
  // Abramowitz and Stegun 26.2.17 gives the normal tail near the middle, the first terms of its series far out.
  if (z > 6) {
    const log = -value / 2 - Math.log(z) - 0.5 * Math.log(2 * Math.PI) + Math.log1p(-1 / value) + Math.LN2;
    return Math.min(mostSurprise, -log / Math.LN10);
  }
  const t = 1 / (1 + 0.2316419 * z);
  const polynomial = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return surpriseOf((2 * Math.exp(-value / 2) * polynomial) / Math.sqrt(2 * Math.PI));
}
