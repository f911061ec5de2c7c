import { Effect } from 'effect';
import type { ResourceSeries } from '../../cause/records/input.ts';
import type { EngineUnavailable, QueryFailed } from '../../domain/errors.ts';
import { QueryClient } from '../../store/query-client.ts';
import type { TimeRange } from '../question.ts';
import { textList } from '../sql.ts';
import { at } from '../time-sql.ts';
import { instanceSql } from './read-window.ts';

/** What says how much of CPU or memory an instance takes, and whether it is a share of its limit. */
const metrics: Readonly<Record<string, { readonly kind: ResourceSeries['kind']; readonly isShare: boolean }>> = {
  'k8s.pod.cpu_limit_utilization': { kind: 'cpu', isShare: true },
  'k8s.container.cpu_limit_utilization': { kind: 'cpu', isShare: true },
  'process.cpu.utilization': { kind: 'cpu', isShare: true },
  'k8s.pod.memory_limit_utilization': { kind: 'memory', isShare: true },
  'k8s.container.memory_limit_utilization': { kind: 'memory', isShare: true },
  'k8s.pod.cpu.usage': { kind: 'cpu', isShare: false },
  'container.cpu.usage': { kind: 'cpu', isShare: false },
  'k8s.pod.memory.usage': { kind: 'memory', isShare: false },
};
/** How far back it is read what is usual. */
export const beforeMs = 3 * 3_600_000;
const mostPoints = 60_000;

interface Row {
  readonly service: string;
  readonly instance: string;
  readonly metric: string;
  readonly times: readonly number[];
  readonly values: readonly number[];
}

/** CPU and memory by instance, in the analysed time and three hours before; shares of a limit where they are known. */
export const readResources = Effect.fnUntraced(function* ({
  fromMs,
  toMs,
}: TimeRange): Effect.fn.Return<readonly ResourceSeries[], QueryFailed | EngineUnavailable, QueryClient> {
  const client = yield* QueryClient;
  const rows = yield* client.rows<Row>(
    `SELECT service, instance, metric, groupArray(time) AS times, groupArray(value) AS values FROM (
  SELECT ServiceName AS service, ${instanceSql} AS instance, MetricName AS metric,
    toFloat64(toUnixTimestamp64Milli(TimeUnix)) AS time, Value AS value
  FROM otel_metrics_gauge
  WHERE TimeUnix >= ${at(fromMs - beforeMs)} AND TimeUnix < ${at(toMs)} AND MetricName IN ${textList(Object.keys(metrics))}
  ORDER BY time DESC, service, instance, metric LIMIT ${mostPoints}
) GROUP BY service, instance, metric ORDER BY service, instance, metric`,
  );
  const shared = new Set(
    rows
      .filter(({ metric }) => metrics[metric]?.isShare)
      .map(({ instance, metric }) => `${instance} ${metrics[metric]!.kind}`),
  );
  return rows.flatMap(({ service, instance, metric, times, values }): readonly ResourceSeries[] => {
    const known = metrics[metric];
    if (known === undefined || (!known.isShare && shared.has(`${instance} ${known.kind}`))) return [];
    const points = times
      .map((timeMs, index) => ({ timeMs, value: (values[index] ?? 0) * (known.isShare ? 100 : 1) }))
      .toSorted((a, b) => a.timeMs - b.timeMs);
    return [
      {
        instance,
        service,
        metric,
        kind: known.kind,
        isPercent: known.isShare,
        before: points.filter(({ timeMs }) => timeMs < fromMs).map(({ value }) => value),
        present: points.filter(({ timeMs }) => timeMs >= fromMs),
      },
    ];
  });
});
