/**
 * Tables that obs derives from telemetry, and the materialized views that feed them.
 * `obs_red_*`: rate, errors and duration by operation, from which live panels read; never from raw spans.
 */
export interface DerivedTable {
  readonly name: string;
  /** SQL type by column, in order. */
  readonly columns: readonly (readonly [name: string, type: string, comment: string])[];
  readonly engine: 'AggregatingMergeTree' | 'SummingMergeTree';
  readonly partitionBy: string;
  readonly orderBy: string;
  /** Rows of a granule, where rows are looked up one by one; ClickHouse's 8192 else. */
  readonly granularity?: number;
  /** Parts from which on they are merged, where that is another number than for all tables (ddl.ts). */
  readonly partsToMerge?: number;
  readonly timeColumn: string;
  /** The views that fill it, as the SELECT behind `CREATE MATERIALIZED VIEW <name> TO <table> AS`. */
  readonly fedBy: readonly { readonly view: string; readonly select: string }[];
}

/** Relative error 1 %: DDSketch states cost about 5 % of an insert, t-digest 25 % (docs/storage.md). */
export const durationQuantiles = 'quantilesDD(0.01, 0.5, 0.95, 0.99)';

const redColumns: DerivedTable['columns'] = [
  ['Calls', 'SimpleAggregateFunction(sum, UInt64)', 'spans'],
  ['Errors', 'SimpleAggregateFunction(sum, UInt64)', "spans with StatusCode = 'Error'"],
  ['DurationSum', 'SimpleAggregateFunction(sum, UInt64)', 'nanoseconds'],
  ['DurationMax', 'SimpleAggregateFunction(max, UInt64)', 'nanoseconds'],
  [
    'DurationQuantiles',
    `AggregateFunction(${durationQuantiles}, UInt64)`,
    'nanoseconds; read with quantilesDDMerge(0.01, 0.5, 0.95, 0.99)',
  ],
];

type DerivedColumn = DerivedTable['columns'][number];

const service: DerivedColumn = ['ServiceName', 'LowCardinality(String)', 'service'];
const kind: DerivedColumn = ['SpanKind', 'LowCardinality(String)', 'as in otel_traces'];
const operation: DerivedColumn = ['SpanName', 'LowCardinality(String)', 'operation'];

function windows(
  name: string,
  seconds: number,
  of: DerivedTable['columns'],
  orderBy: string,
  granularity: number,
  select: string,
): DerivedTable {
  return {
    name,
    granularity,
    timeColumn: 'Time',
    engine: 'AggregatingMergeTree',
    partitionBy: 'toDate(Time)',
    orderBy,
    columns: [['Time', 'DateTime', `start of the ${seconds} s window, by span start`], ...of, ...redColumns],
    fedBy: [{ view: `${name}_mv`, select }],
  };
}

/**
 * By operation: few rows of one operation are read at a time. Granules hold about three quarters of an hour of one, since
 * every row of a granule that is read costs the 4 µs of its sketch, wanted or not.
 */
function red(name: string, seconds: number, select: string): DerivedTable {
  const by = 'ServiceName, SpanKind, SpanName, Time';
  return windows(name, seconds, [service, kind, operation], by, seconds < 60 ? 256 : 64, select);
}

/** By service, for pictures of all services: a sketch costs 4 µs to merge, and operations are a hundred times as many. */
function redOfServices(name: string, seconds: number, select: string): DerivedTable {
  return windows(name, seconds, [service, kind], 'Time, ServiceName, SpanKind', 256, select);
}

const redOfSpans = `SELECT toStartOfInterval(toDateTime(Timestamp), INTERVAL 10 SECOND) AS Time, ServiceName, SpanKind, SpanName,
  count() AS Calls, countIf(StatusCode = 'Error') AS Errors, sum(Duration) AS DurationSum, max(Duration) AS DurationMax,
  quantilesDDState(0.01, 0.5, 0.95, 0.99)(Duration) AS DurationQuantiles
FROM otel_traces GROUP BY Time, ServiceName, SpanKind, SpanName`;

/** From the 10 s rollup's rows as they are inserted, not from the spans once more: a tenth less CPU an insert. */
const redOfRollup = rolledUp('obs_red_10s', 'toStartOfMinute(Time)', 'ServiceName, SpanKind, SpanName');

function rolledUp(from: string, time: string, by: string): string {
  return `SELECT ${time} AS Time, ${by},
  sum(Calls) AS Calls, sum(Errors) AS Errors, sum(DurationSum) AS DurationSum, max(DurationMax) AS DurationMax,
  quantilesDDMergeState(0.01, 0.5, 0.95, 0.99)(DurationQuantiles) AS DurationQuantiles
FROM ${from} GROUP BY Time, ${by}`;
}

