import { Effect } from 'effect';
import type { EngineUnavailable, QueryFailed } from '../../../domain/errors.ts';
import { limits } from '../../../domain/limits.ts';
import { QueryClient } from '../../../store/query-client.ts';
import { separationOf, type Separation } from './information.ts';
import { splitDurations } from './split-durations.ts';

/** Spans of one operation. */
export interface SeparationRange {
  readonly service: string;
  readonly operation: string;
  readonly fromMs: number;
  readonly toMs: number;
}

/** An attribute's value that slow spans have more often than fast ones. */
export interface SeparatingAttribute extends Separation {
  readonly service: string;
  readonly scope: 'span' | 'resource';
  readonly key: string;
  readonly value: string;
  /** Spans that have it. */
  readonly spans: number;
  /** "region=eu-west: 92 % of slow, 8 % of fast". */
  readonly words: string;
}

export interface SlowAndFast {
  /** Spans compared, one in so many; slow are those that took longer than `slowMs`. */
  readonly spans: number;
  readonly oneIn: number;
  readonly slow: number;
  readonly slowMs: number;
  /** The most telling first; none if slow and fast do not differ by an attribute. */
  readonly attributes: readonly SeparatingAttribute[];
}

/** Spans of either kind that must be there, and those that must have a value. */
export const leastSpans = 10;
const leastWithValue = 5;
/** A difference that would come by chance in one of a hundred looks at all values is none. */
const leastSurprise = 2;

/** Which attributes part the slow spans of an operation from its fast ones. */
export const separatingAttributes = Effect.fnUntraced(function* (
  range: SeparationRange,
): Effect.fn.Return<SlowAndFast, QueryFailed | EngineUnavailable, QueryClient> {
  const client = yield* QueryClient;
  const parameters = {
    service: range.service,
    operation: range.operation,
    from: range.fromMs,
    to: range.toMs,
  };
  const [durations] = yield* client.rows<{ spans: number; quantiles: readonly number[] }>(
    `SELECT toFloat64(count()) AS spans, ${quantilesSql} AS quantiles FROM otel_traces WHERE ${condition}`,
    { parameters },
  );
  const all = durations?.spans ?? 0;
  if (durations === undefined || all < 2 * leastSpans)
    return { spans: all, oneIn: 1, slow: 0, slowMs: 0, attributes: [] };
  const slowMs = splitDurations(durations.quantiles);
  const oneIn = Math.max(1, Math.ceil(all / limits.patterns.spansCompared));
  const rows = yield* client.rows<Row>(
    `WITH (SELECT (toFloat64(countIf(isSlow)), toFloat64(countIf(NOT isSlow))) FROM (${spansSql})) AS totals
SELECT {service:String} AS service, scope, key, value, toFloat64(countIf(isSlow)) AS slows, toFloat64(countIf(NOT isSlow)) AS fasts, totals.1 AS slow, totals.2 AS fast
FROM (
  SELECT isSlow, arrayJoin(arrayConcat(
    arrayMap((k, v) -> ('span', k, v), mapKeys(SpanAttributes), mapValues(SpanAttributes)),
    arrayMap((k, v) -> ('resource', k, v), mapKeys(ResourceAttributes), mapValues(ResourceAttributes))
  )) AS pair, pair.1 AS scope, pair.2 AS key, substring(pair.3, 1, 200) AS value
  FROM (${spansSql})
)
GROUP BY scope, key, value HAVING slows + fasts >= {least:UInt32}
ORDER BY slows + fasts DESC, key, value LIMIT {pairs:UInt32}`,
    { parameters: { ...parameters, oneIn, slowMs, least: leastWithValue, pairs: limits.patterns.attributePairs } },
  );
  const slow = rows[0]?.slow ?? 0;
  const fast = rows[0]?.fast ?? 0;
  const isEnough = Math.min(slow, fast) >= leastSpans;
  return {
    spans: slow + fast,
    oneIn,
    slow,
    slowMs,
    attributes: isEnough ? attributesOf(rows, slow, fast, range.service) : [],
  };
});

/** How many slow and fast ones have a value. */
export interface PairCount {
  readonly service: string;
  readonly scope: 'span' | 'resource';
  readonly key: string;
  readonly value: string;
  readonly slows: number;
  readonly fasts: number;
}

interface Row extends PairCount {
  /** Of all spans. */
  readonly slow: number;
  readonly fast: number;
}

const condition = `ServiceName = {service:String} AND SpanName = {operation:String}
  AND Timestamp >= fromUnixTimestamp64Milli({from:Int64}) AND Timestamp < fromUnixTimestamp64Milli({to:Int64})`;

const steps = Array.from({ length: 100 }, (_, at) => ((at + 0.5) / 100).toFixed(3)).join(', ');
const quantilesSql = `arrayMap(x -> x / 1000000, quantiles(${steps})(Duration))`;

const spansSql = `SELECT Duration / 1000000 > {slowMs:Float64} AS isSlow, SpanAttributes, ResourceAttributes FROM otel_traces
  WHERE ${condition} AND cityHash64(TraceId, SpanId) % {oneIn:UInt32} = 0`;

/**
 * Ranks what parts slow from fast.
 * @param service whose attributes need no name before them
 */
export function attributesOf(
  rows: readonly PairCount[],
  slow: number,
  fast: number,
  service: string,
): readonly SeparatingAttribute[] {
  const manyTimes = Math.log10(Math.max(1, rows.length));
  return (
    rows
      .filter(({ slows, fasts }) => slows + fasts >= leastWithValue)
      .map((row): SeparatingAttribute => {
        const { slows, fasts, ...pair } = row;
        const separation = separationOf(slows, slow, fasts, fast);
        const { service: own, scope, key, value } = pair;
        return {
          service: own,
          scope,
          key,
          value,
          spans: slows + fasts,
          ...separation,
          words: (own === service ? '' : `${own} `) + wordsOf(key, value, separation),
        };
      })
      // Of two values of one attribute one says what the other says: the one of the slow is told.
      .filter(({ slowShare, fastShare, surprise }) => slowShare > fastShare && surprise - manyTimes >= leastSurprise)
      .toSorted((a, b) => b.gain - a.gain || (a.key < b.key ? -1 : 1))
  );
}

const wordsOf = (key: string, value: string, { slowShare, fastShare }: Separation): string =>
  `${key}=${value}: ${percent(slowShare)} of slow, ${percent(fastShare)} of fast`;

const percent = (share: number): string => `${Number((100 * share).toPrecision(2))} %`;
