import { Effect, Layer, ManagedRuntime } from 'effect';
import { trainHere, type Trainer } from '../../../../../src/engine/analyze/models/trainer.ts';
import type { Anomaly } from '../../../../../src/engine/domain/anomaly.ts';
import type { FeatureRow } from '../../../../../src/engine/domain/feature-row.ts';
import { startQueryEndpoint } from '../../../../../src/engine/store/endpoint/query-endpoint.ts';
import { httpQueryClient } from '../../../../../src/engine/store/http-query-client.ts';
import { OwnTables, ownTablesOfStore } from '../../../../../src/engine/store/own-tables.ts';
import type { QueryClient } from '../../../../../src/engine/store/query-client.ts';
import { Store } from '../../../../../src/engine/store/store.ts';
import { openRealStore } from '../../../store-endpoint/real-store.ts';

type Needs = QueryClient | OwnTables | Trainer;

/** A real engine with its guarded endpoint and our tables; trainings run in this process. */
export async function openModelStore() {
  const store = await openRealStore();
  const held = await store.run(Store);
  const inner = Layer.succeed(Store, held);
  const runtime = ManagedRuntime.make(
    Layer.mergeAll(
      Layer.unwrap(
        Effect.map(startQueryEndpoint({ host: '127.0.0.1', port: 0 }), ({ url }) => httpQueryClient({ endpoint: url })),
      ).pipe(Layer.provide(inner)),
      ownTablesOfStore.pipe(Layer.provide(inner)),
      trainHere,
    ).pipe(Layer.orDie),
  );
  const insert = (table: string, rows: Parameters<OwnTables['Service']['insert']>[1]) =>
    runtime.runPromise(Effect.flatMap(OwnTables, (tables) => tables.insert(table, rows)));
  return {
    run: <A, E>(effect: Effect.Effect<A, E, Needs>): Promise<A> => runtime.runPromise(effect),
    /** Any statement, as nobody but a broken disk or an attacker would run it. */
    tamper: (sql: string): Promise<void> => store.run(Effect.flatMap(Store, (inside) => inside.command(sql))),
    insertFeatures: async (rows: readonly FeatureRow[]): Promise<void> => {
      const known = rows.map((row) => ({
        Time: row.timeMs / 1000,
        Seconds: row.seconds,
        Kind: row.kind,
        ServiceName: row.service,
        Subject: row.subject,
        Values: row.values,
        Marks: row.marks,
      }));
      for (let from = 0; from < known.length; from += 5000)
        await insert('obs_features', known.slice(from, from + 5000));
    },
    insertAnomaly: (
      { id, service, startMs, endMs }: Pick<Anomaly, 'id' | 'service' | 'startMs' | 'endMs'>,
      version: number,
    ) =>
      insert('obs_anomalies', [
        {
          Id: id,
          Start: (startMs / 1000).toFixed(3),
          Peak: (startMs / 1000).toFixed(3),
          End: endMs === null ? null : (endMs / 1000).toFixed(3),
          Found: (startMs / 1000).toFixed(3),
          ServiceName: service,
          Severity: 'warning',
          Score: 2,
          Summary: 'a test',
          Detectors: ['level'],
          Learned: 'days',
          Carriers: '[]',
          Version: version,
        },
      ]),
    close: async (): Promise<void> => {
      await runtime.dispose();
      await store.close();
    },
  };
}

export type ModelStore = Awaited<ReturnType<typeof openModelStore>>;
