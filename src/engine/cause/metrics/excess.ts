import type { Rows } from './abnormal-rows.ts';
import type { CallRows, CallStats } from './call-stats.ts';
import type { Usual } from './usual.ts';

/** How much more time or errors than usual, summed over requests: what callers wait for and fail of. */
export interface Excess {
  /** Time (in latency's unit) or failed requests beyond the usual, each row by its weight. */
  readonly excess: number;
  /** Standard deviation of `excess` if nothing had changed. */
  readonly deviation: number;
  /** Mean latency, or share of failed requests; NaN where unknown. */
  readonly usual: number;
  readonly present: number;
  /** Weighted requests that `present` is of. */
  readonly requests: number;
  /** Weighted excess and its deviation in each row; NaN where a row has requests and no value. */
  readonly rows: Float64Array;
  readonly rowDeviations: Float64Array;
}

/** Rows without a value are taken to be like the others, up to this much more of them. */
const mostFilledIn = 4;
/** Relative standard deviation by which the mean latency drifts from history to now. */
const drift = 0.3;
/** Rows before that deviate more than this from history's share of errors speak alone. */
const contradiction = 2;

/**
 * Time beyond the usual over the weighted requests. The usual is the mean of the rows before the trouble, since levels
 * drift over hours and days; the fewer requests those had, the more history says. A row of few requests varies more.
 */
export function latencyExcess({ recent }: CallStats, usually: Usual, rows: Rows): Excess {
  const { requests, latency } = recent;
  const relative = usually.spread ** 2;
  let [time, asked, count] = [0, 0, 0];
  rows.normal.forEach((weight, row) => {
    if (weight === 0 || !(requests[row]! > 0) || Number.isNaN(latency[row]!)) return;
    time += weight * latency[row]! * requests[row]!;
    asked += weight * requests[row]!;
    count += weight;
  });
  let usual = count > 0 ? time / asked : usually.latency;
  const perRow = Math.max(usual, usually.latency || 0) ** 2 * relative;
  let ofUsual = count > 0 ? perRow * Math.max(1 / count, usually.requestsPerRow / asked) : perRow;
  if (count > 0 && usually.latency > 0) {
    const ofHistory = usually.latency ** 2 * (drift ** 2 + relative);
    const precision = 1 / ofUsual + 1 / ofHistory;
    if (Number.isFinite(precision)) {
      usual = (usual / ofUsual + usually.latency / ofHistory) / precision;
      ofUsual = 1 / precision;
    }
  }
  const variance = (row: number): number => perRow * Math.max(1, usually.requestsPerRow / requests[row]!);
  return summed(recent, latency, rows, usual, {
    ofRow: (row) => requests[row]! ** 2 * (variance(row) + ofUsual),
    ofSum: (row) => requests[row]! ** 2 * variance(row),
    ofUsual,
  });
}

/** Failed requests beyond the usual. The rows before the trouble are joined with history unless they contradict it. */
export function errorExcess({ recent }: CallStats, usually: Usual, rows: Rows): Excess {
  let [errors, requests] = [0, 0];
  rows.normal.forEach((weight, row) => {
    if (weight === 0 || !(recent.requests[row]! > 0) || Number.isNaN(recent.errors[row]!)) return;
    errors += weight * recent.errors[row]!;
    requests += weight * recent.requests[row]!;
  });
  const before = (usually.errors + 0.5) / (usually.requests + 1);
  const byChance = Math.sqrt(usually.overdispersion * requests * before * (1 - before) + 0.25);
  if (requests === 0 || Math.abs(errors - requests * before) / byChance < contradiction) {
    errors += usually.errors;
    requests += usually.requests;
  }
  const known = Math.max(1, requests);
  const likely = (errors + 0.5) / (known + 1);
  const perRequest = usually.overdispersion * likely * (1 - likely);
  const shares = recent.errors.map((failed, row) => failed / recent.requests[row]!);
  return summed(recent, shares, rows, errors / known, {
    ofRow: (row) => perRequest * recent.requests[row]! * (1 + recent.requests[row]! / known),
    ofSum: (row) => perRequest * recent.requests[row]!,
    ofUsual: perRequest / known,
  });
}

interface Variances {
  /** Of a row's excess by itself. */
  readonly ofRow: (row: number) => number;
  /** Of a row's excess but for what all rows share. */
  readonly ofSum: (row: number) => number;
  /** Of the usual value. */
  readonly ofUsual: number;
}

function summed({ requests }: CallRows, values: Float64Array, rows: Rows, usual: number, variances: Variances): Excess {
  const excessOf = new Float64Array(requests.length);
  const deviationOf = new Float64Array(requests.length);
  let [excess, variance, weighed, all] = [0, 0, 0, 0];
  rows.abnormal.forEach((weight, row) => {
    if (weight === 0 || !(requests[row]! > 0)) return;
    const own = weight * requests[row]!;
    all += own;
    deviationOf[row] = weight * Math.sqrt(variances.ofRow(row));
    excessOf[row] = own * (values[row]! - usual);
    if (Number.isNaN(values[row]!)) return;
    excess += excessOf[row]!;
    variance += weight ** 2 * variances.ofSum(row);
    weighed += own;
  });
  if (Number.isNaN(usual) || weighed === 0) {
    return {
      excess: 0,
      deviation: 0,
      usual,
      present: Number.NaN,
      requests: 0,
      rows: excessOf,
      rowDeviations: deviationOf,
    };
  }
  const filled = Math.min(mostFilledIn, all / weighed);
  return {
    excess: filled * excess,
    deviation: filled * Math.sqrt(variance + variances.ofUsual * weighed ** 2),
    usual,
    present: usual + excess / weighed,
    requests: weighed,
    rows: excessOf,
    rowDeviations: deviationOf,
  };
}

/** Of its present requests so many must have been there before, for it to have been called before. */
const shareBefore = 0.2;

/** Whether it was called before the trouble: errors at what was never called before belong to its caller. */
export function wasCalled({ recent }: CallStats, usually: Usual, rows: Rows): boolean {
  if (usually.medianRequests > 0) return true;
  const mean = (weights: Float64Array): number => {
    const all = weights.reduce((sum, weight) => sum + weight, 0);
    return all > 0 ? weights.reduce((sum, weight, row) => sum + weight * recent.requests[row]!, 0) / all : 0;
  };
  return mean(rows.normal) > shareBefore * mean(rows.abnormal);
}
