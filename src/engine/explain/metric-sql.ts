import type { MetricSeries } from './context.ts';
import { second, textList } from './sql.ts';

/** A step of a series: the greatest value in it. */
export interface MetricRow {
  readonly service: string;
  readonly instance: string;
  readonly metric: string;
  readonly stream: string;
  readonly time: string | number;
  readonly value: string | number;
}

/** Memory in use by processes over the quarter of an hour up to `endNs`, in steps of 2 s: a process may have run for half a minute only. */
export function memorySql(services: readonly string[], endNs: bigint): string {
  const end = Number(endNs / 1_000_000_000n) + 1;
  return seriesSql(services, { from: end - 900, to: end, step: 2 }, [
    "match(MetricName, 'memory|heap')",
    "NOT match(MetricName, 'limit|max|committed|available|physical|external|array_buffers|init')",
    "MetricUnit IN ('By', 'bytes', '')",
  ]);
}

const longSeconds = 60;
const coarseSeconds = 5;

/** A series of more than a minute in steps of 5 s, in which the saw teeth of collections vanish; a shorter one as it is. */
export function coarsened(points: MetricSeries['points']): MetricSeries['points'] {
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined || last.time - first.time <= longSeconds) return points;
  const byStep = Map.groupBy(points, ({ time }) => Math.floor(time / coarseSeconds) * coarseSeconds);
  return [...byStep].map(([time, same]) => ({ time, value: Math.max(...same.map(({ value }) => value)) }));
}

/** The state of connection pools from two minutes before the trace to its end, in steps of 5 s. */
export function poolsSql(services: readonly string[], startNs: bigint, endNs: bigint): string {
  const from = Number(startNs / 1_000_000_000n) - 120;
  return seriesSql(services, { from, to: Number(endNs / 1_000_000_000n) + 1, step: 5 }, [
    "match(MetricName, '(connections?|pool).*(pending|count|usage|max$)')",
    "NOT match(MetricName, 'time|duration')",
  ]);
}

function seriesSql(
  services: readonly string[],
  { from, to, step }: { readonly from: number; readonly to: number; readonly step: number },
  conditions: readonly string[],
): string {
  const part = (
    table: string,
  ): string => `  SELECT ServiceName, ResourceAttributes, MetricName, Attributes, TimeUnix, Value FROM ${table}
  WHERE ServiceName IN ${textList(services)} AND TimeUnix >= ${second(from)} AND TimeUnix < ${second(to)}
    AND ${conditions.join(' AND ')}`;
  return `SELECT ServiceName AS service,
  multiIf(ResourceAttributes['service.instance.id'] != '', ResourceAttributes['service.instance.id'],
    ResourceAttributes['k8s.pod.name'] != '', ResourceAttributes['k8s.pod.name'],
    concat(ResourceAttributes['host.name'], ':', ResourceAttributes['process.pid'])) AS instance,
  MetricName AS metric, toString(Attributes) AS stream,
  toUnixTimestamp(toStartOfInterval(TimeUnix, INTERVAL ${step} SECOND)) AS time, max(Value) AS value
FROM (
${part('otel_metrics_gauge')}
  UNION ALL
${part('otel_metrics_sum')}
)
GROUP BY service, instance, metric, stream, time
ORDER BY service, instance, metric, stream, time LIMIT 125000`;
}
