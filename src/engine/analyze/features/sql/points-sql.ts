import { limits } from '../../../domain/limits.ts';
import { between64, ofServices, type WindowRun } from './window-sql.ts';

/*
 * Shapes of a series: `gauge`; `level` (an up-down counter, cumulative); `counter` and `delta` (something that adds up,
 * cumulative or by interval). Histograms and summaries are counters of their values, with `s` the sum of them.
 */
const shapeOf = (cumulative: string): string => `if(AggregationTemporality = 1, 'delta', '${cumulative}')`;

const sources: readonly { readonly table: string; readonly shape: string; readonly v: string; readonly s: string }[] = [
  { table: 'otel_metrics_gauge', shape: "'gauge'", v: 'Value', s: 'nan' },
  {
    table: 'otel_metrics_sum',
    shape: `multiIf(AggregationTemporality = 1, 'delta', IsMonotonic, 'counter', 'level')`,
    v: 'Value',
    s: 'nan',
  },
  { table: 'otel_metrics_histogram', shape: shapeOf('counter'), v: 'Count', s: 'ifNull(Sum, nan)' },
  { table: 'otel_metrics_exponential_histogram', shape: shapeOf('counter'), v: 'Count', s: 'ifNull(Sum, nan)' },
  { table: 'otel_metrics_summary', shape: "'counter'", v: 'Count', s: 'Sum' },
];

const validPoints = (value: string): string => `bitAnd(Flags, 1) = 0 AND isFinite(toFloat64(${value}))`;

/** Tables of points, with the condition on those that say something. */
export const pointTables: readonly { readonly table: string; readonly valid: string }[] = sources.map(
  ({ table, v }) => ({
    table,
    valid: validPoints(v),
  }),
);

const instance = `multiIf(ResourceAttributes['service.instance.id'] != '', ResourceAttributes['service.instance.id'],
    ResourceAttributes['k8s.pod.name'] != '', ResourceAttributes['k8s.pod.name'], toString(cityHash64(ResourceAttributes)))`;
const host =
  "if(ResourceAttributes['host.name'] != '', ResourceAttributes['host.name'], ResourceAttributes['k8s.node.name'])";

/**
 * Series by window: `w`, `ServiceName`, `MetricName`, `attributes`, `instance`, `host`, `shape`, and of the window `points`
 * (0 in a gap), `known` (a point before it), `level` (mean), `rose` in `span` seconds with the sum of values `roseSum`,
 * and `began` (a counter began anew). A counter rises from the last point before the window on; one that falls, or says
 * that it started after that point, began anew and has risen by what it counts; a point of the same time is one sent twice. Points of a series that comes by several
 * instances are several series here.
 *
 * A window is a gap of a series when at its end more than 2.5 times the distance of its last two points has passed.
 */
export function seriesWindows(run: WindowRun, tables: readonly string[]): string {
  const { seconds, from, to } = run;
  const back = limits.features.pointsBackMs[seconds] / 1000;
  const points = sources
    .filter(({ table }) => tables.includes(table))
    .map(
      ({ table, shape, v, s }) => `
          SELECT ServiceName, MetricName, Attributes, ResourceAttributes, ScopeName, toString(${shape}) AS shape, TimeUnix, toFloat64(${v}) AS v,
            toFloat64(${s}) AS s, StartTimeUnix
          FROM ${table} WHERE ${between64('TimeUnix', from - back, to)} AND ${validPoints(v)}${ofServices(run)}`,
    )
    .join('\n          UNION ALL');
  const start = (moment: string): string => `toUInt32(intDiv(toUInt32(${moment}), ${seconds}) * ${seconds})`;
  // Of a point p: q is the one before it, n the one after it. A select a step: an alias is copied wherever it is used.
  return `
    SELECT w, ServiceName, MetricName, shape, series, any(attributes) AS attributes, any(instance) AS instance, any(host) AS host,
      countIf(here) AS points, maxIf(before, here) AS known, avgIf(v, here) AS level,
      sumIf(v - if(anew OR NOT before, 0, qv), here AND counts) AS rose,
      sumIf(s - if(anew OR NOT before, 0, qs), here AND counts) AS roseSum,
      sumIf(multiIf(shape = 'delta' AND since > 0, t - since, shape = 'delta', ${seconds}, before, t - qt, t - since), here AND counts) AS span,
      maxIf(anew, here) AS began
    FROM (
      SELECT *, before AND (v < qv OR since > qt) AS anew,
        isNew AND (before OR since >= w - ${back} AND since > 0 OR shape = 'delta') AS counts
      FROM (
        SELECT ServiceName, MetricName, shape, series, attributes, instance, host, out.1 AS w, out.2 AS here, t, v, s, since, qt, qv, qs, isNew,
          isNew AND shape != 'delta' AND qt > 0 AND qt >= w - ${back} AS before
        FROM (
          SELECT ServiceName, MetricName, shape, series, attributes, instance, host, p.1 AS t, p.2 AS v, p.3 AS s, p.4 AS since,
            q.1 AS qt, q.2 AS qv, q.3 AS qs, t > qt AS isNew,
            arrayJoin(arrayPushFront(if(qt > 0 AND isNew AND n.1 > t + 2.5 * (t - qt), arrayMap(g -> (g, 0), arrayFilter(g -> g + ${seconds} - t > 2.5 * (t - qt),
                range(greatest(${start('t')} + ${seconds}, toUInt32(${from})),
                  least(${start('n.1')}, ${start('qt')} + ${back + 1}, toUInt32(${to})), ${seconds}))), []), (${start('t')}, 1))) AS out
          FROM (
            SELECT ServiceName, MetricName, shape, series, any(Attributes) AS attributes, any(${instance}) AS instance, any(${host}) AS host,
              arraySort(groupArray((toUnixTimestamp64Nano(TimeUnix) / 1e9, v, s, if(StartTimeUnix < TimeUnix, toUnixTimestamp64Nano(StartTimeUnix) / 1e9, 0)))) AS ps
            FROM (SELECT *, cityHash64(ResourceAttributes, ScopeName, Attributes) AS series FROM (${points}
            ))
            GROUP BY ServiceName, MetricName, shape, series
          )
          ARRAY JOIN ps AS p, arrayPushFront(arrayPopBack(ps), (0., 0., 0., 0.)) AS q, arrayPushBack(arrayPopFront(ps), (4e9, 0., 0., 0.)) AS n
        )
        WHERE out.1 >= ${from} AND out.1 < ${to}
      )
    )
    GROUP BY w, ServiceName, MetricName, shape, series`;
}
