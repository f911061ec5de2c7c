import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Effect } from 'effect';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { embeddedStore } from '../../../src/engine/store/embedded-store.ts';
import { migrate } from '../../../src/engine/store/migrate.ts';
import { migrations } from '../../../src/engine/store/migrations.ts';
import { Store } from '../../../src/engine/store/store.ts';

/**
 * `store-v2.tar.gz` was written by the obs whose schema was of version 2: 200 spans in 50 traces, 200 logs and 200
 * points of `old-shop`, on 2026-11-20, and what it said of itself.
 */
const stored = join(import.meta.dirname, '../../fixtures/store-v2.tar.gz');

describe('a store that an older obs wrote', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'obs-older-'));
    execFileSync('tar', ['xzf', stored, '-C', folder]);
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  test('opens, is brought up to date, and has all its rows, in rollups too', async () => {
    const count = (sql: string): Effect.Effect<string, unknown, Store> =>
      Effect.flatMap(Store, (store) => store.run({ sql, format: 'TSV' })).pipe(
        Effect.map(({ body }) => new TextDecoder().decode(body).trimEnd()),
      );
    const of = (table: string, value: string): Effect.Effect<readonly string[], unknown, Store> =>
      Effect.map(count(`SELECT ${value} FROM ${table} WHERE ServiceName = 'old-shop'`), (said) => [table, said]);
    await Effect.runPromise(
      Effect.gen(function* () {
        const report = yield* migrate;
        expect(report).toMatchObject({ from: 2, to: migrations.at(-1)?.version });
        expect(yield* of('otel_traces', 'count()')).toEqual(['otel_traces', '200']);
        expect(yield* of('otel_traces', 'uniqExact(TraceId)')).toEqual(['otel_traces', '50']);
        expect(yield* of('otel_logs', 'count()')).toEqual(['otel_logs', '200']);
        expect(yield* of('otel_metrics_gauge', 'sum(Value)')).toEqual(['otel_metrics_gauge', '19900']);
        expect(yield* of('obs_red_10s', 'sum(Calls)')).toEqual(['obs_red_10s', '200']);
        expect(yield* of('obs_red_1m', 'sum(Calls)')).toEqual(['obs_red_1m', '200']);
        expect(yield* count("SELECT count() FROM otel_traces WHERE SpanAttributes['n'] = '7'")).toBe('1');
        const settings = yield* count(
          "SELECT uniqExact(name), countIf(engine_full LIKE '%max_parts_to_merge_at_once = 16%') FROM system.tables WHERE database = currentDatabase() AND engine LIKE '%MergeTree' AND name != 'obs_migrations'",
        );
        const [tables, merged] = settings.split('\t');
        expect(merged).toBe(tables);
        expect((yield* migrate).applied).toEqual([]);
      }).pipe(Effect.provide(embeddedStore({ path: join(folder, 'store') }))),
    );
  });
});
