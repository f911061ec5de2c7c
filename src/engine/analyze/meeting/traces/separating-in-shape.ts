import { Effect } from 'effect';
import type { EngineUnavailable, QueryFailed } from '../../../domain/errors.ts';
import { limits } from '../../../domain/limits.ts';
import { QueryClient } from '../../../store/query-client.ts';
import { readTraces } from './read-traces.ts';
import { attributesOf, leastSpans, type PairCount, type SlowAndFast } from './separating-attributes.ts';
import { shapeOfTrace } from './shape.ts';
import { splitDurations } from './split-durations.ts';

/** A shape's traces, by its id in `obs_patterns` and the service where they begin. */
export interface ShapeRange {
  readonly shape: string;
  readonly service: string;
  readonly fromMs: number;
  readonly toMs: number;
}

/** Traces compared of either kind, and ids in one statement: they are part of a URL. */
const compared = 400;
const idsAtOnce = 100;
const spansPerTrace = 10;

/** Which attributes of any of their spans part the slow traces of a shape from its fast ones. Counts are of traces. */
export const separatingAttributesOfShape = Effect.fnUntraced(function* (
  range: ShapeRange,
): Effect.fn.Return<SlowAndFast, QueryFailed | EngineUnavailable, QueryClient> {
  const read = yield* readTraces(range.fromMs, range.toMs, spansPerTrace, { service: range.service });
  const traces = read.traces.flatMap((trace) => {
    const shape = shapeOfTrace(trace);
    return shape?.id === range.shape ? [{ id: trace.id, durationMs: shape.durationMs }] : [];
  });
  const { oneIn } = read;
  if (traces.length < 2 * leastSpans) return { spans: traces.length, oneIn, slow: 0, slowMs: 0, attributes: [] };
  const sorted = traces.map(({ durationMs }) => durationMs).toSorted((a, b) => a - b);
  const slowMs = splitDurations(sorted);
  const slow = traces.filter(({ durationMs }) => durationMs > slowMs).slice(0, compared);
  const fast = traces.filter(({ durationMs }) => durationMs <= slowMs).slice(0, compared);
  const rows = mergeCounts(
    yield* countPairs(
      slow.map(({ id }) => id),
      range,
    ),
    yield* countPairs(
      fast.map(({ id }) => id),
      range,
    ),
  );
  const isEnough = Math.min(slow.length, fast.length) >= leastSpans;
  const attributes = isEnough ? attributesOf(rows, slow.length, fast.length, range.service) : [];
  return { spans: slow.length + fast.length, oneIn, slow: slow.length, slowMs, attributes };
});

interface Counted extends Pick<PairCount, 'service' | 'scope' | 'key' | 'value'> {
  readonly traces: number;
}

const countPairs = Effect.fnUntraced(function* (
  ids: readonly string[],
  { fromMs, toMs }: ShapeRange,
): Effect.fn.Return<readonly Counted[], QueryFailed | EngineUnavailable, QueryClient> {
  const client = yield* QueryClient;
  const rows: Counted[] = [];
  for (let at = 0; at < ids.length; at += idsAtOnce) {
    const some = yield* client.rows<Counted>(
      `SELECT service, scope, key, value, toFloat64(uniqExact(TraceId)) AS traces
FROM (
  SELECT TraceId, ServiceName AS service, arrayJoin(arrayConcat(
    arrayMap((k, v) -> ('span', k, v), mapKeys(SpanAttributes), mapValues(SpanAttributes)),
    arrayMap((k, v) -> ('resource', k, v), mapKeys(ResourceAttributes), mapValues(ResourceAttributes))
  )) AS pair, pair.1 AS scope, pair.2 AS key, substring(pair.3, 1, 200) AS value
  FROM otel_traces WHERE TraceId IN {ids:Array(String)}
    AND Timestamp >= fromUnixTimestamp64Milli({from:Int64}) AND Timestamp < fromUnixTimestamp64Milli({to:Int64})
)
GROUP BY service, scope, key, value ORDER BY traces DESC, key, value LIMIT {pairs:UInt32}`,
      {
        parameters: {
          ids: ids.slice(at, at + idsAtOnce),
          from: fromMs,
          to: toMs + limits.patterns.graceMs,
          pairs: limits.patterns.attributePairs,
        },
      },
    );
    rows.push(...some);
  }
  return rows;
});

function mergeCounts(slow: readonly Counted[], fast: readonly Counted[]): readonly PairCount[] {
  const merged = new Map<string, { -readonly [K in keyof PairCount]: PairCount[K] }>();
  for (const [rows, kind] of [
    [slow, 'slows'],
    [fast, 'fasts'],
  ] as const) {
    for (const { service, scope, key, value, traces } of rows) {
      const name = [service, scope, key, value].join('\u0000');
      const known = merged.get(name) ?? { service, scope, key, value, slows: 0, fasts: 0 };
      known[kind] += traces;
      merged.set(name, known);
    }
  }
  return [...merged.values()];
}
