import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Effect, Layer, ManagedRuntime } from 'effect';
import { embeddedStore } from '../../../../../src/engine/store/embedded-store.ts';
import { startQueryEndpoint } from '../../../../../src/engine/store/endpoint/query-endpoint.ts';
import { httpQueryClient } from '../../../../../src/engine/store/http-query-client.ts';
import { migrate } from '../../../../../src/engine/store/migrate.ts';
import { OwnTables, ownTablesOfStore } from '../../../../../src/engine/store/own-tables.ts';
import type { QueryClient } from '../../../../../src/engine/store/query-client.ts';
import type { Store } from '../../../../../src/engine/store/store.ts';

/** A real engine, read through the real endpoint, with the analyzer's way to write. A process can hold one at a time. */
export async function openIncidentStore(path = mkdtempSync(join(tmpdir(), 'obs-incidents-'))) {
  const store = Layer.effectDiscard(migrate).pipe(Layer.provideMerge(embeddedStore({ path })));
  const client = Layer.unwrap(
    Effect.map(startQueryEndpoint({ host: '127.0.0.1', port: 0 }), ({ url }) => httpQueryClient({ endpoint: url })),
  );
  const runtime = ManagedRuntime.make(
    Layer.mergeAll(client, ownTablesOfStore).pipe(Layer.provideMerge(store), Layer.orDie),
  );
  return {
    run: <A, E>(effect: Effect.Effect<A, E, QueryClient | OwnTables | Store>): Promise<A> => runtime.runPromise(effect),
    insert: (table: string, rows: Parameters<OwnTables['Service']['insert']>[1]): Promise<void> =>
      runtime.runPromise(Effect.flatMap(OwnTables, (tables) => tables.insert(table, rows))),
    close: async (): Promise<void> => {
      await runtime.dispose();
      rmSync(path, { recursive: true, force: true });
    },
    /** The folder stays. */
    leave: (): Promise<void> => runtime.dispose(),
  };
}

export type IncidentStore = Awaited<ReturnType<typeof openIncidentStore>>;
