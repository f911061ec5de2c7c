import type { TelemetryTableName } from '../domain/schema/telemetry.ts';
import { metric as metricShape } from '../otlp/json/message-shapes.ts';
import { type Attributes, attributes, groupBy, groupByOrigin, keptFields, type OriginRow } from './otlp-json.ts';
import { unheldOf } from './value-types.ts';

type Double = number | string | null;

/** A row of one of the otel_metrics_ tables as an export reads it; which columns are there depends on the kind. */
export interface MetricRow extends OriginRow {
  readonly MetricName: string;
  readonly MetricDescription: string;
  readonly MetricUnit: string;
  readonly Attributes: Attributes;
  readonly ValueTypes: string;
  readonly StartNanos: string;
  readonly TimeNanos: string;
  readonly Flags: number;
  readonly Value?: Double;
  readonly AggregationTemporality?: number;
  readonly IsMonotonic?: boolean;
  readonly Count?: string;
  readonly Sum?: Double;
  readonly Min?: Double;
  readonly Max?: Double;
  readonly BucketCounts?: readonly string[];
  readonly ExplicitBounds?: readonly Double[];
  readonly Scale?: number;
  readonly ZeroCount?: string;
  readonly ZeroThreshold?: Double;
  readonly PositiveOffset?: number;
  readonly PositiveBucketCounts?: readonly string[];
  readonly NegativeOffset?: number;
  readonly NegativeBucketCounts?: readonly string[];
  readonly 'ValueAtQuantiles.Quantile'?: readonly Double[];
  readonly 'ValueAtQuantiles.Value'?: readonly Double[];
  readonly ExemplarNanos?: readonly string[];
  readonly 'Exemplars.FilteredAttributes'?: readonly Attributes[];
  readonly 'Exemplars.Value'?: readonly Double[];
  readonly 'Exemplars.SpanId'?: readonly string[];
  readonly 'Exemplars.TraceId'?: readonly string[];
}

const head = `MetricName, MetricDescription, MetricUnit, Attributes, ValueTypes, Flags,
  toString(toUnixTimestamp64Nano(StartTimeUnix)) AS StartNanos, toString(toUnixTimestamp64Nano(TimeUnix)) AS TimeNanos`;
const exemplarColumns = `arrayMap(t -> toString(toUnixTimestamp64Nano(t)), Exemplars.TimeUnix) AS ExemplarNanos,
  Exemplars.FilteredAttributes, Exemplars.Value, Exemplars.SpanId, Exemplars.TraceId`;

interface Kind {
  readonly table: TelemetryTableName;
  readonly columns: string;
  /** The key of the metric's data in OTLP/JSON. */
  readonly data: string;
  /** What stands beside the points in the data, the same for all points of a metric. */
  readonly shared: (row: MetricRow) => object;
  readonly point: (row: MetricRow) => object;
}

const temporality = (row: MetricRow): object => ({ aggregationTemporality: row.AggregationTemporality });
const optional = (row: MetricRow): object => ({
  ...(row.Sum == null ? {} : { sum: double(row.Sum) }),
  ...(row.Min == null ? {} : { min: double(row.Min) }),
  ...(row.Max == null ? {} : { max: double(row.Max) }),
});

