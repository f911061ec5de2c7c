import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Effect, Exit, Layer, ManagedRuntime, Scope } from 'effect';
import { embeddedStore } from '../../../src/engine/store/embedded-store.ts';
import { OwnTables, ownTablesOfStore, type OwnRow } from '../../../src/engine/store/own-tables.ts';
import { startQueryEndpoint } from '../../../src/engine/store/endpoint/query-endpoint.ts';
import { migrate } from '../../../src/engine/store/migrate.ts';
import { quoteText } from '../../../src/engine/store/sql-text.ts';
import { Store } from '../../../src/engine/store/store.ts';
import type { Batch } from './shop-traffic.ts';

/**
 * A real engine with the real schema behind the real query endpoint, in this process.
 * @param folder of the store, which is kept; without it a new one, which is not
 */
export async function openBackend(folder?: string) {
  const path = folder ?? mkdtempSync(join(tmpdir(), 'obs-watch-'));
  const runtime = ManagedRuntime.make(embeddedStore({ path }));
  const scope = await Effect.runPromise(Scope.make());
  await runtime.runPromise(migrate);
  const endpoint = await runtime.runPromise(
    startQueryEndpoint({ host: '127.0.0.1', port: 0 }).pipe(Scope.provide(scope)),
  );
  const insert = async (table: string, rows: readonly object[]): Promise<void> => {
    if (rows.length === 0) return;
    const file = join(path, 'rows.jsonl');
    writeFileSync(file, rows.map((row) => JSON.stringify(row)).join('\n'));
    await runtime.runPromise(Effect.flatMap(Store, (store) => store.command(insertSql(table, rows[0] ?? {}, file))));
  };
  return {
    url: endpoint.url,
    insert: async (batches: readonly Batch[]): Promise<void> => {
      await insert(
        'otel_traces',
        batches.flatMap((b) => b.spans),
      );
      await insert(
        'otel_logs',
        batches.flatMap((b) => b.logs),
      );
    },
    /** Rows of what obs works out itself. */
    insertOwn: (table: string, rows: readonly OwnRow[]): Promise<void> =>
      runtime.runPromise(
        Effect.gen(function* () {
          const store = yield* Store;
          const tables = ownTablesOfStore.pipe(Layer.provide(Layer.succeed(Store, store)));
          yield* Effect.flatMap(OwnTables, (own) => own.insert(table, rows)).pipe(Effect.provide(tables));
        }),
      ),
    command: (sql: string): Promise<void> => runtime.runPromise(Effect.flatMap(Store, (store) => store.command(sql))),
    close: async (): Promise<void> => {
      await Effect.runPromise(Scope.close(scope, Exit.void));
      await runtime.dispose();
      rmSync(folder === undefined ? path : join(path, 'rows.jsonl'), { recursive: true, force: true });
    },
  };
}

function insertSql(table: string, row: object, file: string): string {
  const columns = Object.keys(row).join(', ');
  const structure = Object.entries(row).map(([name, value]) => `${name} ${typeOf(name, value)}`);
  return `INSERT INTO ${table} (${columns}) SELECT ${columns} FROM file(${quoteText(file)}, JSONEachRow, ${quoteText(structure.join(', '))})`;
}

function typeOf(name: string, value: unknown): string {
  if (name === 'Timestamp') return "DateTime64(9, 'UTC')";
  if (typeof value === 'number') return 'UInt64';
  return typeof value === 'object' ? 'Map(String, String)' : 'String';
}
