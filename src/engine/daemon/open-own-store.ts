import { Effect, Layer } from 'effect';
import type { Paths } from '../config/paths.ts';
import type { Settings } from '../config/settings.ts';
import type { ObsError } from '../domain/errors.ts';
import type { Trainer } from '../analyze/models/trainer.ts';
import { httpQueryClient } from '../store/http-query-client.ts';
import { type OwnTables, ownTablesOfStore } from '../store/own-tables.ts';
import type { QueryClient } from '../store/query-client.ts';
import { openStore } from './open-store.ts';
import { trainInChild } from './train-process.ts';

/** What an analyzer's task needs, with no daemon: the store opened by this process. */
export function openOwnStore(
  paths: Paths,
  settings: Pick<Settings, 'clickhouse' | 'remote'>,
): Layer.Layer<QueryClient | OwnTables | Trainer, ObsError> {
  return Layer.unwrap(
    Effect.map(openStore(paths, settings), ({ url, store }) =>
      Layer.mergeAll(
        httpQueryClient({ endpoint: url }),
        ownTablesOfStore.pipe(Layer.provide(Layer.succeedContext(store))),
        trainInChild,
      ),
    ),
  );
}
