import { Effect } from 'effect';
import type { EngineUnavailable, QueryFailed } from '../../../domain/errors.ts';
import { Conditions } from '../../../search/conditions.ts';
import { QueryClient } from '../../../store/query-client.ts';
import { onSteps, type Steps } from './steps.ts';

/** Which points of a metric; all that match make one series. */
export interface MetricChoice {
  readonly metric: string;
  readonly service: string | null;
  /** Of the point or its resource. */
  readonly attributes: readonly (readonly [key: string, value: string])[];
}

export type MetricMeaning = 'level' | 'rate' | 'mean';

export interface MetricExtent {
  readonly firstMs: number;
  /** From one point of a stream to the next, on average. */
  readonly everyMs: number;
  readonly points: number;
  readonly streams: number;
  readonly unit: string;
  /** `level`: gauges and up-down sums; `rate`: counters, a second; `mean`: histograms, sum over count. */
  readonly meaning: MetricMeaning;
}

const sources = {
  level: [
    ['otel_metrics_gauge', ''],
    ['otel_metrics_sum', 'NOT IsMonotonic'],
  ],
  rate: [['otel_metrics_sum', 'IsMonotonic']],
  mean: [['otel_metrics_histogram', '']],
} as const;

/** Of a counter's or histogram's stream: what is told apart by whoever counts. */
const stream = 'cityHash64(ServiceName, ResourceAttributes, ScopeName, Attributes)';

function conditionsOf({ metric, service, attributes }: MetricChoice, fromMs: number, toMs: number): Conditions {
  const conditions = new Conditions().add('MetricName = {}', 'String', metric).between('TimeUnix', fromMs, toMs);
  if (service !== null) conditions.add('ServiceName = {}', 'String', service);
  for (const [key, value] of attributes) {
    conditions.add('Attributes[{}] = {} OR ResourceAttributes[{}] = {}', 'String', key, value, key, value);
  }
  return conditions;
}

const bare = (extra: string): string => (extra === '' ? '' : ` AND ${extra}`);

/** What there is of it; `null`: no point. A name that is several kinds of metric is taken as the one with most points. */
export const metricExtent = Effect.fnUntraced(function* (
  choice: MetricChoice,
  fromMs: number,
  toMs: number,
): Effect.fn.Return<MetricExtent | null, QueryFailed | EngineUnavailable, QueryClient> {
  const client = yield* QueryClient;
  const conditions = conditionsOf(choice, fromMs, toMs);
  const parts = Object.entries(sources).flatMap(([meaning, tables]) =>
    tables.map(
      ([table, extra]) => `SELECT '${meaning}' AS meaning, toUnixTimestamp64Milli(min(TimeUnix)) AS first,
  toUnixTimestamp64Milli(max(TimeUnix)) AS last, count() AS n,
  uniq(${stream}) AS streams, any(MetricUnit) AS unit FROM ${table} WHERE ${conditions.where}${bare(extra)}`,
    ),
  );
  const rows = yield* client.rows<{
    readonly meaning: MetricMeaning;
    readonly first: string;
    readonly last: string;
    readonly n: string;
    readonly streams: string;
    readonly unit: string;
  }>(`SELECT * FROM (${parts.join(' UNION ALL ')}) WHERE n > 0 ORDER BY n DESC LIMIT 1`, {
    parameters: conditions.parameters,
  });
  const [row] = rows;
  if (row === undefined) return null;
  const { meaning, unit } = row;
  const [firstMs, points, streams] = [Number(row.first), Number(row.n), Number(row.streams)];
  const everyMs = (Number(row.last) - firstMs) / Math.max(1, points / streams - 1);
  return { meaning, unit, firstMs, everyMs, points, streams };
});

/**
 * The series of a metric: levels are the mean of a stream's points in a step, added up over streams (bytes used by all
 * instances), but shares of 1 are averaged; counters become rates, and one that begins anew counts from 0 again.
 */
export const readMetric = Effect.fnUntraced(function* (
  choice: MetricChoice,
  { meaning, unit }: Pick<MetricExtent, 'meaning' | 'unit'>,
  steps: Steps,
): Effect.fn.Return<Float64Array, QueryFailed | EngineUnavailable, QueryClient> {
  const client = yield* QueryClient;
  const conditions = conditionsOf(choice, steps.fromMs, steps.toMs);
  const step = steps.stepMs / 1000;
  const t = `toUInt32(intDiv(toUnixTimestamp(toDateTime(TimeUnix)), ${step}) * ${step}) AS t`;
  const sql = {
    level: () => `SELECT t, ${unit === '1' ? 'avg' : 'sum'}(v) AS value FROM (
  SELECT ${t}, ${stream} AS s, avg(Value) AS v FROM (${levels(conditions.where)}) GROUP BY t, s) GROUP BY t`,
    rate: () => `SELECT t, sum(v) / ${step} AS value FROM (
  SELECT ${t}, ${increase('Value')} AS v FROM otel_metrics_sum WHERE ${conditions.where} AND IsMonotonic
  WINDOW w AS (PARTITION BY ${stream} ORDER BY TimeUnix ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)) GROUP BY t`,
    mean: () => `SELECT t, if(sum(c) > 0, sum(v) / sum(c), nan) AS value FROM (
  SELECT ${t}, ${increase('ifNull(Sum, 0)')} AS v, ${increase('toFloat64(Count)')} AS c
  FROM otel_metrics_histogram WHERE ${conditions.where}
  WINDOW w AS (PARTITION BY ${stream} ORDER BY TimeUnix ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)) GROUP BY t`,
  }[meaning]();
  const rows = yield* client.rows<{ readonly t: number; readonly value: number | null }>(sql, {
    parameters: conditions.parameters,
  });
  return onSteps(
    steps,
    rows.map(({ t, value }) => [t, value ?? Number.NaN] as const),
  );
});

function levels(where: string): string {
  return sources.level
    .map(
      ([table, extra]) =>
        `SELECT ServiceName, ResourceAttributes, ScopeName, Attributes, TimeUnix, Value FROM ${table} WHERE ${where}${bare(extra)} AND Flags = 0`,
    )
    .join(' UNION ALL ');
}

/** From one point of a stream to the next; the first one of a cumulative stream tells nothing, a lower one began anew. */
function increase(value: string): string {
  return `multiIf(AggregationTemporality = 1, ${value}, count() OVER w < 2, 0,
    ${value} >= first_value(${value}) OVER w, ${value} - first_value(${value}) OVER w, ${value})`;
}
