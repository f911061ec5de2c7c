import type { Statement } from './statement.ts';

const json = (column: string): string =>
  `arrayMap(key -> map('key', key, 'value',"${column}"[key]), mapKeys("${column}"))`;
/** `$__fromTime` and `$__toTime` as the data source fills them in (pkg/macros). */
const within = (column: string, fromMs: number): string =>
  `( ${column} >= toDateTime(${Math.floor(fromMs / 1000) - 3600}) AND ${column} <= toDateTime(${Math.floor(fromMs / 1000) + 3600}) )`;
const inMilliseconds = (column: string, fromMs: number): string =>
  `${column} >= fromUnixTimestamp64Milli(${fromMs - 3_600_000}) AND ${column} <= fromUnixTimestamp64Milli(${fromMs + 3_600_000})`;

/**
 * Of the shapes that grafana/clickhouse-datasource makes: src/data/sqlGenerator.ts (query builder with OTel enabled),
 * src/data/CHDatasource.ts (lists for its editors, log volume), pkg/plugin/driver.go and pkg/converters (health).
 * The data source speaks through clickhouse-go, whose HTTP interface is tried as a program of its own.
 */
export function grafanaStatements(traceId: string, startUnixMs: number): readonly Statement[] {
  const spanColumns = `"TraceId" as traceID, "SpanId" as spanID, "ParentSpanId" as parentSpanID,
    "ServiceName" as serviceName, "SpanName" as operationName,
    multiply(toUnixTimestamp64Nano("Timestamp"), 0.000001) as startTime, multiply("Duration", 0.000001) as duration,
    ${json('SpanAttributes')} as tags, ${json('ResourceAttributes')} as serviceTags,
    if("StatusCode" IN ('Error', 'STATUS_CODE_ERROR'), 2, 0) as statusCode`;
  const traceTimes = `WITH '${traceId}' as trace_id,
    (SELECT min(Start) FROM "default"."otel_traces_trace_id_ts" WHERE TraceId = trace_id) as trace_start,
    (SELECT max(End) + 1 FROM "default"."otel_traces_trace_id_ts" WHERE TraceId = trace_id) as trace_end`;
  const ofTrace = `FROM "default"."otel_traces"
    WHERE traceID = trace_id AND "Timestamp" >= trace_start AND "Timestamp" <= trace_end LIMIT 1000`;
  const events = `arrayMap((name, timestamp, attributes) -> tuple(name, toString(toUnixTimestamp64Milli(timestamp)),
      arrayMap( key -> map('key', key, 'value', attributes[key]), mapKeys(attributes)))::Tuple(name String, timestamp String, fields Array(Map(String, String))),
      "Events".Name, "Events".Timestamp, "Events".Attributes) AS logs`;
  const links = `arrayMap((traceID, spanID, attributes) -> tuple(traceID, spanID,
      arrayMap(key -> map('key', key, 'value', attributes[key]), mapKeys(attributes)))::Tuple(traceID String, spanID String, tags Array(Map(String, String))),
      "Links".TraceId, "Links".SpanId, "Links".Attributes) AS references`;
  const levels = Object.entries({
    critical: 'critical',
    error: 'error',
    warn: 'warn',
    info: 'info',
    debug: 'debug',
    trace: 'trace',
    unknown: 'unknown',
  })
    .map(
      ([alias, level]) =>
        `sum(multiSearchAny(toString("SeverityText"), ['${level}','${level.toUpperCase()}'])) as ${alias}`,
    )
    .join(', ');
  return [
    { of: 'health check: ping', sql: 'SELECT 1' },
    { of: 'config: version', sql: 'SELECT version()' },
    { of: 'config: databases', sql: 'SHOW DATABASES' },
    { of: 'config: tables', sql: 'SHOW TABLES FROM "default"' },
    { of: 'editor: tables', sql: `SELECT name FROM system.tables WHERE database = 'default'` },
    { of: 'editor: columns', sql: `DESC TABLE "default"."otel_traces"` },
    {
      of: 'editor: columns with aliases',
      sql: `SELECT name, type, table FROM system.columns WHERE database IN ('default') AND table = 'otel_logs'`,
    },
    {
      of: 'editor: does the table of trace times exist',
      sql: `SELECT name FROM system.tables WHERE database = 'default' AND name = 'otel_traces_trace_id_ts'`,
    },
    { of: 'editor: functions', sql: `SELECT name FROM system.functions` },
    {
      of: 'editor: all map keys',
      sql: `SELECT DISTINCT arrayJoin(SpanAttributes.keys) as keys FROM otel_traces LIMIT 1000`,
    },
    {
      of: 'ad hoc filter: values',
      sql: `SELECT distinct ServiceName FROM default.otel_traces limit 1000`,
      settings: { max_execution_time: '60' },
    },
    { of: 'trace by id, with the table of trace times', sql: `${traceTimes} SELECT ${spanColumns} ${ofTrace}` },
    {
      of: 'trace by id, events, links and more',
      sql: `${traceTimes} SELECT ${spanColumns}, ${events}, ${links}, "SpanKind" as kind, "StatusMessage" as statusMessage,
        "ScopeName" as instrumentationLibraryName, "ScopeVersion" as instrumentationLibraryVersion,
        "TraceState" as traceState ${ofTrace}`,
    },
    {
      of: 'trace by id, events flattened',
      sql: `${traceTimes} SELECT ${spanColumns},
        arrayMap((name, at) -> tuple(multiply(toFloat64(at), 1000), [map('key', 'message', 'value', name)])::Tuple(timestamp Float64, fields Array(Map(String, String))),
          "Events.Name", "Events.Timestamp") as logs ${ofTrace}`,
    },
    {
      of: 'trace by id, without the table of trace times',
      sql: `SELECT ${spanColumns} FROM "default"."otel_traces" WHERE traceID = '${traceId}' LIMIT 1000`,
    },
    {
      of: 'trace search',
      sql: `SELECT "TraceId" as traceID, "ServiceName" as serviceName, "SpanName" as operationName, "Timestamp" as startTime,
        multiply("Duration", 0.000001) as duration FROM "default"."otel_traces"
        WHERE ${within('Timestamp', startUnixMs)} AND ( ParentSpanId = '' ) AND ( Duration > 0 )
        ORDER BY Timestamp DESC, Duration DESC LIMIT 1000`,
    },
    {
      of: 'logs',
      sql: `SELECT Timestamp as "timestamp", Body as "body", SeverityText as "level", LogAttributes as "labels", TraceId as "traceID"
        FROM "default"."otel_logs" WHERE ${within('timestamp', startUnixMs)} AND ( body LIKE '%order%' )
        ORDER BY timestamp DESC LIMIT 1000`,
    },
    {
      of: 'log volume',
      sql: `SELECT toStartOfInterval("Timestamp", INTERVAL 60 second) as "time", ${levels} FROM "default"."otel_logs"
        WHERE ${within('Timestamp', startUnixMs)} GROUP BY time ORDER BY time ASC`,
    },
    {
      of: 'log context',
      sql: `SELECT Timestamp as "timestamp", Body as "body" FROM "default"."otel_logs"
        WHERE ( timestamp >= toDateTime64(${(startUnixMs - 60_000) / 1000}, 9) ) AND ( ServiceName = 'checkout' )
        ORDER BY timestamp ASC LIMIT 10`,
    },
    {
      of: 'time series with $__timeInterval',
      sql: `SELECT toStartOfInterval(toDateTime(Timestamp), INTERVAL 60 second) as "time", ServiceName, count() as spans,
          quantile(0.99)(Duration) / 1000000 as p99
        FROM "default"."otel_traces" WHERE ${within('Timestamp', startUnixMs)} GROUP BY time, ServiceName ORDER BY time ASC LIMIT 1000`,
    },
    {
      of: 'time series with $__timeFilter_ms and $__timeInterval_ms',
      sql: `SELECT toStartOfInterval(toDateTime64(TimeUnix, 3), INTERVAL 5000 millisecond) as t, MetricName, avg(Value)
        FROM otel_metrics_gauge WHERE ${inMilliseconds('TimeUnix', startUnixMs)} GROUP BY t, MetricName ORDER BY t`,
    },
    {
      of: 'time series with $__dateFilter',
      sql: `SELECT toDate(Timestamp) as day, count() FROM otel_traces
        WHERE Timestamp >= toDate('2020-01-01') AND Timestamp <= toDate('2100-01-01') GROUP BY day`,
    },
    {
      of: 'rate of a counter, with window functions',
      sql: `SELECT TimeUnix as time, Value - lagInFrame(Value) OVER (PARTITION BY Attributes ORDER BY TimeUnix) as increase
        FROM otel_metrics_sum WHERE MetricName = 'http.server.requests' ORDER BY time`,
    },
    {
      of: 'annotations',
      sql: `SELECT Timestamp as time, SpanName as text, ServiceName as tags FROM otel_traces
        WHERE StatusCode = 'Error' AND ${within('Timestamp', startUnixMs)} LIMIT 100`,
    },
  ];
}

/** Ad hoc filters of a dashboard: SQL within a setting. */
export const grafanaAdHocFilter = `SELECT count() FROM otel_traces SETTINGS
  additional_table_filters={'otel_traces' : ' ServiceName = \\'checkout\\' '}`;
