/** Tails of distributions as surprise: −log10 of the probability of something at least as far out. 2 is one in a hundred. */

const ln10 = Math.LN10;

/** Upper tail of the standard normal distribution at z, as −log10; beyond 1 by Mills' ratio z/(z² + 1), within 0.03. */
export function normalSurprise(z: number): number {
  if (z <= 0) return 0.301 * Math.max(0, 1 + z);
  if (z < 1) return 0.301 + 0.4985 * z;
  return (z * z * 0.5 + Math.log((z + 1 / z) * 2.5066)) / ln10;
}

/**
 * Both tails of Student's t with `freedom` degrees at distance |t|: Wallace's transformation to a normal score (1959).
 * Few degrees are how a scale that is hardly known makes far values believable.
 */
export function studentSurprise(t: number, freedom: number): number {
  const distance = Math.abs(t);
  if (distance < 1) return 0.5 * distance;
  const z =
    ((8 * freedom + 1) / (8 * freedom + 3)) * Math.sqrt(freedom * Math.log(1 + (distance * distance) / freedom));
  return Math.max(0.5 * Math.min(1, distance), normalSurprise(z) - 0.301);
}

/**
 * P(X ≥ count) as −log10 for the negative binomial with mean `mean` and shape `shape` (variance mean + mean²/shape): a
 * Poisson count whose rate is Gamma distributed, because it is known from little, or varies. 0 when it is not above its mean.
 */
export function countSurprise(count: number, mean: number, shape: number): number {
  if (count <= mean || count < 1) return 0;
  const whole = Math.round(count);
  // Terms fall by this ratio at most: beyond the mean it is below 1, and the rest is a geometric series.
  const share = mean / (mean + shape);
  let term = 1;
  let sum = 1;
  for (let k = whole; k < whole + 60 && term > 1e-4 * sum; k++) {
    term *= (share * (k + shape)) / (k + 1);
    sum += term;
  }
  const first =
    logGamma(whole + shape) -
    logGamma(shape) -
    logGamma(whole + 1) +
    shape * Math.log(shape / (mean + shape)) +
    whole * Math.log(share);
  return Math.max(0, -(first + Math.log(sum)) / ln10);
}

/** Stirling's series after shifting the argument above 7; error below 1e−9. */
function logGamma(x: number): number {
  let shift = 0;
  let at = x;
  while (at < 7) {
    shift += Math.log(at);
    at += 1;
  }
  const inverse = 1 / (at * at);
  return (
    (at - 0.5) * Math.log(at) -
    at +
    0.918938533204673 +
    (1 / 12 - inverse * (1 / 360 - inverse * (1 / 1260))) / at -
    shift
  );
}
