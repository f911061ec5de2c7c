import { limits } from '../../domain/limits.ts';
import type { TimeRange } from '../question.ts';
import { moment, second, type Period } from '../sql.ts';

/** Where numbers come from: spans one by one, or rollups in windows of 10 s or 1 min that touch the range. */
export type Source =
  | { readonly from: 'spans'; readonly range: TimeRange }
  | { readonly from: 'rollups'; readonly windowSeconds: 10 | 60; readonly range: TimeRange; readonly period: Period };

/** Beyond an hour the minute rollup is read: a sketch costs 4 µs to merge. */
const finePeriodMs = 3_600_000;

/** @param spans how many there are in the range, of all services */
export function sourceFor(range: TimeRange, spans: number, mostExact: number = limits.assert.exactSpans): Source {
  if (spans <= mostExact) return { from: 'spans', range };
  const windowSeconds = range.toMs - range.fromMs <= finePeriodMs ? 10 : 60;
  return { from: 'rollups', windowSeconds, range, period: windowsOf(range, windowSeconds) };
}

export const windowsOf = ({ fromMs, toMs }: TimeRange, seconds: number): Period => ({
  fromSeconds: Math.floor(fromMs / 1000 / seconds) * seconds,
  toSeconds: Math.ceil(toMs / 1000 / seconds) * seconds,
});

/** The time that the numbers are of, in seconds. */
export const secondsOf = (source: Source): number =>
  source.from === 'spans'
    ? (source.range.toMs - source.range.fromMs) / 1000
    : source.period.toSeconds - source.period.fromSeconds;

const momentMs = (unixMs: number): string => moment(BigInt(unixMs) * 1_000_000n);

/** Condition on a column of moments. */
export const during = (column: string, { fromMs, toMs }: TimeRange): string =>
  `${column} >= ${momentMs(fromMs)} AND ${column} < ${momentMs(toMs)}`;

/** Condition on the windows of a rollup. */
export const inWindows = ({ fromSeconds, toSeconds }: Period): string =>
  `Time >= ${second(fromSeconds)} AND Time < ${second(toSeconds)}`;

/** How many rows of telemetry there are in the range, by the rollups: cheap, and they grow with every insert. */
export function totalsSql(range: TimeRange): string {
  const within = inWindows(windowsOf(range, 10));
  return `SELECT (SELECT sum(Calls) FROM obs_red_service_10s WHERE ${within}) AS spans,
  (SELECT sum(Records) FROM obs_log_counts_10s WHERE ${within}) AS records`;
}
