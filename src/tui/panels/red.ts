import type { Red } from '../state/data.ts';
import { list, number, type Row } from './panel.ts';

/** Steps into which a range is cut for trends and charts. */
const stepsWanted = 90;

/** Which rollup answers a range, and how it is cut. Starts lie on whole steps, so that polls agree with each other. */
export interface Steps {
  /** Of figures over the whole range, by operation. */
  readonly table: 'obs_red_10s' | 'obs_red_1m';
  /** Of steps, without operations: many times fewer rows. */
  readonly serviceTable: 'obs_red_service_10s' | 'obs_red_service_1m';
  readonly stepSeconds: number;
  /** Unix seconds. */
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

/** Ranges from here on start on a whole minute, so that rollups by the minute hold their figures: a sixth of the sketches. */
const wholeMinutesFromMs = 10 * 60_000;

export function stepsOf(rangeMs: number, nowMs: number): Steps {
  const unit = rangeMs <= 30 * 60_000 ? 10 : 60;
  const stepSeconds = Math.max(1, Math.ceil(rangeMs / 1000 / stepsWanted / unit)) * unit;
  const now = Math.ceil(nowMs / 1000);
  const inMinutes = unit === 60 || rangeMs >= wholeMinutesFromMs;
  const whole = inMinutes ? Math.ceil(60 / stepSeconds) * stepSeconds : stepSeconds;
  const from = Math.floor((now - rangeMs / 1000) / whole) * whole;
  const count = Math.max(1, Math.ceil((now - from) / stepSeconds));
  return {
    table: inMinutes ? 'obs_red_1m' : 'obs_red_10s',
    serviceTable: unit === 10 ? 'obs_red_service_10s' : 'obs_red_service_1m',
    stepSeconds,
    from,
    to: from + count * stepSeconds,
    count,
  };
}

/** Requests are what servers and consumers took; a service without any is measured by all of its spans. */
export const entryKinds = "('Server', 'Consumer')";
export const quantiles = '0.01, 0.5, 0.95, 0.99';

/** Of the rows `entry = 1` and `entry = 0` of one subject, those that count. */
export function entryRows(rows: readonly Row[], subject: string): Map<string, Row> {
  const chosen = new Map<string, Row>();
  for (const row of rows) {
    const name = String(row[subject]);
    if (!chosen.has(name) || number(row, 'entry') === 1) chosen.set(name, row);
  }
  return chosen;
}

/** Reads `calls, errors, longest, quantiles` of a row. @param seconds that the calls came in */
export function redOf(row: Row, seconds: number): Red {
  const calls = number(row, 'calls');
  const errors = number(row, 'errors');
  const [p50, p95, p99] = list(row, 'quantiles').map((q) => (typeof q === 'number' && Number.isFinite(q) ? q : 0));
  const max = number(row, 'longest');
  // The sketch is right to 1 %; it must not claim more than the longest that was seen.
  const quantile = (value: number | undefined): number => Math.min(value ?? 0, max);
  // Nearest rank: of fewer than 20 calls the 95th percentile is the longest, of fewer than 100 the 99th. The sketch
  // takes a rank below, which of two calls is the short one.
  const tail = (value: number | undefined, least: number): number => (calls < least ? max : quantile(value));
  return {
    calls,
    errors,
    perSecond: calls / Math.max(1, seconds),
    errorRate: calls === 0 ? 0 : errors / calls,
    p50: quantile(p50),
    p95: tail(p95, 20),
    p99: tail(p99, 100),
    max,
  };
}
