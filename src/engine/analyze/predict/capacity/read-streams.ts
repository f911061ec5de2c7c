import { Effect } from 'effect';
import type { EngineUnavailable, QueryFailed } from '../../../domain/errors.ts';
import { limits } from '../../../domain/limits.ts';
import { QueryClient } from '../../../store/query-client.ts';
import { closedSteps, onSteps, stepFor, type Steps } from '../series/steps.ts';
import { capacityMetrics, queueNames, type StepValue } from './conventions.ts';

/** One stream of a capacity metric: least, mean and greatest value by step. */
export interface CapacityStream {
  readonly service: string;
  /** Host, pod or instance; empty where nothing tells. */
  readonly instance: string;
  readonly metric: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly isQueue: boolean;
  readonly values: Readonly<Record<StepValue, Float64Array>>;
}

export interface CapacityStreams {
  readonly steps: Steps;
  readonly streams: readonly CapacityStream[];
  /** Streams that were left out for the limit. */
  readonly leftOut: number;
}

interface Row {
  readonly service: string;
  readonly instance: string;
  readonly metric: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly isQueue: number;
  readonly points: readonly (readonly [t: number, least: number, mean: number, greatest: number])[];
}

const levels = (where: string): string =>
  ['otel_metrics_gauge', 'otel_metrics_sum']
    .map(
      (table) => `SELECT ServiceName, ResourceAttributes, MetricName, Attributes, TimeUnix, Value FROM ${table}
  WHERE ${where} AND Flags = 0 AND TimeUnix >= toDateTime({from:UInt32}) AND TimeUnix < toDateTime({to:UInt32})${table.endsWith('sum') ? ' AND NOT IsMonotonic' : ''}`,
    )
    .join('\n  UNION ALL ');

const wanted = `(MetricName IN {metrics:Array(String)} OR (${queueNames.sql}))`;

/** Process ids are left out: a service that was started again is the same thing. */
const instance = `multiIf(ResourceAttributes['k8s.pod.name'] != '', ResourceAttributes['k8s.pod.name'],
    ResourceAttributes['container.name'] != '', ResourceAttributes['container.name'],
    ResourceAttributes['service.instance.id'] != '', ResourceAttributes['service.instance.id'],
    ResourceAttributes['host.name'])`;

/** Everything that can be used up, and what limits it, at the shortest step with which the history is not too long. */
export const readCapacityStreams = Effect.fnUntraced(function* (
  historyMs: number,
  nowMs: number,
): Effect.fn.Return<CapacityStreams, QueryFailed | EngineUnavailable, QueryClient> {
  const client = yield* QueryClient;
  const range = { from: Math.floor((nowMs - historyMs) / 1000), to: Math.ceil(nowMs / 1000), metrics: capacityMetrics };
  const [extent] = yield* client.rows<{ readonly first: number; readonly n: string; readonly every: number }>(
    `SELECT min(first) AS first, sum(n) AS n, quantile(0.9)(every) AS every FROM (
  SELECT toUnixTimestamp(toDateTime(min(TimeUnix))) AS first, count() AS n,
    (toUnixTimestamp(toDateTime(max(TimeUnix))) - first) / greatest(1, n - 1) AS every
  FROM (${levels(wanted)}) GROUP BY ServiceName, ResourceAttributes, MetricName, Attributes)`,
    { parameters: range },
  );
  const nothing = closedSteps(nowMs, nowMs, 60_000);
  if (extent === undefined || Number(extent.n) === 0) return { steps: nothing, streams: [], leftOut: 0 };
  const steps = closedSteps(
    extent.first * 1000,
    nowMs,
    stepFor(nowMs - extent.first * 1000, limits.predict.capacitySteps, extent.every * 1000),
  );
  const rows = yield* client.rows<Row>(
    `SELECT service, instance, metric, attributes, isQueue, groupArray([toFloat64(t), least, mean, greatest]) AS points FROM (
  SELECT ServiceName AS service, ${instance} AS instance, MetricName AS metric, Attributes AS attributes,
    toUInt8(MetricName NOT IN {metrics:Array(String)}) AS isQueue,
    toUInt32(intDiv(toUnixTimestamp(toDateTime(TimeUnix)), {step:UInt32}) * {step:UInt32}) AS t,
    min(Value) AS least, avg(Value) AS mean, max(Value) AS greatest
  FROM (${levels(wanted)})
  GROUP BY service, instance, metric, attributes, isQueue, t)
GROUP BY service, instance, metric, attributes, isQueue
ORDER BY isQueue, max(t) DESC, service, instance, metric, toString(attributes) LIMIT {most:UInt32}`,
    {
      parameters: {
        ...range,
        from: steps.fromMs / 1000,
        to: steps.toMs / 1000,
        step: steps.stepMs / 1000,
        // Limits and states come as streams of their own.
        most: 4 * limits.predict.capacitySeries + 1,
      },
    },
  );
  const kept = rows.slice(0, 4 * limits.predict.capacitySeries);
  return { steps, streams: kept.map((row) => streamOf(row, steps)), leftOut: rows.length - kept.length };
});

function streamOf({ points, isQueue, ...row }: Row, steps: Steps): CapacityStream {
  const at = (index: 1 | 2 | 3): Float64Array =>
    onSteps(
      steps,
      points.map((point) => [point[0], point[index]] as const),
    );
  return { ...row, isQueue: isQueue === 1, values: { least: at(1), mean: at(2), greatest: at(3) } };
}
