import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Effect, Layer, ManagedRuntime } from 'effect';
import { embeddedStore } from '../../../../src/engine/store/embedded-store.ts';
import { startQueryEndpoint } from '../../../../src/engine/store/endpoint/query-endpoint.ts';
import { httpQueryClient } from '../../../../src/engine/store/http-query-client.ts';
import { migrate } from '../../../../src/engine/store/migrate.ts';
import { type OwnTables, ownTablesOfStore } from '../../../../src/engine/store/own-tables.ts';
import type { QueryClient } from '../../../../src/engine/store/query-client.ts';
import { Store } from '../../../../src/engine/store/store.ts';

/** Calls of one operation in one minute, or how long a window is. */
export interface Calls {
  readonly atMs: number;
  readonly service: string;
  readonly operation?: string;
  readonly kind?: string;
  readonly count: number;
  readonly errors?: number;
  readonly ms?: number;
}

export interface Point {
  readonly atMs: number;
  readonly service?: string;
  readonly metric: string;
  readonly value: number;
  readonly unit?: string;
  readonly attributes?: Readonly<Record<string, string>>;
  readonly resource?: Readonly<Record<string, string>>;
  /** A counter's point where it is set. */
  readonly isCounter?: boolean;
}

/** A real engine behind the real, guarded query endpoint, its own tables, and a way to put calls and metrics into it. */
export async function openPredictStore() {
  const path = mkdtempSync(join(tmpdir(), 'obs-predict-'));
  const runtime = ManagedRuntime.make(
    Layer.mergeAll(
      Layer.unwrap(
        Effect.map(startQueryEndpoint({ host: '127.0.0.1', port: 0 }), ({ url }) => httpQueryClient({ endpoint: url })),
      ),
      ownTablesOfStore,
    ).pipe(
      Layer.provideMerge(Layer.effectDiscard(migrate).pipe(Layer.provideMerge(embeddedStore({ path })))),
      Layer.orDie,
    ),
  );
  const command = (sql: string): Promise<void> =>
    runtime.runPromise(Effect.flatMap(Store, (store) => store.command(sql)));
  const insert = async (table: string, rows: readonly object[]): Promise<void> => {
    for (let from = 0; from < rows.length; from += 20_000) {
      const part = rows.slice(from, from + 20_000);
      const columns = Object.keys(part[0]!).join(', ');
      await command(
        `INSERT INTO ${table} (${columns}) FORMAT JSONEachRow\n${part.map((row) => JSON.stringify(row)).join('\n')}`,
      );
    }
  };
  const time = (unixMs: number): string => (unixMs / 1000).toFixed(3);
  return {
    command,
    run: <A, E>(effect: Effect.Effect<A, E, QueryClient | OwnTables>): Promise<A> => runtime.runPromise(effect),
    fails: <A, E>(effect: Effect.Effect<A, E, QueryClient | OwnTables>): Promise<E> =>
      runtime.runPromise(Effect.flip(effect)),
    /** Spans: `errors` of `count` failed, all of one duration. */
    insertCalls: (calls: readonly Calls[]): Promise<void> =>
      insert(
        'otel_traces',
        calls.flatMap(({ atMs, service, operation = 'GET /', kind = 'Server', count, errors = 0, ms = 100 }) =>
          Array.from({ length: count }, (_, index) => ({
            Timestamp: time(atMs),
            ServiceName: service,
            SpanName: operation,
            SpanKind: kind,
            Duration: String(Math.round(ms * 1e6)),
            StatusCode: index < errors ? 'Error' : 'Unset',
          })),
        ),
      ),
    insertPoints: async (points: readonly Point[]): Promise<void> => {
      const row = ({ atMs, service = '', metric, value, unit = '1', attributes = {}, resource = {} }: Point) => ({
        TimeUnix: time(atMs),
        ServiceName: service,
        ResourceAttributes: resource,
        MetricName: metric,
        MetricUnit: unit,
        Attributes: attributes,
        Value: value,
      });
      await insert('otel_metrics_gauge', points.filter(({ isCounter }) => isCounter === undefined).map(row));
      await insert(
        'otel_metrics_sum',
        points
          .filter(({ isCounter }) => isCounter !== undefined)
          .map((point) => ({ ...row(point), IsMonotonic: point.isCounter, AggregationTemporality: 2 })),
      );
    },
    close: async (): Promise<void> => {
      await runtime.dispose();
      rmSync(path, { recursive: true, force: true });
    },
  };
}

export type PredictStore = Awaited<ReturnType<typeof openPredictStore>>;
