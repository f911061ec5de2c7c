import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Effect, ManagedRuntime } from 'effect';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { singleServer } from '../../../src/engine/store/ddl.ts';
import { embeddedStore } from '../../../src/engine/store/embedded-store.ts';
import { refineRollups } from '../../../src/engine/store/finer-rollups.ts';
import { migrate } from '../../../src/engine/store/migrate.ts';
import { Store } from '../../../src/engine/store/store.ts';
import { shopSpans, writeSegmentFile } from './segment-files.ts';

const layout = singleServer(new Set(['non_replicated_deduplication_window', 'ttl_only_drop_parts']));
const statements = refineRollups(layout);

describe('rollups of a store of version 6 are written anew in finer granules', () => {
  let folder: string;
  let runtime: ManagedRuntime.ManagedRuntime<Store, unknown>;
  const query = (sql: string): Promise<string> =>
    runtime.runPromise(
      Effect.flatMap(Store, (store) => store.run({ sql, format: 'TSV' })).pipe(
        Effect.map(({ body }) => new TextDecoder().decode(body).trimEnd()),
      ),
    );
  const command = (sql: string): Promise<void> =>
    runtime.runPromise(Effect.flatMap(Store, (store) => store.command(sql)));
  const insert = async (id: string, first: number): Promise<void> => {
    const path = join(folder, `${id}.native`);
    const values = shopSpans("toDateTime64(toStartOfDay(now(), 'UTC'), 9)", first);
    await runtime.runPromise(writeSegmentFile({ table: 'otel_traces', path, rows: 5000, values }));
    await runtime.runPromise(Effect.flatMap(Store, (store) => store.insertSegment({ id, table: 'otel_traces', path })));
  };
  const rollups = (): Promise<string> =>
    query(`SELECT (SELECT sum(Calls) FROM obs_red_10s), (SELECT sum(Calls) FROM obs_red_1m),
      (SELECT sum(Calls) FROM obs_red_service_10s), (SELECT sum(Calls) FROM obs_red_service_1m),
      (SELECT arrayMap(q -> round(q), quantilesDDMerge(0.01, 0.5, 0.95, 0.99)(DurationQuantiles)) FROM obs_red_1m)`);

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'obs-finer-'));
    runtime = ManagedRuntime.make(embeddedStore({ path: join(folder, 'store') }));
    await runtime.runPromise(migrate);
    await insert('a', 0);
    await command('ALTER TABLE obs_migrations DELETE WHERE Version > 6 SETTINGS mutations_sync = 1');
  });
  afterEach(async () => {
    await runtime.dispose();
    rmSync(folder, { recursive: true, force: true });
  });

  // When the views are gone, between two exchanges, when some views are back, and when all is done but not written down.
  test.each([6, 13, 24, statements.length])(
    'cut off after %i statements: the next start has the same counts and quantiles, and what comes in is counted once',
    async (ran) => {
      const before = await rollups();
      expect(before).toMatch(/^5000\t5000\t5000\t5000\t\[/);
      for (const statement of statements.slice(0, ran)) await command(statement);
      expect((await runtime.runPromise(migrate)).applied).toContain('finer rollups, merges of still fewer parts');
      expect(await rollups()).toBe(before);
      await insert('b', 5000);
      expect(await rollups()).toMatch(/^10000\t10000\t10000\t10000\t/);
      expect(await query("SELECT count() FROM system.tables WHERE name LIKE '%finer%'")).toBe('0');
      expect(
        await query("SELECT engine_full LIKE '%index_granularity = 64%' FROM system.tables WHERE name = 'obs_red_1m'"),
      ).toBe('1');
    },
  );
});
