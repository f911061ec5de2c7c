import { Effect, Layer, ManagedRuntime } from 'effect';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EngineUnavailable, QueryFailed } from '../../../../src/engine/domain/errors.ts';
import { embeddedStore } from '../../../../src/engine/store/embedded-store.ts';
import { startQueryEndpoint } from '../../../../src/engine/store/endpoint/query-endpoint.ts';
import { httpQueryClient } from '../../../../src/engine/store/http-query-client.ts';
import { migrate } from '../../../../src/engine/store/migrate.ts';
import { OwnTables, ownTablesOver } from '../../../../src/engine/store/own-tables.ts';
import { QueryClient } from '../../../../src/engine/store/query-client.ts';
import { quoteText } from '../../../../src/engine/store/sql-text.ts';
import { Store } from '../../../../src/engine/store/store.ts';

/** A real engine behind the real query endpoint, with the analyzer's way to write, and all statements that went either way. */
export async function openFeaturesStore() {
  const path = mkdtempSync(join(tmpdir(), 'obs-features-'));
  const sent: string[] = [];
  const base = Layer.unwrap(
    Effect.map(startQueryEndpoint({ host: '127.0.0.1', port: 0 }), ({ url }) => httpQueryClient({ endpoint: url })),
  ).pipe(Layer.provideMerge(Layer.effectDiscard(migrate).pipe(Layer.provideMerge(embeddedStore({ path })))));
  const overheard = Layer.effect(
    QueryClient,
    Effect.map(QueryClient, (client) =>
      QueryClient.of({
        ...client,
        rows: (sql, options) => {
          sent.push(sql);
          return client.rows(sql, options);
        },
      }),
    ),
  );
  const own = Layer.effect(
    OwnTables,
    Effect.map(Store, (store) =>
      ownTablesOver((sql) => {
        sent.push(sql);
        return store.command(sql);
      }),
    ),
  );
  const runtime = ManagedRuntime.make(Layer.mergeAll(overheard, own).pipe(Layer.provideMerge(base), Layer.orDie));
  const command = (sql: string): Promise<void> =>
    runtime.runPromise(Effect.flatMap(Store, (store) => store.command(sql)));
  return {
    sent,
    run: <A>(effect: Effect.Effect<A, QueryFailed | EngineUnavailable, QueryClient | OwnTables>): Promise<A> =>
      runtime.runPromise(effect),
    /** The same for whatever an engine may say or need. */
    any: <A, E>(effect: Effect.Effect<A, E, QueryClient | OwnTables | Store>): Promise<A> => runtime.runPromise(effect),
    command,
    rows: <Row>(sql: string): Promise<readonly Row[]> =>
      runtime.runPromise(Effect.flatMap(QueryClient, (client) => client.rows<Row>(sql))),
    /** Spans, logs or points, as rows whose texts, numbers and maps are written as they are. Times: Unix milliseconds. */
    insert: (table: string, rows: readonly Readonly<Record<string, unknown>>[]): Promise<void> => {
      const names = Object.keys(rows[0] ?? {});
      const values = rows.map((row) => `(${names.map((name) => literal(name, row[name])).join(', ')})`);
      return command(`INSERT INTO ${table} (${names.join(', ')}) VALUES ${values.join(', ')}`);
    },
    close: async (): Promise<void> => {
      await runtime.dispose();
      rmSync(path, { recursive: true, force: true });
    },
  };
}

export type FeaturesStore = Awaited<ReturnType<typeof openFeaturesStore>>;

function literal(column: string, value: unknown): string {
  if (/^Timestamp$|Unix$/.test(column)) return `fromUnixTimestamp64Nano(${Math.round(Number(value) * 1000)}000)`;
  if (typeof value === 'string') return quoteText(value);
  if (typeof value !== 'object' || value === null) return String(value);
  return `map(${Object.entries(value)
    .flat()
    .map((text) => quoteText(String(text)))
    .join(', ')})`;
}
