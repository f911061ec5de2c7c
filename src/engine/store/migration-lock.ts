import { Clock, Effect, Random, type Scope } from 'effect';
import { ConfigInvalid, type EngineUnavailable, type QueryFailed } from '../domain/errors.ts';
import { limits } from '../domain/limits.ts';
import { placementOf } from './cluster/placement.ts';
import { clickHouseCode } from './query-error.ts';
import { readRows } from './read-rows.ts';
import { quoteText } from './sql-text.ts';
import { Store } from './store.ts';

const lockTable = 'obs_migration_lock';

/**
 * One migrates, the others wait: several gateways may start over one server or cluster at once. ClickHouse has no
 * locks; it has tables that only one can create. On a cluster the queue of `ON CLUSTER` statements makes the same
 * decision on every server. The lock of a holder that died is
 * renamed, which again only one can do.
 *
 * @returns fails once another has taken the lock, to be asked before each step; released with the scope
 */
export const lockMigrations: Effect.Effect<
  Effect.Effect<void, QueryFailed | EngineUnavailable | ConfigInvalid>,
  QueryFailed | EngineUnavailable | ConfigInvalid,
  Store | Scope.Scope
> = Effect.gen(function* () {
  const { lockMs } = limits.migration;
  const store = yield* Store;
  const { everywhere } = placementOf(store.cluster);
  const holder = `${(yield* Random.nextIntBetween(0, 0xffff_ffff)).toString(16)}`;
  const tryCreate = Effect.gen(function* () {
    const [clock] = yield* readRows<{ seconds: number }>('SELECT toUnixTimestamp(now()) AS seconds');
    const comment = quoteText(`${holder} ${clock?.seconds ?? 0}`);
    return yield* store
      .command(`CREATE TABLE ${lockTable}${everywhere} (Holder String) ENGINE = Memory COMMENT ${comment}`)
      .pipe(
        Effect.as(true),
        Effect.catchTag('QueryFailed', (error) =>
          error.code === clickHouseCode.tableAlreadyExists ? Effect.succeed(false) : Effect.fail(error),
        ),
      );
  }).pipe(Effect.provideService(Store, store));
  const drop = store.command(`DROP TABLE IF EXISTS ${lockTable}${everywhere} SYNC`);
  const started = yield* Clock.currentTimeMillis;
  while (!(yield* Effect.acquireRelease(tryCreate, (got) => (got ? Effect.ignore(drop) : Effect.void)))) {
    const now = yield* Clock.currentTimeMillis;
    const held = yield* Effect.provideService(currentLock, Store, store);
    if (held !== undefined && held.ageMs >= lockMs) {
      const aside = `${lockTable}_${holder}`;
      // Whoever renames it, drops it; who comes too late finds nothing to rename.
      yield* store.command(`RENAME TABLE ${lockTable} TO ${aside}${everywhere}`).pipe(
        Effect.andThen(store.command(`DROP TABLE IF EXISTS ${aside}${everywhere} SYNC`)),
        Effect.catchTag('QueryFailed', () => Effect.void),
      );
    } else if (now - started > lockMs) {
      return yield* new ConfigInvalid({
        source: 'the store',
        problem: `another obs (${held?.holder ?? 'unknown'}) has been changing its tables for ${Math.round((now - started) / 60_000)} minutes. Wait for it, or drop the table ${lockTable} if none runs`,
      });
    } else yield* Effect.sleep(limits.migration.lockPollMs);
  }
  return Effect.gen(function* () {
    const held = yield* Effect.provideService(currentLock, Store, store);
    if (held?.holder === holder) return;
    return yield* new ConfigInvalid({
      source: 'the store',
      problem: `its tables are being changed by another obs (${held?.holder ?? 'unknown'}) at the same time. Start this one again when it is done`,
    });
  });
});

/** Who holds it and since when is in the table's comment, by the server's own clock: gateways' may differ. */
const currentLock = Effect.map(
  readRows<{ holder: string; ageMs: number }>(
    `SELECT splitByChar(' ', comment)[1] AS holder,
  1000 * (toUnixTimestamp(now()) - toUInt32OrZero(splitByChar(' ', comment)[2])) AS ageMs
FROM system.tables WHERE database = currentDatabase() AND name = ${quoteText(lockTable)}`,
  ),
  ([lock]) => lock,
);
