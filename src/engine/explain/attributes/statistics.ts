/** A two-by-two table: requests with a value among bad and good ones. */
export interface Counts {
  readonly bad: number;
  readonly badAll: number;
  readonly good: number;
  readonly goodAll: number;
}

/** Likelihood ratio statistic of independence, 2 Σ O ln(O / E); 0 where the value is no commoner among the bad. */
export function likelihoodRatio({ bad, badAll, good, goodAll }: Counts): number {
  if (bad * goodAll <= good * badAll) return 0;
  const all = badAll + goodAll;
  const having = bad + good;
  const part = (observed: number, row: number, column: number): number =>
    observed === 0 ? 0 : observed * Math.log((observed * all) / (row * column));
  return Math.max(
    0,
    2 *
      (part(bad, having, badAll) +
        part(good, having, goodAll) +
        part(badAll - bad, all - having, badAll) +
        part(goodAll - good, all - having, goodAll)),
  );
}

/**
 * Natural log of the probability that as many or more of the bad have a value that has nothing to do with being bad:
 * Fisher's exact test, one-sided. Exact for small and large counts alike.
 */
export function logChance({ bad, badAll, good, goodAll }: Counts): number {
  const all = badAll + goodAll;
  const having = bad + good;
  const most = Math.min(having, badAll);
  const least = Math.max(0, badAll - (all - having));
  if (bad <= least) return 0;
  let term = 1;
  let sum = 1;
  for (let count = bad; count < most && term > 1e-16 * sum; count++) {
    term *= ((having - count) * (badAll - count)) / ((count + 1) * (all - having - badAll + count + 1));
    sum += term;
  }
  const first = logChoose(having, bad) + logChoose(all - having, badAll - bad) - logChoose(all, badAll);
  return Math.min(0, first + Math.log(sum));
}

/**
 * Share of the bad that goes with a value beyond what its commonness among the good would give: the attributable fraction
 * of case-control studies (Miettinen, 1974), P(v|bad) (1 − 1 / odds ratio) = (P(v|bad) − P(v|good)) / (1 − P(v|good)).
 */
export function attributable({ bad, badAll, good, goodAll }: Counts): number {
  const among = bad / badAll;
  const usual = good / goodAll;
  return usual >= 1 ? 0 : Math.max(0, (among - usual) / (1 - usual));
}

/** Odds ratio over strata (Mantel and Haenszel, 1959); Infinity where no good request has the value. */
export function oddsRatio(strata: readonly Counts[]): number {
  let raised = 0;
  let lowered = 0;
  for (const { bad, badAll, good, goodAll } of strata) {
    const all = badAll + goodAll;
    if (all === 0) continue;
    raised += (bad * (goodAll - good)) / all;
    lowered += (good * (badAll - bad)) / all;
  }
  return lowered === 0 ? (raised === 0 ? 1 : Infinity) : raised / lowered;
}

/**
 * Natural log of the one-sided probability that a value goes with being bad within strata by chance: the test of Cochran,
 * Mantel and Haenszel with continuity correction; exact where one stratum alone tells anything.
 */
export function logChanceWithin(strata: readonly Counts[]): number {
  const telling = strata.filter(
    ({ bad, badAll, good, goodAll }) => badAll > 0 && goodAll > 0 && bad + good > 0 && bad + good < badAll + goodAll,
  );
  const [only] = telling;
  if (only === undefined) return 0;
  if (telling.length === 1) return logChance(only);
  let excess = 0;
  let variance = 0;
  for (const { bad, badAll, good, goodAll } of telling) {
    const all = badAll + goodAll;
    const having = bad + good;
    excess += bad - (having * badAll) / all;
    variance += (having * (all - having) * badAll * goodAll) / (all * all * (all - 1));
  }
  return variance === 0 ? 0 : logUpperTail((excess - 0.5) / Math.sqrt(variance));
}

/** Natural log of the upper tail of the standard normal distribution, by Sampford's upper bound of Mills' ratio (1953). */
function logUpperTail(z: number): number {
  if (z <= 0) return 0;
  const density = -0.5 * z * z - 0.918938533204673;
  return Math.min(Math.log(0.5), density + Math.log(4 / (3 * z + Math.sqrt(z * z + 8))));
}

const logChoose = (of: number, choose: number): number =>
  logFactorial(of) - logFactorial(choose) - logFactorial(of - choose);

/** Stirling's series; exact below 16. */
function logFactorial(n: number): number {
  if (n < 16) {
    let sum = 0;
    for (let factor = 2; factor <= n; factor++) sum += Math.log(factor);
    return sum;
  }
  const inverse = 1 / n;
  return (
    n * Math.log(n) -
    n +
    0.5 * Math.log(2 * Math.PI * n) +
    inverse * (1 / 12 - inverse * inverse * (1 / 360 - (inverse * inverse) / 1260))
  );
}
