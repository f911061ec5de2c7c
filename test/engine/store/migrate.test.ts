import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Effect, ManagedRuntime } from 'effect';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { embeddedStore } from '../../../src/engine/store/embedded-store.ts';
import { migrate, migrateBy } from '../../../src/engine/store/migrate.ts';
import { migrations, type Migration } from '../../../src/engine/store/migrations.ts';
import { Store } from '../../../src/engine/store/store.ts';

const steps: readonly Migration[] = [
  {
    version: 1,
    name: 'first',
    statements: () => ['CREATE TABLE IF NOT EXISTS a (x UInt8) ENGINE = MergeTree ORDER BY x'],
  },
  {
    version: 2,
    name: 'second',
    statements: () => ['ALTER TABLE a ADD COLUMN IF NOT EXISTS y UInt8', 'INSERT INTO a SELECT 1, 2'],
  },
];

describe('migrations', () => {
  let folder: string;
  let runtime: ManagedRuntime.ManagedRuntime<Store, unknown>;
  const query = (sql: string): Promise<string> =>
    runtime.runPromise(
      Effect.flatMap(Store, (store) => store.run({ sql, format: 'TSV' })).pipe(
        Effect.map(({ body }) => new TextDecoder().decode(body).trimEnd()),
      ),
    );

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'obs-migrate-'));
    runtime = ManagedRuntime.make(embeddedStore({ path: join(folder, 'store') }));
  });
  afterEach(async () => {
    await runtime.dispose();
    rmSync(folder, { recursive: true, force: true });
  });

  test('each runs once, in order, and is written down', async () => {
    expect(await runtime.runPromise(migrateBy(steps.slice(0, 1)))).toEqual({ from: 0, to: 1, applied: ['first'] });
    expect(await runtime.runPromise(migrateBy(steps))).toEqual({ from: 1, to: 2, applied: ['second'] });
    expect(await runtime.runPromise(migrateBy(steps))).toEqual({ from: 2, to: 2, applied: [] });
    expect(await query('SELECT x, y FROM a')).toBe('1\t2');
    expect(await query('SELECT Version, Name FROM obs_migrations ORDER BY Version')).toBe('1\tfirst\n2\tsecond');
  });

  test('one that fails is not written down, and runs from its start the next time', async () => {
    const failing: Migration = {
      version: 2,
      name: 'second',
      statements: () => ['ALTER TABLE a ADD COLUMN y UInt8', 'SELECT throwIf(1)'],
    };
    const error = await runtime.runPromise(Effect.flip(migrateBy([...steps.slice(0, 1), failing])));
    expect(error).toMatchObject({ _tag: 'QueryFailed', code: 395 });
    expect(await runtime.runPromise(migrateBy(steps))).toEqual({ from: 1, to: 2, applied: ['second'] });
    expect(await query('SELECT x, y FROM a')).toBe('1\t2');
  });

  test('a store of a newer obs is refused, and left as it is', async () => {
    await runtime.runPromise(migrateBy(steps));
    const error = await runtime.runPromise(Effect.flip(migrateBy(steps.slice(0, 1))));
    expect(error).toMatchObject({ _tag: 'ConfigInvalid', source: 'the store' });
    expect(String(Reflect.get(error, 'problem'))).toMatch(/version 2.*up to 1.*Update obs/);
  });

  test('the published ones are numbered without gaps', () => {
    expect(migrations.map(({ version }) => version)).toEqual(migrations.map((_, index) => index + 1));
  });

  test('when there is nothing to do, it is one query', async () => {
    await runtime.runPromise(migrate);
    let statements = 0;
    const counting = Effect.gen(function* () {
      const store = yield* Store;
      const counted = Store.of({
        ...store,
        run: (statement) =>
          Effect.andThen(
            Effect.sync(() => (statements += 1)),
            store.run(statement),
          ),
        command: (sql) =>
          Effect.andThen(
            Effect.sync(() => (statements += 1)),
            store.command(sql),
          ),
      });
      return yield* Effect.provideService(migrate, Store, counted);
    });
    expect(await runtime.runPromise(counting)).toMatchObject({ applied: [] });
    expect(statements).toBe(1);
  });
});
