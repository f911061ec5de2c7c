import { Effect } from 'effect';
import { ConfigInvalid, type EngineUnavailable, type QueryFailed } from '../domain/errors.ts';
import { clusterLayout, singleServer } from './ddl.ts';
import { lockMigrations } from './migration-lock.ts';
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
    if (from === known) return { from, to: known, applied: [] };
    // An embedded store is this process's alone already.
    return yield* store.kind === 'embedded'
      ? applySteps(steps, from, Effect.void)
      : Effect.scoped(
          Effect.gen(function* () {
            const stillMine = yield* lockMigrations;
            // Another may have done the work while this one waited.
            return yield* applySteps(steps, yield* currentVersion(store), stillMine);
          }),
        );
  });
}

const applySteps = Effect.fnUntraced(function* (
  steps: readonly Migration[],
  from: number,
  stillMine: Effect.Effect<void, QueryFailed | EngineUnavailable | ConfigInvalid>,
): Effect.fn.Return<MigrationReport, QueryFailed | EngineUnavailable | ConfigInvalid, Store> {
  const store = yield* Store;
  const pending = steps.filter(({ version }) => version > from);
  const settings = yield* readRows<{ name: string }>('SELECT name FROM system.merge_tree_settings');
  const knownSettings = new Set(settings.map(({ name }) => name));
  const layout = store.cluster === null ? singleServer(knownSettings) : clusterLayout(store.cluster, knownSettings);
  if (from === 0) yield* store.command(createMigrationsTable(layout));
  for (const step of pending) {
    yield* stillMine;
    for (const statement of step.statements(layout, from)) yield* store.command(statement);
    yield* store.command(
      `INSERT INTO ${migrationsTable} (Version, Name) SELECT ${step.version}, ${quoteText(step.name)}`,
    );
  }
  return { from, to: Math.max(from, pending.at(-1)?.version ?? 0), applied: pending.map(({ name }) => name) };
});

function currentVersion(store: Store['Service']): Effect.Effect<number, QueryFailed | EngineUnavailable> {
  return store.run({ sql: `SELECT max(Version) FROM ${migrationsTable}`, format: 'TSV' }).pipe(
    Effect.map(({ body }) => Number(new TextDecoder().decode(body))),
    Effect.catchTag('QueryFailed', (error) =>
      error.code === clickHouseCode.unknownTable ? Effect.succeed(0) : Effect.fail(error),
    ),
  );
}