export const metricKinds: readonly Kind[] = [
  {
    table: 'otel_metrics_gauge',
    columns: `${head}, Value, ${exemplarColumns}`,
    data: 'gauge',
    shared: () => ({}),
    point: (row) => numberOf(row.Value, sectionsOf(row).value),
  },
  {
    table: 'otel_metrics_sum',
    columns: `${head}, Value, AggregationTemporality, IsMonotonic, ${exemplarColumns}`,
    data: 'sum',
    shared: (row) => ({ ...temporality(row), isMonotonic: row.IsMonotonic }),
    point: (row) => numberOf(row.Value, sectionsOf(row).value),
  },
  {
    table: 'otel_metrics_histogram',
    columns: `${head}, Count, Sum, Min, Max, BucketCounts, ExplicitBounds, AggregationTemporality, ${exemplarColumns}`,
    data: 'histogram',
    shared: temporality,
    point: (row) => ({
      ...optional(row),
      count: row.Count,
      bucketCounts: row.BucketCounts,
      explicitBounds: row.ExplicitBounds?.map(double),
    }),
  },
  {
    table: 'otel_metrics_exponential_histogram',
    columns: `${head}, Count, Sum, Min, Max, Scale, ZeroCount, ZeroThreshold, PositiveOffset, PositiveBucketCounts, NegativeOffset, NegativeBucketCounts, AggregationTemporality, ${exemplarColumns}`,
    data: 'exponentialHistogram',
    shared: temporality,
    point: (row) => ({
      ...optional(row),
      count: row.Count,
      scale: row.Scale,
      zeroCount: row.ZeroCount,
      zeroThreshold: double(row.ZeroThreshold),
      positive: { offset: row.PositiveOffset, bucketCounts: row.PositiveBucketCounts },
      negative: { offset: row.NegativeOffset, bucketCounts: row.NegativeBucketCounts },
    }),
  },
  {
    table: 'otel_metrics_summary',
    columns: `${head}, Count, Sum, ValueAtQuantiles.Quantile, ValueAtQuantiles.Value`,
    data: 'summary',
    shared: () => ({}),
    point: (row) => ({
      count: row.Count,
      sum: double(row.Sum),
      quantileValues: row['ValueAtQuantiles.Quantile']?.map((quantile, index) => ({
        quantile: double(quantile),
        value: double(row['ValueAtQuantiles.Value']?.[index]),
      })),
    }),
  },
];

/** An `ExportMetricsServiceRequest` in OTLP/JSON that gives these rows of one kind again. */
export function metricsRequest(kind: Kind, rows: readonly MetricRow[]): object {
  return {
    resourceMetrics: groupByOrigin(rows).map(({ resource, schemaUrl, scopes }) => ({
      resource,
      schemaUrl,
      scopeMetrics: scopes.map((group) => ({
        scope: group.scope,
        schemaUrl: group.schemaUrl,
        metrics: groupBy(group.rows, (row) => [
          row.MetricName,
          row.MetricDescription,
          row.MetricUnit,
          kind.shared(row),
          sectionsOf(row).metadata,
        ]).map((points) => toMetric(kind, points as [MetricRow])),
      })),
    })),
  };
}

function toMetric(kind: Kind, rows: readonly [MetricRow, ...MetricRow[]]): object {
  const [first] = rows;
  const dataPoints = rows.map((row) => ({
    attributes: attributes(row.Attributes, sectionsOf(row).own),
    startTimeUnixNano: row.StartNanos,
    timeUnixNano: row.TimeNanos,
    flags: row.Flags,
    ...kind.point(row),
    ...(row.ExemplarNanos === undefined ? {} : { exemplars: exemplarsOf(row) }),
  }));
  return {
    name: first.MetricName,
    description: first.MetricDescription,
    unit: first.MetricUnit,
    ...keptFields(metricShape, sectionsOf(first).metadata),
    [kind.data]: { ...kind.shared(first), dataPoints },
  };
}

function exemplarsOf(row: MetricRow): object[] {
  const types = sectionsOf(row).exemplars?.split(',');
  return (row.ExemplarNanos ?? []).map((timeUnixNano, index) => {
    const [ofAttributes, ofValue] = (types?.[index] ?? '').split(':');
    return {
      timeUnixNano,
      filteredAttributes: attributes(row['Exemplars.FilteredAttributes']?.[index] ?? [], ofAttributes),
      ...numberOf(row['Exemplars.Value']?.[index], ofValue),
      spanId: row['Exemplars.SpanId']?.[index],
      traceId: row['Exemplars.TraceId']?.[index],
    };
  });
}

function sectionsOf({ ValueTypes }: MetricRow) {
  const [own, value, exemplars, rest] = ValueTypes.split('|');
  return { own, value, exemplars, metadata: unheldOf(rest).get('m') };
}

/** A number as it was sent: `i` an integer, with its digits where a double does not have them all; `n` none at all. */
function numberOf(value: Double | undefined, type: string | undefined): object {
  if (type === 'n') return {};
  if (type?.startsWith('i') !== true) return { asDouble: double(value) };
  return { asInt: type.slice(1) || String(BigInt(Number(value ?? 0))) };
}

/** ClickHouse's quoted denormals as proto3's JSON mapping writes them. */
function double(value: Double | undefined): number | string {
  if (typeof value !== 'string') return Object.is(value, -0) ? '-0' : (value ?? 0);
  const text = value.toLowerCase();
  return text.includes('nan') ? 'NaN' : text.startsWith('-') ? '-Infinity' : 'Infinity';
}
