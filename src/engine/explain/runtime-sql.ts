import type { EvidenceQuery } from './evidence/evidence.ts';
import type { RuntimeSeries } from './nearby.ts';
import type { TraceContext } from './context.ts';
import { second, textList } from './sql.ts';
import { servicesOf } from './trace-tree.ts';
import { quoteText } from '../store/sql-text.ts';

/** Time spent in garbage collection, as the runtimes' instrumentations name it: v8js, jvm, dotnet, Go. */
export const gcName = /(^|[._])gc[._](.*[._])?(duration|pause|elapsed|time)/;
/** How near to its limit of CPU a process, a container or a host is, and how long its event loop keeps others waiting. */
export const cpuName =
  /cpu.*throttl|cfs.*throttl|cpu[._](recent_|limit_)?utili[sz]ation|eventloop[._](utili[sz]ation|delay[._]p99)/;

/** A step of one series of points. */
export interface RuntimeRow {
  readonly service: string;
  readonly instance: string;
  readonly host: string;
  readonly metric: string;
  readonly unit: string;
  readonly how: 'gauge' | 'delta' | 'cumulative';
  readonly stream: string;
  readonly time: string | number;
  readonly value: string | number;
}

export interface RuntimeWanted {
  readonly services: readonly string[];
  /** Hosts and pods that report without a service of their own. */
  readonly hosts: readonly string[];
  readonly pods: readonly string[];
  readonly fromSeconds: number;
  readonly toSeconds: number;
}

const stepSeconds = 5;
const lookbackSeconds = 900;

/** Of all processes and hosts of a trace, over the quarter of an hour up to when the time around it was looked at. */
export function runtimeWanted({ tree, untilNs }: Pick<TraceContext, 'tree' | 'untilNs'>): RuntimeWanted {
  const toSeconds = Number(untilNs / 1_000_000_000n) + 1;
  const named = (key: string): readonly string[] =>
    [...new Set(tree.spans.flatMap(({ resource }) => resource[key] ?? []))].toSorted().slice(0, 200);
  return {
    services: servicesOf(tree),
    hosts: named('host.name'),
    pods: named('k8s.pod.name'),
    fromSeconds: toSeconds - lookbackSeconds,
    toSeconds,
  };
}

/** What runtimes, containers and hosts measured of themselves, in steps of 5 s. */
export function runtimeSql(
  wanted: RuntimeWanted,
  names: RegExp = new RegExp(`${gcName.source}|${cpuName.source}`),
): string {
  const { services, hosts, pods, fromSeconds, toSeconds } = wanted;
  const outside = [
    ...(hosts.length === 0 ? [] : [`ResourceAttributes['host.name'] IN ${textList(hosts)}`]),
    ...(pods.length === 0 ? [] : [`ResourceAttributes['k8s.pod.name'] IN ${textList(pods)}`]),
  ];
  const whose =
    outside.length === 0
      ? `ServiceName IN ${textList(services)}`
      : `ServiceName IN ${textList([...services, ''])} AND (ServiceName != '' OR ${outside.join(' OR ')})`;
  const part = (table: string, how: string, value: string): string =>
    `  SELECT ServiceName, ResourceAttributes, MetricName, MetricUnit, Attributes, TimeUnix, ${how} AS how, ${value} AS Value FROM ${table}
  WHERE ${whose} AND match(MetricName, ${quoteText(names.source)}) AND TimeUnix >= ${second(fromSeconds)} AND TimeUnix < ${second(toSeconds)}`;
  const temporality = "if(AggregationTemporality = 1, 'delta', 'cumulative')";
  return `SELECT ServiceName AS service,
  multiIf(ResourceAttributes['service.instance.id'] != '', ResourceAttributes['service.instance.id'],
    ResourceAttributes['k8s.pod.name'] != '', ResourceAttributes['k8s.pod.name'],
    ResourceAttributes['process.pid'] != '', concat(ResourceAttributes['host.name'], ':', ResourceAttributes['process.pid']),
    ResourceAttributes['host.name']) AS instance,
  ResourceAttributes['host.name'] AS host, MetricName AS metric, MetricUnit AS unit, how, toString(Attributes) AS stream,
  toUnixTimestamp(toStartOfInterval(TimeUnix, INTERVAL ${stepSeconds} SECOND)) AS time, if(how = 'delta', sum(Value), max(Value)) AS value
FROM (
${part('otel_metrics_gauge', "'gauge'", 'Value')}
  UNION ALL
${part('otel_metrics_sum', `if(IsMonotonic, ${temporality}, 'gauge')`, 'Value')}
  UNION ALL
${part('otel_metrics_histogram', temporality, 'ifNull(Sum, 0)')}
  UNION ALL
${part('otel_metrics_exponential_histogram', temporality, 'ifNull(Sum, 0)')}
)
GROUP BY service, instance, host, metric, unit, how, stream, time
ORDER BY service, instance, host, metric, unit, how, stream, time LIMIT 60000`;
}

/** Series from rows that come by series and time. Counters and histograms become one total over their streams. */
export function runtimeSeries(rows: readonly RuntimeRow[]): readonly RuntimeSeries[] {
  const bySeries = Map.groupBy(rows, (row) =>
    [row.service, row.instance, row.host, row.metric, row.unit, row.how === 'gauge' ? row.stream : ''].join('\u0000'),
  );
  return [...bySeries.values()].map((same) => {
    const { service, instance, host, metric, unit, how, stream } = same[0]!;
    const isGauge = how === 'gauge';
    const points = isGauge
      ? same.map(({ time, value }) => ({ time: Number(time), value: Number(value) }))
      : totals(same);
    return {
      service,
      instance,
      host,
      metric,
      unit,
      how: isGauge ? 'gauge' : 'total',
      stream: isGauge ? stream : '',
      points,
    };
  });
}

/** Increments of each stream, added up over time. A counter that falls was started anew. */
function totals(rows: readonly RuntimeRow[]): RuntimeSeries['points'] {
  const increments = new Map<number, number>();
  const last = new Map<string, number>();
  const first = Number(rows.reduce((least, { time }) => Math.min(least, Number(time)), Infinity));
  for (const { stream, how, time, value } of rows) {
    const at = Number(time);
    const now = Number(value);
    const before = last.get(stream);
    last.set(stream, now);
    // What a cumulative counter held at the first look came at no known time; a stream that appears later began at zero.
    const rise =
      how === 'delta' ? now : before === undefined ? (at === first ? 0 : now) : now >= before ? now - before : now;
    increments.set(at, (increments.get(at) ?? 0) + rise);
  }
  let total = 0;
  return [...increments].sort(([a], [b]) => a - b).map(([time, rise]) => ({ time, value: (total += rise) }));
}

/** One metric of the service that reports it. */
export const runtimeEvidence = (
  context: TraceContext,
  title: string,
  { service, metric }: RuntimeSeries,
): EvidenceQuery => ({
  title,
  sql: runtimeSql(runtimeOf(context, service), new RegExp(`^${metric.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`)),
});

const runtimeOf = (context: TraceContext, service: string): RuntimeWanted => {
  const wanted = runtimeWanted(context);
  return service === '' ? { ...wanted, services: [] } : { ...wanted, services: [service], hosts: [], pods: [] };
};
