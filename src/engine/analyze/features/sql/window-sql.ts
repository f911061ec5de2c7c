import type { WindowSeconds } from '../../../domain/feature-row.ts';
import { limits } from '../../../domain/limits.ts';
import { quoteText } from '../../../store/sql-text.ts';

/** Windows that follow each other: those that begin in [from, to), Unix seconds, both multiples of `seconds`. */
export interface WindowRun {
  readonly seconds: WindowSeconds;
  readonly from: number;
  readonly to: number;
  /** Only these windows of these services are worked out, once more, for what came late; `null`: all, for the first time. */
  readonly late: readonly LateWindow[] | null;
  /** Tables of points that have any for these windows, so that the others cost nothing; `null`: not known. */
  readonly tables: ReadonlySet<string> | null;
}

export interface LateWindow {
  readonly time: number;
  readonly service: string;
}

/*
 * Parts of a closing are SELECTs with the columns `w` (UInt32, start of the window), `Kind`, `ServiceName`, `Subject`,
 * `V` (Array(Tuple(String, Float64)): features, those that are NaN fall away) and `M` (Array(String): marks, and `+` and
 * `-` for "seen in this window" and "seen before it": a subject with `-` alone has a gap). Several may be of one row.
 */

export const texts = (values: readonly string[]): string => `(${values.map(quoteText).join(', ')})`;
export const textArray = (values: readonly string[]): string => `[${values.map(quoteText).join(', ')}]`;

/** Start of the window of a `DateTime` column. */
export const windowOf = (column: string, seconds: number): string =>
  `intDiv(toUnixTimestamp(${column}), ${seconds}) * ${seconds}`;

/** Unix seconds, or the name of a query parameter that holds them: the endpoint judges a text that comes again only once. */
export type Moment = number | string;

const secondsOf = (moment: Moment): string => (typeof moment === 'number' ? String(moment) : `{${moment}:UInt32}`);

const nanosOf = (moment: Moment): string =>
  `fromUnixTimestamp64Nano(${typeof moment === 'number' ? `${moment}000000000` : `toInt64(${secondsOf(moment)}) * 1000000000`})`;

/** Between two moments; a `DateTime` column. */
export const between = (column: string, from: Moment, to: Moment): string =>
  `${column} >= toDateTime(${secondsOf(from)}) AND ${column} < toDateTime(${secondsOf(to)})`;

/** The same of a `DateTime64(9)` column. */
export const between64 = (column: string, from: Moment, to: Moment): string =>
  `${column} >= ${nanosOf(from)} AND ${column} < ${nanosOf(to)}`;

/** The services of a run, as a further condition. */
export function ofServices({ late }: WindowRun): string {
  return late === null ? '' : ` AND ServiceName IN ${texts([...new Set(late.map(({ service }) => service))].sort())}`;
}

/** Windows of the run in which a subject seen in window `seen` is still reckoned with, that one among them, as an array. */
export const reckonedWith = (run: WindowRun): string =>
  `range(toUInt32(greatest(seen, ${run.from})), toUInt32(least(seen + ${limits.features.gapWindows * run.seconds}, ${run.to - run.seconds}) + ${run.seconds}), ${run.seconds})`;

export const presenceFrom = (run: WindowRun): number => run.from - limits.features.gapWindows * run.seconds;

/** Features by name from SQL expressions; NaN where there is no value. */
export const features = (values: Readonly<Record<string, string>>): string =>
  `[${Object.entries(values)
    .map(([name, value]) => `(${quoteText(name)}, toFloat64(${value}))`)
    .join(', ')}]`;

export const noFeatures = "CAST([], 'Array(Tuple(String, Float64))')";
export const marks = (list: string): string => `CAST(${list}, 'Array(String)')`;

/**
 * The first key of `obs_features` for windows that begin in [from, to). ClickHouse does not find it out from a condition on
 * `Time`, and without it all granules of a day are looked at.
 */
export function windowBuckets(seconds: number, from: Moment, to: Moment): string {
  const bucket = 'intDiv(toUnixTimestamp(Time), Seconds * 60)';
  const of = (moment: Moment): string => `intDiv(${secondsOf(moment)}, ${seconds * 60})`;
  return `Seconds = ${seconds} AND ${bucket} >= ${of(from)} AND ${bucket} <= ${of(to)} AND ${between('Time', from, to)}`;
}
