import { Effect, Stream } from 'effect';
import { EngineUnavailable, type QueryFailed, type QueryRefused } from '../domain/errors.ts';
import type { TelemetryTableName } from '../domain/schema/telemetry.ts';
import type { Signal } from '../domain/signals.ts';
import { limits } from '../domain/limits.ts';
import { JsonToProtobuf } from '../otlp/json/json-to-protobuf.ts';
import { requestShapes } from '../otlp/json/message-shapes.ts';
import { QueryClient } from '../store/query-client.ts';
import { logColumns, type LogRecordRow, logsRequest } from './log-rows.ts';
import { metricKinds, type MetricRow, metricsRequest } from './metric-rows.ts';
import { splitLines } from './split-lines.ts';
import { traceColumns, type TraceRow, tracesRequest } from './trace-rows.ts';

/** Which of the stored rows are meant. */
export interface ExportRange {
  readonly signals: readonly Signal[];
  readonly traceId?: string | undefined;
  readonly service?: string | undefined;
  readonly sinceUnixMs: number;
  readonly untilUnixMs: number;
}

export interface ExportRequest extends ExportRange {
  /** `json`: one request a line. `protobuf`: requests back to back, which protobuf reads as one. */
  readonly encoding: 'json' | 'protobuf';
}

const rowsPerRequest = 500;
const origin = `ResourceAttributes, ResourceSchemaUrl, ResourceDroppedAttributesCount, ScopeName, ScopeVersion, ScopeAttributes,
  ScopeDroppedAttrCount, ScopeSchemaUrl, OriginTypes`;

interface Source {
  readonly signal: Signal;
  readonly table: TelemetryTableName;
  readonly time: string;
  readonly columns: string;
  readonly toRequest: (rows: readonly never[]) => object;
}

const sources: readonly Source[] = [
  {
    signal: 'traces',
    table: 'otel_traces',
    time: 'Timestamp',
    columns: traceColumns,
    toRequest: (rows: readonly TraceRow[]) => tracesRequest(rows),
  },
  {
    signal: 'logs',
    table: 'otel_logs',
    time: 'Timestamp',
    columns: logColumns,
    toRequest: (rows: readonly LogRecordRow[]) => logsRequest(rows),
  },
  ...metricKinds.map((kind) => ({
    signal: 'metrics' as const,
    table: kind.table,
    time: 'TimeUnix',
    columns: kind.columns,
    toRequest: (rows: readonly MetricRow[]) => metricsRequest(kind, rows),
  })),
];

/** The stored telemetry as OTLP requests, ready to be written or sent; an import of them gives the same rows. */
export function exportTelemetry(
  request: ExportRequest,
): Stream.Stream<Uint8Array, QueryFailed | QueryRefused | EngineUnavailable, QueryClient> {
  const tables = tablesOf(request.signals, request.traceId);
  const wanted = sources.filter(({ table }) => tables.includes(table));
  return Stream.fromIterable(wanted).pipe(Stream.flatMap((source) => exportTable(source, request)));
}

function exportTable(
  source: Source,
  request: ExportRequest,
): Stream.Stream<Uint8Array, QueryFailed | QueryRefused | EngineUnavailable, QueryClient> {
  const { sql, parameters } = statement(source, request);
  return Stream.unwrap(
    Effect.gen(function* () {
      const client = yield* QueryClient;
      const bytes = yield* client.bytes(sql, 'JSONEachRow', {
        parameters,
        settings: {
          output_format_json_quote_denormals: 1,
          output_format_json_quote_64bit_integers: 1,
          output_format_json_map_as_array_of_tuples: 1,
          output_format_json_named_tuples_as_objects: 0,
        },
      });
      return Stream.fromAsyncIterable(
        splitLines(bytes),
        (error) => new EngineUnavailable({ endpoint: client.endpoint, reason: String(error) }),
      );
    }),
  ).pipe(
    Stream.grouped(rowsPerRequest),
    Stream.map((lines) =>
      encode(source.signal, source.toRequest([...lines].map((line) => JSON.parse(line) as never)), request.encoding),
    ),
  );
}

/** The tables of some signals; metric points belong to no trace. */
export function tablesOf(signals: readonly Signal[], traceId: string | undefined): readonly TelemetryTableName[] {
  return sources
    .filter(({ signal }) => signals.includes(signal) && !(signal === 'metrics' && traceId !== undefined))
    .map(({ table }) => table);
}

/** A range as a condition over a table's time column. */
export function conditionsOf(
  time: string,
  request: ExportRange,
): { where: string; parameters: Record<string, string | number> } {
  const parameters: Record<string, string | number> = {
    since: Math.floor(request.sinceUnixMs),
    until: Math.ceil(request.untilUnixMs),
  };
  const conditions = [
    `${time} >= fromUnixTimestamp64Milli({since:Int64})`,
    `${time} < fromUnixTimestamp64Milli({until:Int64})`,
  ];
  if (request.service !== undefined) {
    conditions.push('ServiceName = {service:String}');
    parameters['service'] = request.service;
  }
  if (request.traceId !== undefined) {
    conditions.push('TraceId = {trace:String}');
    parameters['trace'] = request.traceId.toLowerCase();
  }
  return { where: conditions.join(' AND '), parameters };
}

function statement(
  source: Source,
  request: ExportRequest,
): { sql: string; parameters: Record<string, string | number> } {
  const { where, parameters } = conditionsOf(source.time, request);
  return {
    sql: `SELECT ${origin},\n  ${source.columns}\nFROM ${source.table} WHERE ${where} ORDER BY ${source.time}`,
    parameters,
  };
}

function encode(signal: Signal, request: object, encoding: ExportRequest['encoding']): Uint8Array {
  const json = Buffer.from(`${JSON.stringify(request)}\n`);
  if (encoding === 'json') return json;
  return new JsonToProtobuf(requestShapes[signal], limits.otlp.nestingDepth).convert(json);
}
