import type { Statement } from './statement.ts';

/** What its ClickHouse client sends beside every statement of the views. */
const ofViews = {
  date_time_output_format: 'iso',
  wait_end_of_query: '0',
  cancel_http_readonly_queries_on_client_close: '1',
  output_format_json_quote_64bit_integers: '1',
};
/** … and beside those that look for keys and values to offer. */
const ofKeys = { timeout_overflow_mode: 'break', max_execution_time: '15', max_rows_to_read: '0' };
const ofValues = { read_overflow_mode: 'break', max_rows_to_read: '3000000' };

/**
 * Of the shapes that hyperdxio/hyperdx makes: packages/common-utils/src/core/metadata.ts (schema, keys, values),
 * core/renderChartConfig.ts with its snapshots (charts, search, metrics), and packages/app/src (search results with
 * their histogram, trace waterfall, row panel, service map).
 */
export function hyperdxStatements(traceId: string, startUnixMs: number): readonly Statement[] {
  const from = startUnixMs - 3_600_000;
  const to = startUnixMs + 3_600_000;
  const within = (column: string): string =>
    `(${column} >= fromUnixTimestamp64Milli(${from}) AND ${column} <= fromUnixTimestamp64Milli(${to}))`;
  const bucket = (column: string, step: string): string =>
    `toStartOfInterval(toDateTime(${column}), INTERVAL ${step}) AS \`__hdx_time_bucket\``;
  const fill = `WITH FILL FROM toUnixTimestamp(toStartOfInterval(fromUnixTimestamp64Milli(${from}), INTERVAL 1 minute))
    TO toUnixTimestamp(toStartOfInterval(fromUnixTimestamp64Milli(${to}), INTERVAL 1 minute)) STEP 60`;
  const querySettings = `SETTINGS short_circuit_function_evaluation = 'force_enable', optimize_read_in_order = 0,
    cast_keep_nullable = 1, count_distinct_implementation = 'uniqCombined64'`;
  const table = { HYPERDX_PARAM_1: 'default', HYPERDX_PARAM_2: 'otel_traces' };
  return [
    { of: 'connection test', sql: 'SELECT 1', settings: ofViews },
    { of: 'databases', sql: 'SHOW DATABASES' },
    { of: 'tables', sql: 'SHOW TABLES FROM {db:Identifier}', parameters: { db: 'default' } },
    {
      of: 'metadata of a table',
      sql: `SELECT * FROM system.tables WHERE database = {HYPERDX_PARAM_1:String} AND name = {HYPERDX_PARAM_2:String} LIMIT 1`,
      parameters: table,
    },
    {
      of: 'columns',
      sql: 'DESCRIBE {HYPERDX_PARAM_1:Identifier}.{HYPERDX_PARAM_2:Identifier}',
      parameters: table,
    },
    {
      of: 'skip indices',
      sql: `SELECT name, type, type_full as typeFull, expr as expression, granularity FROM system.data_skipping_indices
        WHERE database = {HYPERDX_PARAM_1:String} AND table = {HYPERDX_PARAM_2:String}`,
      parameters: table,
    },
    {
      of: 'materialized views into a table',
      sql: `SELECT database as databaseName, name as tableName FROM system.tables
        WHERE engine = 'MaterializedView' AND create_table_query LIKE {to:String}`,
      parameters: { to: '%TO default.otel_traces_trace_id_ts%' },
    },
    { of: 'settings of the server', sql: 'SELECT name, value FROM system.settings' },
    {
      of: 'OpenTelemetry tables',
      sql: `SELECT database, name FROM system.tables WHERE (database != 'system')
        AND (name IN ({a:String},{b:String},{c:String})) ORDER BY database, name`,
      parameters: { a: 'otel_logs', b: 'otel_traces', c: 'hyperdx_sessions' },
    },
    {
      of: 'keys of a map',
      sql: `WITH sampledKeys as (SELECT {c:Identifier}.keys AS keysArr FROM {d:Identifier}.{t:Identifier} LIMIT {n:Int32})
        SELECT DISTINCT lowCardinalityKeys(arrayJoin(keysArr)) as key FROM sampledKeys LIMIT {m:Int32}`,
      parameters: { c: 'SpanAttributes', d: 'default', t: 'otel_traces', n: '3000000', m: '1000' },
      settings: ofKeys,
    },
    {
      of: 'values of a key',
      sql: `SELECT DISTINCT {c:Identifier}[{k:String}] as value FROM {d:Identifier}.{t:Identifier}
        WHERE value != '' LIMIT {n:Int32}`,
      parameters: { c: 'SpanAttributes', k: 'http.request.method', d: 'default', t: 'otel_traces', n: '20' },
      settings: ofValues,
    },
    {
      of: 'values for the filters',
      sql: `WITH sampledData AS (SELECT ServiceName as param0, SpanAttributes['http.request.method'] as param1
          FROM default.otel_traces WHERE ${within('Timestamp')} LIMIT 3000000)
        SELECT groupUniqArray(20)(param0) AS param0, groupUniqArray(20)(param1) AS param1 FROM sampledData`,
      settings: ofKeys,
    },
    {
      of: 'distribution of values, sampled',
      sql: `WITH tableStats AS (SELECT count() as total, greatest(CAST(total / 100000 AS UInt32), 1) as sample_factor
          FROM default.otel_traces WHERE ${within('Timestamp')})
        SELECT ServiceName AS __hdx_value, count() as __hdx_count,
          __hdx_count / (sum(__hdx_count) OVER ()) * 100 AS __hdx_percentage
        FROM default.otel_traces WHERE ${within('Timestamp')}
          AND (cityHash64(Timestamp, rand()) % (SELECT sample_factor FROM tableStats) = 0)
        GROUP BY __hdx_value ORDER BY __hdx_percentage DESC LIMIT 100`,
      settings: { max_rows_to_group_by: '1000', group_by_overflow_mode: 'any', max_rows_to_read: '0' },
    },
    {
      of: 'search of logs',
      sql: `SELECT Timestamp, ServiceName as service, SeverityText as level, Body, TraceId, SpanId, TimestampTime
        FROM (SELECT *, toDateTime(Timestamp) AS TimestampTime FROM default.otel_logs)
        WHERE ${within('Timestamp')} AND ((hasToken(lower(Body), lower('order')) OR lower(Body) LIKE lower('%order%')))
        ORDER BY (toDateTime(Timestamp), Timestamp) DESC LIMIT 200 OFFSET 0`,
      settings: ofViews,
    },
    {
      of: 'search of spans by an attribute, with Lucene semantics',
      sql: `SELECT Timestamp, ServiceName as service, StatusCode as level, round(Duration / 1e6) as duration, SpanName
        FROM default.otel_traces WHERE ${within('Timestamp')}
          AND ((\`SpanAttributes\`['http.request.method'] IN ('GET','POST','PUT'))
          AND indexHint(mapContains(\`SpanAttributes\`, 'http.request.method')))
        ORDER BY Timestamp DESC LIMIT 200 ${querySettings}`,
      settings: ofViews,
    },
    {
      of: 'histogram above the search',
      sql: `SELECT count(), SeverityText, ${bucket('Timestamp', '1 minute')} FROM default.otel_logs WHERE ${within('Timestamp')}
        GROUP BY SeverityText, ${bucket('Timestamp', '1 minute')}
        ORDER BY ${bucket('Timestamp', '1 minute')}`,
      settings: ofViews,
    },
    {
      of: 'chart of latencies',
      sql: `SELECT quantile(0.95)(toFloat64OrDefault(toString(Duration))), countIf(StatusCode = 'Error') / count() AS failed,
          ServiceName, ${bucket('Timestamp', '5 minute')}
        FROM default.otel_traces WHERE ${within('Timestamp')} GROUP BY ServiceName, ${bucket('Timestamp', '5 minute')}
        HAVING count(*) > 0 ORDER BY ${bucket('Timestamp', '5 minute')} ${querySettings}`,
      settings: ofViews,
    },
    {
      of: 'chart of a gauge, with empty times filled',
      sql: `SELECT quantile(0.95)(toFloat64OrNull(toString(Value))), ${bucket('TimeUnix', '1 minute')}
        FROM default.otel_metrics_gauge WHERE ${within('TimeUnix')} AND (MetricName = 'process.memory.usage')
        GROUP BY ${bucket('TimeUnix', '1 minute')} ORDER BY ${bucket('TimeUnix', '1 minute')} ${fill} LIMIT 10`,
      settings: ofViews,
    },
    {
      of: 'chart of a counter',
      sql: `WITH Source AS (SELECT *, cityHash64(mapConcat(ScopeAttributes, ResourceAttributes, Attributes)) AS AttributesHash,
            any(AttributesHash) OVER (ORDER BY AttributesHash, TimeUnix ROWS BETWEEN 1 PRECEDING AND 1 PRECEDING) AS PrevAttributesHash,
            any(Value) OVER (ORDER BY AttributesHash, TimeUnix ROWS BETWEEN 1 PRECEDING AND 1 PRECEDING) AS PrevValue,
            IF(AggregationTemporality = 1, Value, IF(Value - PrevValue < 0 AND AttributesHash = PrevAttributesHash, Value,
              IF(AttributesHash != PrevAttributesHash, 0, Value - PrevValue))) AS Rate
          FROM default.otel_metrics_sum WHERE MetricName = 'http.server.requests'),
        Bucketed AS (SELECT toStartOfInterval(toDateTime(TimeUnix), INTERVAL 5 minute) AS \`__hdx_time_bucket2\`, AttributesHash,
            last_value(Source.Rate) AS \`__hdx_value_high\`, any(ResourceAttributes) AS ResourceAttributes, any(IsMonotonic) AS IsMonotonic
          FROM Source GROUP BY AttributesHash, \`__hdx_time_bucket2\` ORDER BY AttributesHash, \`__hdx_time_bucket2\`)
        SELECT avg(toFloat64OrDefault(toString(\`__hdx_value_high\`))), ${bucket('__hdx_time_bucket2', '5 minute')} FROM Bucketed
        GROUP BY ${bucket('__hdx_time_bucket2', '5 minute')} LIMIT 10`,
      settings: ofViews,
    },
    {
      of: 'quantile of a histogram',
      sql: `WITH source AS (SELECT MetricName, ExplicitBounds, ${bucket('TimeUnix', '2 minute')},
            [ResourceAttributes['service.name']] as group, sumForEach(deltas) as rates
          FROM (SELECT TimeUnix, MetricName, ResourceAttributes, ExplicitBounds, attr_hash, bounds_hash, counts,
              any(attr_hash) OVER (ROWS BETWEEN 1 preceding AND 1 preceding) AS prev_attr_hash,
              any(bounds_hash) OVER (ROWS BETWEEN 1 preceding AND 1 preceding) AS prev_bounds_hash,
              any(counts) OVER (ROWS BETWEEN 1 preceding AND 1 preceding) AS prev_counts,
              IF(AggregationTemporality = 1 OR prev_attr_hash != attr_hash OR bounds_hash != prev_bounds_hash
                OR arrayExists((x) -> x.2 < x.1, arrayZip(prev_counts, counts)), counts, counts - prev_counts) AS deltas
            FROM (SELECT TimeUnix, MetricName, AggregationTemporality, ExplicitBounds, ResourceAttributes, Attributes,
                cityHash64(mapConcat(ScopeAttributes, ResourceAttributes, Attributes)) AS attr_hash,
                cityHash64(ExplicitBounds) AS bounds_hash, CAST(BucketCounts AS Array(Int64)) counts
              FROM default.otel_metrics_histogram WHERE ${within('TimeUnix')} AND ((MetricName = 'http.server.request.duration'))
              ORDER BY attr_hash, TimeUnix ASC))
          GROUP BY \`__hdx_time_bucket\`, MetricName, group, ExplicitBounds ORDER BY \`__hdx_time_bucket\`),
        points AS (SELECT \`__hdx_time_bucket\`, MetricName, group, arrayZipUnaligned(arrayCumSum(rates), ExplicitBounds) as point,
            length(point) as n FROM source)
        SELECT \`__hdx_time_bucket\`, group, point[n].1 * 0.95 AS rank, arrayFirstIndex(x -> if(x.1 > rank, 1, 0), point) AS upper_idx
        FROM points WHERE length(point) > 1 AND point[n].1 > 0 LIMIT 10 ${querySettings}`,
      settings: ofViews,
    },
    {
      of: 'waterfall of a trace',
      sql: `SELECT Timestamp, SpanName as Body, toFloat64OrZero(toString(Duration)) / 1e9 as Duration, SpanId, ParentSpanId,
          ServiceName, StatusCode, ResourceAttributes, SpanAttributes, Events.Timestamp as SpanEventTimes, Events.Name as SpanEvents
        FROM default.otel_traces WHERE ${within('Timestamp')} AND (TraceId = '${traceId}')
        ORDER BY Timestamp ASC LIMIT 50000`,
      settings: ofViews,
    },
    {
      of: 'logs of a trace',
      sql: `SELECT Timestamp, Body, SpanId, ServiceName, SeverityText FROM default.otel_logs
        WHERE ${within('Timestamp')} AND (TraceId = '${traceId}') ORDER BY Timestamp ASC LIMIT 50000`,
      settings: ofViews,
      empty: true,
    },
    {
      of: 'panel of one row',
      sql: `SELECT *, Timestamp AS "__hdx_timestamp", SpanName AS "__hdx_body", TraceId AS "__hdx_trace_id",
          ResourceAttributes AS "__hdx_resource_attributes", SpanAttributes AS "__hdx_event_attributes",
          arrayMap((et, en, ea) -> map('Timestamp', toString(et), 'Name', en, 'Attributes', toJSONString(ea)),
            Events.Timestamp, Events.Name, Events.Attributes) AS "__hdx_events_exception_attributes"
        FROM default.otel_traces WHERE (TraceId = '${traceId}') LIMIT 1`,
      settings: ofViews,
    },
    {
      of: 'service map',
      sql: `WITH ServerSpans AS (SELECT TraceId, SpanId, ParentSpanId, ServiceName AS serverServiceName, StatusCode AS serverStatusCode
            FROM default.otel_traces WHERE ${within('Timestamp')} AND SpanKind IN ('Server', 'Consumer')),
        ClientSpans AS (SELECT TraceId, SpanId AS clientSpanId, ServiceName AS clientServiceName
            FROM default.otel_traces WHERE ${within('Timestamp')} AND SpanKind IN ('Client', 'Producer'))
        SELECT serverServiceName, clientServiceName, count(*) * 1 AS requestCount, serverStatusCode
        FROM ServerSpans LEFT JOIN ClientSpans
          ON ServerSpans.TraceId = ClientSpans.TraceId AND ServerSpans.ParentSpanId = ClientSpans.clientSpanId
        WHERE ClientSpans.clientServiceName IS NULL OR ServerSpans.serverServiceName != ClientSpans.clientServiceName
        GROUP BY serverServiceName, serverStatusCode, clientServiceName`,
      settings: ofViews,
    },
    {
      of: 'plan of a search',
      sql: `EXPLAIN ESTIMATE SELECT Timestamp FROM default.otel_traces WHERE ${within('Timestamp')}`,
    },
    {
      of: 'sample for patterns',
      sql: `WITH tableStats AS (SELECT count() as total FROM default.otel_logs WHERE ${within('Timestamp')})
        SELECT Body AS __hdx_pattern_field, Timestamp AS __hdx_timestamp, SeverityText FROM default.otel_logs
        WHERE ${within('Timestamp')} AND (if((SELECT total FROM tableStats) <= 10000, 1,
          cityHash64(Timestamp, rand()) % greatest(CAST((SELECT total FROM tableStats) / 10000 AS UInt32), 1) = 0))
        ORDER BY rand() DESC LIMIT 10000`,
      settings: ofViews,
    },
  ];
}
