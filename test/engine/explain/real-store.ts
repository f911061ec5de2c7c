import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Effect, Layer, ManagedRuntime } from 'effect';
import { telemetryTables, type TelemetryTableName } from '../../../src/engine/domain/schema/telemetry.ts';
import type { Span, TraceLog } from '../../../src/engine/explain/span.ts';
import { embeddedStore } from '../../../src/engine/store/embedded-store.ts';
import { startQueryEndpoint } from '../../../src/engine/store/endpoint/query-endpoint.ts';
import { httpQueryClient } from '../../../src/engine/store/http-query-client.ts';
import { migrate } from '../../../src/engine/store/migrate.ts';
import type { QueryClient } from '../../../src/engine/store/query-client.ts';
import { quoteName, quoteText } from '../../../src/engine/store/sql-text.ts';
import { Store } from '../../../src/engine/store/store.ts';

/** A real engine behind the real, guarded query endpoint, and a way to put drawn traces into it. */
export async function openExplainStore() {
  const path = mkdtempSync(join(tmpdir(), 'obs-explain-'));
  const runtime = ManagedRuntime.make(
    Layer.unwrap(
      Effect.map(startQueryEndpoint({ host: '127.0.0.1', port: 0 }), ({ url }) => httpQueryClient({ endpoint: url })),
    ).pipe(
      Layer.provideMerge(Layer.effectDiscard(migrate).pipe(Layer.provideMerge(embeddedStore({ path })))),
      Layer.orDie,
    ),
  );
  let files = 0;
  const insert = async (table: TelemetryTableName, rows: readonly object[]): Promise<void> => {
    const file = join(path, `rows-${files++}.ndjson`);
    writeFileSync(file, rows.map((row) => JSON.stringify(row)).join('\n'));
    const columns = telemetryTables[table].columns.filter(({ name }) => name in rows[0]!);
    const structure = columns.map(({ name, type }) => `${quoteName(name)} ${type}`).join(', ');
    const names = columns.map(({ name }) => quoteName(name)).join(', ');
    await runtime.runPromise(
      Effect.flatMap(Store, (store) =>
        store.command(
          `INSERT INTO ${table} (${names}) SELECT ${names} FROM file(${quoteText(file)}, JSONEachRow, ${quoteText(structure)})`,
        ),
      ),
    );
  };
  return {
    run: <A, E>(effect: Effect.Effect<A, E, QueryClient>): Promise<A> => runtime.runPromise(effect),
    /** The error that the effect ends with. */
    fails: <A, E>(effect: Effect.Effect<A, E, QueryClient>): Promise<E> => runtime.runPromise(Effect.flip(effect)),
    /** A statement that no client may send, such as an INSERT into a table of obs's own. */
    command: (sql: string): Promise<void> =>
      runtime.runPromise(Effect.flatMap(Store, (store) => store.command(sql)).pipe(Effect.asVoid)),
    insertSpans: (spans: readonly StoredSpan[]): Promise<void> => insert('otel_traces', spans.map(spanRow)),
    insertLogs: (traceId: string, startUnixMs: number, logs: readonly TraceLog[]): Promise<void> =>
      insert(
        'otel_logs',
        logs.map((log) => ({
          Timestamp: timeText(startUnixMs, log.atNs),
          TraceId: traceId,
          SpanId: log.spanId,
          ServiceName: log.service,
          SeverityText: log.severity,
          SeverityNumber: log.severityNumber,
          Body: log.body,
          LogAttributes: { 'exception.type': log.exceptionType, 'exception.message': log.exceptionMessage },
        })),
      ),
    insertGauges: (
      rows: readonly { service: string; metric: string; unixMs: number; value: number; attributes?: object }[],
    ) =>
      insert(
        'otel_metrics_gauge',
        rows.map((row) => ({
          ServiceName: row.service,
          ResourceAttributes: { 'service.instance.id': `${row.service}-1` },
          MetricName: row.metric,
          MetricUnit: row.metric.includes('memory') ? 'By' : '{connection}',
          Attributes: row.attributes ?? {},
          TimeUnix: timeText(row.unixMs, 0),
          Value: row.value,
        })),
      ),
    close: async (): Promise<void> => {
      await runtime.dispose();
      rmSync(path, { recursive: true, force: true });
    },
  };
}

export interface StoredSpan extends Span {
  readonly traceId: string;
  readonly startUnixMs: number;
}

/** The same drawing as another trace at another time. */
export const at = (spans: readonly Span[], startUnixMs: number, traceId: string): StoredSpan[] =>
  spans.map((span) => ({ ...span, startUnixMs, traceId }));

const spanRow = (span: StoredSpan): object => ({
  Timestamp: timeText(span.startUnixMs, span.startNs),
  TraceId: span.traceId,
  SpanId: span.spanId,
  ParentSpanId: span.parentSpanId,
  SpanName: span.operation,
  SpanKind: span.kind,
  ServiceName: span.service,
  ResourceAttributes: span.resource,
  SpanAttributes: span.attributes,
  Duration: String(span.durationNs),
  StatusCode: span.status,
  StatusMessage: span.statusMessage,
  'Events.Timestamp': span.events.map((event) => timeText(span.startUnixMs, event.atNs)),
  'Events.Name': span.events.map(({ name }) => name),
  'Events.Attributes': span.events.map(({ attributes }) => attributes),
  'Links.TraceId': span.links.map(({ traceId }) => traceId),
  'Links.SpanId': span.links.map(({ spanId }) => spanId),
});

function timeText(unixMs: number, plusNs: number): string {
  const ns = BigInt(unixMs) * 1_000_000n + BigInt(plusNs);
  return `${ns / 1_000_000_000n}.${String(ns % 1_000_000_000n).padStart(9, '0')}`;
}
