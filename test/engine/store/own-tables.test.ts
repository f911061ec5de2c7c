import { Effect, Layer } from 'effect';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { OwnTables, ownTablesOfStore } from '../../../src/engine/store/own-tables.ts';
import { readRows } from '../../../src/engine/store/read-rows.ts';
import { Store } from '../../../src/engine/store/store.ts';
import { openRealStore, type RealStore } from '../store-endpoint/real-store.ts';

describe('tables of what obs works out, in a real engine', () => {
  let store: RealStore;
  beforeAll(async () => {
    store = await openRealStore();
  });
  afterAll(() => store.close());

  const own = <A, E>(use: (tables: OwnTables['Service']) => Effect.Effect<A, E>) =>
    store.run(
      Effect.gen(function* () {
        const inner = yield* Store;
        return yield* Effect.flatMap(OwnTables, use).pipe(
          Effect.provide(ownTablesOfStore.pipe(Layer.provide(Layer.succeed(Store, inner)))),
        );
      }),
    );
  const feature = (value: number) => ({
    Time: 1_800_000_000,
    Seconds: 10,
    Kind: 'service',
    ServiceName: "o'brien \\ \n {x:String}",
    Subject: '',
    Values: { calls: value },
    Marks: ['late'],
  });

  test('a row of the same key replaces the one before, whatever its texts hold', async () => {
    await own((tables) => tables.insert('obs_features', [{ ...feature(1), Version: 1 }]));
    await own((tables) => tables.insert('obs_features', [{ ...feature(2), Version: 2 }]));
    const rows = await store.run(
      readRows('SELECT ServiceName, Values, Marks, toUnixTimestamp(Time) AS time FROM obs_features FINAL'),
    );
    expect(rows).toEqual([
      { ServiceName: "o'brien \\ \n {x:String}", Values: { calls: 2 }, Marks: ['late'], time: 1_800_000_000 },
    ]);
  });

  test('what ClickHouse works out itself goes in by its own statement', async () => {
    await own((tables) =>
      tables.insertSelect(
        'obs_analyzer_state',
        ['Part', 'Saved', 'State', 'Version'],
        "SELECT 'a', now64(3), toString(number), number FROM numbers(5)",
      ),
    );
    expect(await store.run(readRows('SELECT State FROM obs_analyzer_state FINAL'))).toEqual([{ State: '4' }]);
  });

  test('no other table is written', async () => {
    await expect(own((tables) => Effect.suspend(() => tables.insert('otel_traces', [{ a: 1 }])))).rejects.toThrow(
      /no table of obs's own/,
    );
  });
});
