import { Effect } from 'effect';
import type { EngineUnavailable, QueryFailed } from '../../../src/engine/domain/errors.ts';
import { telemetryTables, type TelemetryTableName } from '../../../src/engine/domain/schema/telemetry.ts';
import { quoteName, quoteText } from '../../../src/engine/store/sql-text.ts';
import { Store } from '../../../src/engine/store/store.ts';

export interface SegmentContent {
  readonly table: TelemetryTableName;
  readonly path: string;
  readonly rows: number;
  /** SQL by column over `number` (0 …); the others get their type's default. */
  readonly values: Readonly<Record<string, string>>;
  /** Rows of each Native block in the file. */
  readonly blockRows?: number;
}

/** Writes a segment as the spool does, frame column in front, but with ClickHouse's own Native writer. */
export function writeSegmentFile(content: SegmentContent): Effect.Effect<void, QueryFailed | EngineUnavailable, Store> {
  const { columns } = telemetryTables[content.table];
  const structure = ['`_frame0` UInt8', ...columns.map(({ name, type }) => `${quoteName(name)} ${type}`)].join(', ');
  const values = columns.map(({ name, type }) => {
    const value = content.values[name] ?? `defaultValueOfTypeName(${quoteText(type)})`;
    return `CAST(${value}, ${quoteText(type)}) AS ${quoteName(name)}`;
  });
  return Effect.flatMap(Store, (store) =>
    store.command(
      `INSERT INTO FUNCTION file(${quoteText(content.path)}, Native, ${quoteText(structure)})
SELECT toUInt8(7) AS \`_frame0\`, ${values.join(', ')} FROM numbers(${content.rows})
SETTINGS max_block_size = ${content.blockRows ?? 8192}, min_insert_block_size_rows = 0, min_insert_block_size_bytes = 0,
  max_threads = 1, engine_file_truncate_on_insert = 1`,
    ),
  );
}

/**
 * Spans of a shop of seven services: ten a trace, the first one the root, 15 attributes and 5 of the resource,
 * every twentieth an error, a thousand a second from `start` (SQL). `first`: number of the first one.
 */
export function shopSpans(start: string, first = 0): Readonly<Record<string, string>> {
  const n = `(number + ${first})`;
  const service = `'service-' || toString(${n} % 7)`;
  return {
    Timestamp: `${start} + toIntervalMillisecond(${n})`,
    TraceId: `lower(hex(MD5(toString(intDiv(${n}, 10)))))`,
    SpanId: `leftPad(lower(hex(${n} + 1)), 16, '0')`,
    ParentSpanId: `if(${n} % 10 = 0, '', leftPad(lower(hex(${n})), 16, '0'))`,
    SpanName: `'GET /api/' || toString(${n} % 50)`,
    SpanKind: "'Server'",
    ServiceName: service,
    ResourceAttributes: `map('service.name', ${service}, 'service.version', '1.2.0', 'host.name', 'host-' || toString(${n} % 3), 'process.pid', '123', 'deployment.environment.name', 'production')`,
    SpanAttributes: `map('http.request.method', 'GET', 'http.route', '/api/' || toString(${n} % 50), 'http.response.status_code', '200',
      'client.address', '10.0.0.' || toString(${n} % 250), 'user.id', toString(cityHash64(${n}) % 10000), 'order.id', toString(cityHash64(${n})),
      'a1', 'one', 'a2', 'two', 'a3', 'three', 'a4', 'four', 'a5', 'five', 'a6', 'six', 'a7', 'seven', 'a8', 'eight', 'a9', 'nine')`,
    Duration: `cityHash64(${n}) % 1000000000`,
    StatusCode: `if(${n} % 20 = 0, 'Error', 'Unset')`,
  };
}
