import { spanBuckets } from '../store/queries.ts';
import type { TimeRange } from './question.ts';
import { moment } from './sql.ts';

/** Unix milliseconds as SQL. */
export const at = (unixMs: number): string => moment(BigInt(Math.round(unixMs)) * 1_000_000n);

/** Spans that start in the time; with the table's first key, without which each granule of a day is looked at. */
export const during = ({ fromMs, toMs }: TimeRange): string =>
  `${spanBuckets(at(fromMs), at(toMs))} AND Timestamp >= ${at(fromMs)} AND Timestamp < ${at(toMs)}`;

/** One trace in so many is enough to read about `spans` of `inAll`. */
export const oneIn = (inAll: number, spans: number): number => Math.max(1, Math.ceil(inAll / spans));

/** Whole traces or none: spans are chosen by the hash of their trace. */
export const sampled = (one: number): string => (one <= 1 ? '' : ` AND cityHash64(TraceId) % ${one} = 0`);

/**
 * Whole traces or none, as `sampled`, by what their ids begin with: spans lie in the order of their trace ids, so that
 * the rest is not read. Ids that begin alike (with a time, say) may give nothing, or all.
 */
export function sampledByPrefix(one: number): string {
  if (one <= 1) return '';
  const from = 0x80000000;
  const to = from + Math.ceil(0x100000000 / one);
  const hex = (value: number): string => value.toString(16).padStart(8, '0');
  return ` AND TraceId >= '${hex(from)}' AND TraceId < '${to > 0xffffffff ? 'g' : hex(to)}'`;
}
