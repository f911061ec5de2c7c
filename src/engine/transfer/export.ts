import { Effect, Result, Stream } from 'effect';
import { EngineUnavailable, type QueryFailed, type QueryRefused } from '../domain/errors.ts';
import type { TelemetryTableName } from '../domain/schema/telemetry.ts';
import type { Signal } from '../domain/signals.ts';
import { limits } from '../domain/limits.ts';
import { JsonToProtobuf } from '../otlp/json/json-to-protobuf.ts';
import { requestShapes } from '../otlp/json/message-shapes.ts';
import { QueryClient } from '../store/query-client.ts';
import { logColumns, type LogRecordRow, logsRequest } from './log-rows.ts';
import { metricKinds, type MetricRow, metricsRequest } from './metric-rows.ts';
import { conditionsOf, type ExportRange, isTooMuch, partSlice, planSlices, type Slice, unhurried } from './slices.ts';
import { splitLines } from './split-lines.ts';
import { traceColumns, type TraceRow, tracesRequest } from './trace-rows.ts';

export interface ExportRequest extends ExportRange {
  /** `json`: one request a line. `protobuf`: requests back to back, which protobuf reads as one. */
  readonly encoding: 'json' | 'protobuf';
}

type Failure = QueryFailed | QueryRefused | EngineUnavailable;

const rowsPerRequest = 500;
const settings = {
  ...unhurried,
  output_format_json_quote_denormals: 1,
  output_format_json_quote_64bit_integers: 1,
  output_format_json_map_as_array_of_tuples: 1,
  output_format_json_named_tuples_as_objects: 0,
} as const;
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

/**
 * The stored telemetry as OTLP requests, ready to be written or sent; an import of them gives the same rows. It is asked
 * for in pages that the query endpoint answers, however much there is.
 * @param pageRows rows of a page
 */
export function exportTelemetry(
  request: ExportRequest,
  pageRows: number = limits.transfer.pageRows,
): Stream.Stream<Uint8Array, Failure, QueryClient> {
  const tables = tablesOf(request.signals, request.traceId);
  const wanted = sources.filter(({ table }) => tables.includes(table));
  return Stream.fromIterable(wanted).pipe(Stream.flatMap((source) => exportTable(source, request, pageRows)));
}

function exportTable(
  source: Source,
  request: ExportRequest,
  pageRows: number,
): Stream.Stream<Uint8Array, Failure, QueryClient> {
  return Stream.unwrap(Effect.map(planSlices(source.table, request, pageRows), Stream.fromIterable)).pipe(
    Stream.flatMap((slice) => readSlice(source, request, slice)),
    Stream.grouped(rowsPerRequest),
    Stream.map((lines) => splitByDays([...lines].map((line) => JSON.parse(line) as ExportedRow))),
    Stream.flatMap(Stream.fromIterable),
    Stream.map((rows) => encode(source.signal, source.toRequest(rows as never[]), request.encoding)),
  );
}

/** The lines of a slice. One that is too much for the endpoint, which then sends nothing of it, is read in halves. */
function readSlice(source: Source, request: ExportRequest, slice: Slice): Stream.Stream<string, Failure, QueryClient> {
  const { where, parameters } = conditionsOf(source.table, request, slice);
  const sql = `SELECT ${origin},\n  ${source.columns}\nFROM ${source.table} WHERE ${where} ORDER BY ${source.time}`;
  return Stream.unwrap(
    Effect.gen(function* () {
      const client = yield* QueryClient;
      const bytes = yield* Effect.result(client.bytes(sql, 'JSONEachRow', { parameters, settings }));
      if (Result.isFailure(bytes)) {
        const parts =
          isTooMuch(bytes.failure) && slice.rows > 1
            ? yield* partSlice(source.table, request, slice, Math.floor(slice.rows / 2))
            : [];
        if (parts.length < 2) return yield* bytes.failure;
        return Stream.fromIterable(parts).pipe(Stream.flatMap((part) => readSlice(source, request, part)));
      }
      return Stream.fromAsyncIterable(
        splitLines(bytes.success),
        (error) => new EngineUnavailable({ endpoint: client.endpoint, reason: String(error) }),
      );
    }),
  );
}

/** The tables of some signals; metric points belong to no trace. */
export function tablesOf(signals: readonly Signal[], traceId: string | undefined): readonly TelemetryTableName[] {
  return sources
    .filter(({ signal }) => signals.includes(signal) && !(signal === 'metrics' && traceId !== undefined))
    .map(({ table }) => table);
}

/** What the rows of all signals have: the time by which a receiver sorts them into days. */
interface ExportedRow {
  readonly StartNanos?: string;
  readonly TimeNanos?: string;
}

/** Requests of no more days than a receiver takes in one, so that an import loses nothing of sparse telemetry. */
function splitByDays(rows: readonly ExportedRow[]): readonly (readonly ExportedRow[])[] {
  const requests: ExportedRow[][] = [];
  let days = new Set<bigint>();
  for (const row of rows) {
    // Metric points have a start as well; their own time is what counts.
    const day = BigInt(row.TimeNanos ?? row.StartNanos ?? 0) / dayNanos;
    const isBeyond = !days.has(day) && days.size >= limits.otlp.daysPerRequest;
    if (isBeyond) days = new Set();
    if (isBeyond || requests.length === 0) requests.push([]);
    days.add(day);
    requests.at(-1)?.push(row);
  }
  return requests;
}

const dayNanos = 86_400_000_000_000n;

function encode(signal: Signal, request: object, encoding: ExportRequest['encoding']): Uint8Array {
  const json = Buffer.from(`${JSON.stringify(request)}\n`);
  if (encoding === 'json') return json;
  return new JsonToProtobuf(requestShapes[signal], limits.otlp.nestingDepth).convert(json);
}
