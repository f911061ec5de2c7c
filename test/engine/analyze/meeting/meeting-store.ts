import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Effect, Layer, ManagedRuntime } from 'effect';
import { telemetryTables, type TelemetryTableName } from '../../../../src/engine/domain/schema/telemetry.ts';
import { embeddedStore } from '../../../../src/engine/store/embedded-store.ts';
import { startQueryEndpoint } from '../../../../src/engine/store/endpoint/query-endpoint.ts';
import { httpQueryClient } from '../../../../src/engine/store/http-query-client.ts';
import { migrate } from '../../../../src/engine/store/migrate.ts';
import { type OwnTables, ownTablesOfStore } from '../../../../src/engine/store/own-tables.ts';
import type { QueryClient } from '../../../../src/engine/store/query-client.ts';
import { quoteName, quoteText } from '../../../../src/engine/store/sql-text.ts';
import { Store } from '../../../../src/engine/store/store.ts';

export interface LogLine {
  readonly timeMs: number;
  readonly service: string;
  readonly body: string;
  readonly severity?: number;
  readonly traceId?: string;
}

export interface SpanRow {
  readonly timeMs: number;
  readonly traceId: string;
  readonly spanId: string;
  readonly parent?: string;
  readonly service: string;
  readonly operation: string;
  readonly kind?: string;
  readonly ms: number;
  readonly failed?: boolean;
  readonly attributes?: Readonly<Record<string, string>>;
  readonly resource?: Readonly<Record<string, string>>;
}

/** A real engine behind the real query endpoint, the analyzer's own tables, and ways to put telemetry in. */
export async function openMeetingStore() {
  const path = mkdtempSync(join(tmpdir(), 'obs-meeting-'));
  const store = Layer.effectDiscard(migrate).pipe(Layer.provideMerge(embeddedStore({ path })));
  const runtime = ManagedRuntime.make(
    Layer.merge(
      Layer.unwrap(
        Effect.map(startQueryEndpoint({ host: '127.0.0.1', port: 0 }), ({ url }) => httpQueryClient({ endpoint: url })),
      ),
      ownTablesOfStore,
    ).pipe(Layer.provideMerge(store), Layer.orDie),
  );
  let files = 0;
  const insert = async (table: TelemetryTableName, rows: readonly object[]): Promise<void> => {
    const file = join(path, `rows-${files++}.ndjson`);
    writeFileSync(file, rows.map((row) => JSON.stringify(row)).join('\n'));
    const columns = telemetryTables[table].columns.filter(({ name }) => name in rows[0]!);
    const structure = columns.map(({ name, type }) => `${quoteName(name)} ${type}`).join(', ');
    const names = columns.map(({ name }) => quoteName(name)).join(', ');
    await command(
      `INSERT INTO ${table} (${names}) SELECT ${names} FROM file(${quoteText(file)}, JSONEachRow, ${quoteText(structure)})`,
    );
    rmSync(file);
  };
  const command = (sql: string): Promise<void> =>
    runtime.runPromise(Effect.flatMap(Store, (inner) => inner.command(sql)));
  return {
    command,
    run: <A, E>(effect: Effect.Effect<A, E, QueryClient | OwnTables>): Promise<A> => runtime.runPromise(effect),
    fails: <A, E>(effect: Effect.Effect<A, E, QueryClient | OwnTables>): Promise<E> =>
      runtime.runPromise(Effect.flip(effect)),
    insertLogs: (lines: readonly LogLine[]): Promise<void> =>
      insert(
        'otel_logs',
        lines.map(({ timeMs, service, body, severity = 9, traceId = '' }) => ({
          Timestamp: timeText(timeMs),
          TraceId: traceId,
          ServiceName: service,
          SeverityNumber: severity,
          Body: body,
        })),
      ),
    insertSpans: (spans: readonly SpanRow[]): Promise<void> =>
      insert(
        'otel_traces',
        spans.map((span) => ({
          Timestamp: timeText(span.timeMs),
          TraceId: span.traceId,
          SpanId: span.spanId,
          ParentSpanId: span.parent ?? '',
          SpanName: span.operation,
          SpanKind: span.kind ?? 'Server',
          ServiceName: span.service,
          ResourceAttributes: span.resource ?? {},
          SpanAttributes: span.attributes ?? {},
          Duration: Math.round(span.ms * 1e6),
          StatusCode: span.failed === true ? 'Error' : 'Unset',
        })),
      ),
    close: async (): Promise<void> => {
      await runtime.dispose();
      rmSync(path, { recursive: true, force: true });
    },
  };
}

export type MeetingStore = Awaited<ReturnType<typeof openMeetingStore>>;

const timeText = (ms: number): string => (ms / 1000).toFixed(3);
