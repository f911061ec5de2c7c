import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Effect, ManagedRuntime } from 'effect';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { telemetryTables } from '../../../src/engine/domain/schema/telemetry.ts';
import { createTelemetryTable, singleServer } from '../../../src/engine/store/ddl.ts';
import { embeddedStore } from '../../../src/engine/store/embedded-store.ts';
import { migrate } from '../../../src/engine/store/migrate.ts';
import { resortTraces } from '../../../src/engine/store/resort-traces.ts';
import { applyRetention } from '../../../src/engine/store/upkeep/retention.ts';
import { Store } from '../../../src/engine/store/store.ts';
import { shopSpans, writeSegmentFile } from './segment-files.ts';

const oldOrder = 'ServiceName, SpanName, toDateTime(Timestamp)';
const newOrder = 'toStartOfFiveMinutes(Timestamp), TraceId, Timestamp';
const layout = singleServer(new Set(['non_replicated_deduplication_window', 'ttl_only_drop_parts']));

describe('a store whose spans lie by service and operation', () => {
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
  const content = (): Promise<string> => query(`SELECT count(), sum(cityHash64(*)), min(ReceivedAt) FROM otel_traces`);
  const rollups = (): Promise<string> =>
    query(`SELECT (SELECT sum(Calls) FROM obs_red_10s), (SELECT sum(Calls) FROM obs_red_1m),
      (SELECT sum(Calls) FROM obs_red_service_10s), (SELECT sum(Calls) FROM obs_red_service_1m),
      (SELECT uniqExact(TraceId) FROM otel_traces_trace_id_ts)`);
  const order = (): Promise<string> => query("SELECT sorting_key FROM system.tables WHERE name = 'otel_traces'");

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'obs-resort-'));
    runtime = ManagedRuntime.make(embeddedStore({ path: join(folder, 'store') }));
    await runtime.runPromise(migrate);
    await command('DROP TABLE otel_traces');
    await command(createTelemetryTable({ ...telemetryTables.otel_traces, orderBy: oldOrder }, 7, layout));
    await command('ALTER TABLE obs_migrations DELETE WHERE Version > 3 SETTINGS mutations_sync = 1');
    await insert('a', 0);
    await command(
      "INSERT INTO otel_traces (Timestamp, TraceId, ReceivedAt) SELECT now(), 'early', '2026-01-01' SETTINGS insert_allow_materialized_columns = 1",
    );
  });
  afterEach(async () => {
    await runtime.dispose();
    rmSync(folder, { recursive: true, force: true });
  });

  test('opens with its rows in the new order, the same to the last column, and counts on', async () => {
    const [before, counted] = [await content(), await rollups()];
    expect(await order()).toBe(oldOrder);
    expect(await runtime.runPromise(migrate)).toMatchObject({
      from: 3,
      applied: expect.arrayContaining(['spans of a trace side by side']),
    });
    expect(await order()).toBe(newOrder);
    expect([await content(), await rollups()]).toEqual([before, counted]);
    expect(before).toMatch(/^5001\t\d+\t2026-01-01 00:00:00$/);
    await runtime.runPromise(applyRetention({ traces: 7, logs: 7, metrics: 30 }));
    await insert('b', 5000);
    expect(await rollups()).toBe('10001\t10001\t10001\t10001\t1001');
    expect(await query("SELECT name FROM system.tables WHERE name LIKE '%resorted%' OR name LIKE '%finer%'")).toBe('');
  });

  test.each([2, 4])('a rewrite that was cut off after %i statements loses and doubles nothing', async (ran) => {
    const [before, counted] = [await content(), await rollups()];
    for (const statement of resortTraces(layout).slice(0, ran)) await command(statement);
    await runtime.runPromise(migrate);
    expect([await content(), await rollups(), await order()]).toEqual([before, counted, newOrder]);
  });
});
