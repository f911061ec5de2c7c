import type { CallRows } from './call-stats.ts';
import { medianOf, quantileOf, sortedFinite } from './quantile.ts';

/** What history says of an entity's calls, read once. */
export interface Usual {
  /** Median latency of a row; NaN where there is none. */
  readonly latency: number;
  /** Robust standard deviation of a row's latency, over the median. */
  readonly spread: number;
  /** Mean requests of the rows that have a latency. */
  readonly requestsPerRow: number;
  readonly medianRequests: number;
  /** Of the rows whose errors are known. */
  readonly errors: number;
  readonly requests: number;
  /** How much more than by chance the share of errors varies from row to row; 1 where it does not. */
  readonly overdispersion: number;
}

/** Relative spread of latency where history is too short to tell. */
const spreadUnlessKnown = 0.2;
const rowsForSpread = 20;
/** One row of history counts no more than this in the overdispersion: single outages are no habit. */
const mostOfOneRow = 50;

export function usualOf(history: CallRows): Usual {
  const valid = history.latency.map((value, row) => (history.requests[row]! > 0 ? value : Number.NaN));
  const sorted = sortedFinite(valid);
  const latency = quantileOf(sorted, 0.5);
  const iqr = quantileOf(sorted, 0.75) - quantileOf(sorted, 0.25);
  let requestsWithLatency = 0;
  let [errors, requests] = [0, 0];
  history.requests.forEach((count, row) => {
    if (!Number.isNaN(valid[row]!)) requestsWithLatency += count;
    if (!(count > 0) || Number.isNaN(history.errors[row]!)) return;
    errors += history.errors[row]!;
    requests += count;
  });
  return {
    latency,
    spread: sorted.length < rowsForSpread || !(latency > 0) ? spreadUnlessKnown : iqr / 1.349 / latency,
    requestsPerRow: requestsWithLatency / Math.max(1, sorted.length),
    medianRequests: medianOf(history.requests),
    errors,
    requests,
    overdispersion: overdispersion(history, (errors + 0.5) / (requests + 1)),
  };
}

/** Pearson's statistic over its degrees of freedom. */
function overdispersion({ requests, errors }: CallRows, share: number): number {
  let [squares, rows] = [0, 0];
  requests.forEach((count, row) => {
    if (!(count > 0) || Number.isNaN(errors[row]!)) return;
    squares += Math.min(mostOfOneRow, (errors[row]! - count * share) ** 2 / (count * share * (1 - share)));
    rows++;
  });
  return rows < rowsForSpread ? 1 : Math.max(1, squares / rows);
}