const traceIndex: DerivedTable = {
  name: 'otel_traces_trace_id_ts',
  timeColumn: 'Start',
  engine: 'AggregatingMergeTree',
  // The day is in the key: without it retention could not drop whole partitions.
  partitionBy: 'toDate(Day)',
  orderBy: 'TraceId, Day',
  granularity: 256,
  // Ids are random, so a lookup reads a granule of each part; the rows are few and small to merge.
  partsToMerge: 3,
  columns: [
    ['TraceId', 'String', '32 hex digits'],
    ['Day', 'Date', 'day of the first span of the block'],
    ['Start', 'SimpleAggregateFunction(min, DateTime64(9))', 'start of the first span'],
    ['End', 'SimpleAggregateFunction(max, DateTime64(9))', 'start of the last span'],
  ],
  fedBy: [
    {
      view: 'otel_traces_trace_id_ts_mv',
      select: `SELECT TraceId, toDate(min(Timestamp)) AS Day, min(Timestamp) AS Start, max(Timestamp) AS End
FROM otel_traces WHERE TraceId != '' GROUP BY TraceId`,
    },
  ],
};

const serviceInstances: DerivedTable = {
  name: 'obs_service_instances',
  timeColumn: 'Hour',
  engine: 'AggregatingMergeTree',
  partitionBy: 'toDate(Hour)',
  orderBy: 'ServiceName, ServiceVersion, Environment, HostName, InstanceId, Hour',
  columns: [
    ['Hour', 'DateTime', 'hour of the spans'],
    ['ServiceName', 'LowCardinality(String)', 'service'],
    ['ServiceVersion', 'LowCardinality(String)', 'service.version'],
    ['Environment', 'LowCardinality(String)', 'deployment.environment.name, or deployment.environment'],
    ['HostName', 'LowCardinality(String)', 'host.name, or k8s.node.name'],
    ['InstanceId', 'String', 'service.instance.id, k8s.pod.name, or host.name and process.pid'],
    ['FirstSeen', 'SimpleAggregateFunction(min, DateTime64(9))', 'first span'],
    ['LastSeen', 'SimpleAggregateFunction(max, DateTime64(9))', 'last span'],
    ['Spans', 'SimpleAggregateFunction(sum, UInt64)', 'spans'],
    ['Errors', 'SimpleAggregateFunction(sum, UInt64)', 'spans with an error'],
  ],
  fedBy: [
    {
      view: 'obs_service_instances_mv',
      select: `SELECT toStartOfHour(toDateTime(Timestamp)) AS Hour, ServiceName,
  ResourceAttributes['service.version'] AS ServiceVersion,
  if(ResourceAttributes['deployment.environment.name'] != '', ResourceAttributes['deployment.environment.name'], ResourceAttributes['deployment.environment']) AS Environment,
  if(ResourceAttributes['host.name'] != '', ResourceAttributes['host.name'], ResourceAttributes['k8s.node.name']) AS HostName,
  multiIf(ResourceAttributes['service.instance.id'] != '', ResourceAttributes['service.instance.id'],
    ResourceAttributes['k8s.pod.name'] != '', ResourceAttributes['k8s.pod.name'],
    ResourceAttributes['process.pid'] != '', concat(HostName, ':', ResourceAttributes['process.pid']), HostName) AS InstanceId,
  min(Timestamp) AS FirstSeen, max(Timestamp) AS LastSeen, count() AS Spans, countIf(StatusCode = 'Error') AS Errors
FROM otel_traces GROUP BY Hour, ServiceName, ServiceVersion, Environment, HostName, InstanceId`,
    },
  ],
};

const logCounts: DerivedTable = {
  name: 'obs_log_counts_10s',
  timeColumn: 'Time',
  engine: 'SummingMergeTree',
  partitionBy: 'toDate(Time)',
  orderBy: 'ServiceName, SeverityNumber, Time',
  columns: [
    ['Time', 'DateTime', 'start of the 10 s window'],
    ['ServiceName', 'LowCardinality(String)', 'service'],
    ['SeverityNumber', 'UInt8', 'as in otel_logs'],
    ['Records', 'UInt64', 'log records'],
  ],
  fedBy: [
    {
      view: 'obs_log_counts_10s_mv',
      select: `SELECT toStartOfInterval(toDateTime(Timestamp), INTERVAL 10 SECOND) AS Time, ServiceName, SeverityNumber, count() AS Records
FROM otel_logs GROUP BY Time, ServiceName, SeverityNumber`,
    },
  ],
};

export const derivedTables: readonly DerivedTable[] = [
  red('obs_red_10s', 10, redOfSpans),
  red('obs_red_1m', 60, redOfRollup),
  redOfServices('obs_red_service_10s', 10, rolledUp('obs_red_10s', 'Time', 'ServiceName, SpanKind')),
  redOfServices(
    'obs_red_service_1m',
    60,
    rolledUp('obs_red_service_10s', 'toStartOfMinute(Time)', 'ServiceName, SpanKind'),
  ),
  traceIndex,
  serviceInstances,
  logCounts,
];
