import { Effect } from 'effect';
import type { EngineUnavailable, QueryFailed } from '../../../domain/errors.ts';
import { limits } from '../../../domain/limits.ts';
import { QueryClient } from '../../../store/query-client.ts';
import { clockTime } from '../changes/words.ts';
import { surpriseOf } from '../changes/surprise.ts';
import { togetherMs, type Beginning, type TogetherRange } from './beginning.ts';

/** The hour before is compared with. */
const beforeMs = 3600_000;
/** Spans of a service that must be known, values that an attribute may have had, and spans that must have the new one. */
const least = { before: 100, spans: 3, share: 0.02 } as const;
const fewValues = 20;
const mostRows = 200;

/** Told by versions, hosts and instances already, or another in every process. */
const knownElsewhere: readonly string[] = [
  'service.version',
  'service.instance.id',
  'host.name',
  'host.id',
  'k8s.node.name',
  'k8s.pod.name',
  'k8s.pod.uid',
  'container.id',
  'process.pid',
  'process.start_time',
];

interface Row {
  readonly service: string;
  readonly key: string;
  readonly value: string;
  readonly firstMs: number;
  readonly spans: number;
  readonly all: number;
  /** Values that the attribute had before. */
  readonly known: number;
}

/** Values of span and resource attributes that no span of the service had in the hour before; of a sample of spans. */
export const attributeBeginnings = Effect.fnUntraced(function* (
  range: TogetherRange,
): Effect.fn.Return<readonly Beginning[], QueryFailed | EngineUnavailable, QueryClient> {
  const client = yield* QueryClient;
  const services = range.services ?? [];
  const [counted] = yield* client.rows<{ spans: number }>(
    `SELECT toFloat64(sum(Calls)) AS spans FROM obs_red_service_1m
WHERE Time >= toDateTime({from:UInt32}) AND Time < toDateTime({to:UInt32})
  AND (empty({services:Array(String)}) OR ServiceName IN {services:Array(String)})`,
    {
      parameters: {
        from: Math.floor((range.fromMs - beforeMs) / 1000),
        to: Math.ceil(range.toMs / 1000),
        services,
      },
    },
  );
  const oneIn = Math.max(1, Math.ceil((counted?.spans ?? 0) / (2 * limits.patterns.spansCompared)));
  const rows = yield* client.rows<Row>(
    `SELECT service, key, value, firstMs, toFloat64(new) AS spans, toFloat64(all) AS all, toFloat64(known) AS known FROM (
  SELECT *, countIf(old > 0) OVER (PARTITION BY service, key) AS known, sum(old) OVER (PARTITION BY service, key) AS before,
    sum(new) OVER (PARTITION BY service, key) AS all
  FROM (
    SELECT service, pair.1 AS key, substring(pair.2, 1, 200) AS value, countIf(at < {from:Int64}) AS old, countIf(at >= {from:Int64}) AS new,
      toFloat64(minIf(at, at >= {from:Int64})) AS firstMs
    FROM (
      SELECT ServiceName AS service, toUnixTimestamp64Milli(Timestamp) AS at, arrayJoin(arrayConcat(
        arrayZip(mapKeys(SpanAttributes), mapValues(SpanAttributes)), arrayZip(mapKeys(ResourceAttributes), mapValues(ResourceAttributes)))) AS pair
      FROM otel_traces
      WHERE Timestamp >= fromUnixTimestamp64Milli({before:Int64}) AND Timestamp < fromUnixTimestamp64Milli({to:Int64})
        AND cityHash64(TraceId, SpanId) % {oneIn:UInt32} = 0
        AND (empty({services:Array(String)}) OR ServiceName IN {services:Array(String)})
    )
    WHERE key NOT IN {elsewhere:Array(String)}
    GROUP BY service, key, value
  )
)
WHERE old = 0 AND new >= {spans:UInt32} AND before >= {least:UInt32} AND known <= {few:UInt32} AND new >= {share:Float64} * all
ORDER BY spans DESC, service, key, value LIMIT {most:UInt32}`,
    {
      parameters: {
        before: range.fromMs - beforeMs,
        from: range.fromMs,
        to: range.toMs,
        oneIn,
        services,
        elsewhere: knownElsewhere,
        spans: least.spans,
        least: least.before,
        few: fewValues,
        share: least.share,
        most: mostRows,
      },
    },
  );
  return rows.map(({ service, key, value, firstMs, spans, all, known }): Beginning => {
    // Values that came before did so within the hour, at most.
    const chance = ((known / (beforeMs / 60_000 + known)) * togetherMs) / 60_000;
    const share = Math.round((100 * spans) / all);
    return {
      kind: 'attribute',
      service,
      subject: `${key}=${value}`,
      words: `${key}=${value} in ${service} first seen ${clockTime(firstMs)}, in ${share} % of its spans`,
      onsetMs: firstMs,
      surprise: surpriseOf(Math.min(1, chance)),
    };
  });
});
