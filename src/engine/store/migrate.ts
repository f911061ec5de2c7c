import { Effect } from 'effect';
import { ConfigInvalid, type EngineUnavailable, type QueryFailed } from '../domain/errors.ts';
import { singleServer } from './ddl.ts';
import { createMigrationsTable, migrations as published, migrationsTable, type Migration } from './migrations.ts';
import { clickHouseCode } from './query-error.ts';
import { readRows } from './read-rows.ts';
import { quoteText } from './sql-text.ts';
import { Store } from './store.ts';

export interface MigrationReport {
  /** Version of the schema before and after. 0: there was none. */
  readonly from: number;
  readonly to: number;
  readonly applied: readonly string[];
}

/** Brings the store's schema to what this program knows; when there is nothing to do it costs one small query. */
export const migrate: Effect.Effect<MigrationReport, QueryFailed | EngineUnavailable | ConfigInvalid, Store> =
  migrateBy(published);

/** Exported for tests, which bring steps of their own. */
export function migrateBy(
  steps: readonly Migration[],
): Effect.Effect<MigrationReport, QueryFailed | EngineUnavailable | ConfigInvalid, Store> {
  return Effect.gen(function* () {
    const store = yield* Store;
    const from = yield* currentVersion(store);
    const known = steps.at(-1)?.version ?? 0;
    if (from > known) {
      return yield* new ConfigInvalid({
        source: 'the store',
        problem: `its tables are of version ${from}, written by a newer obs; this one knows up to ${known}. Update obs, or choose another folder with OBS_HOME`,
      });
    }
    const applied: string[] = [];
    if (from === known) return { from, to: known, applied };
    const settings = yield* readRows<{ name: string }>('SELECT name FROM system.merge_tree_settings');
    const layout = singleServer(new Set(settings.map(({ name }) => name)));
    if (from === 0) yield* store.command(createMigrationsTable(layout));
    for (const step of steps.filter(({ version }) => version > from)) {
      for (const statement of step.statements(layout)) yield* store.command(statement);
      yield* store.command(
        `INSERT INTO ${migrationsTable} (Version, Name) SELECT ${step.version}, ${quoteText(step.name)}`,
      );
      applied.push(step.name);
    }
    return { from, to: known, applied };
  });
}

function currentVersion(store: Store['Service']): Effect.Effect<number, QueryFailed | EngineUnavailable> {
  return store.run({ sql: `SELECT max(Version) FROM ${migrationsTable}`, format: 'TSV' }).pipe(
    Effect.map(({ body }) => Number(new TextDecoder().decode(body))),
    Effect.catchTag('QueryFailed', (error) =>
      error.code === clickHouseCode.unknownTable ? Effect.succeed(0) : Effect.fail(error),
    ),
  );
}
