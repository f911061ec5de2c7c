import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Effect, ManagedRuntime } from 'effect';
import { TestClock } from 'effect/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { embeddedStore } from '../../../src/engine/store/embedded-store.ts';
import { migrate } from '../../../src/engine/store/migrate.ts';
import { applyRetention, enforceDiskCap } from '../../../src/engine/store/upkeep/retention.ts';
import { Store } from '../../../src/engine/store/store.ts';
import { storeReport } from '../../../src/engine/store/store-report.ts';

const initial = { traces: 7, logs: 7, metrics: 30 };

describe('retention', () => {
  let folder: string;
  let runtime: ManagedRuntime.ManagedRuntime<Store, unknown>;
  const command = (sql: string): Promise<void> =>
    runtime.runPromise(Effect.flatMap(Store, (store) => store.command(sql)));
  const days = (table: string, column: string): Promise<string> =>
    runtime.runPromise(
      Effect.flatMap(Store, (store) =>
        store.run({
          sql: `SELECT DISTINCT dateDiff('day', toDate(${column}), today()) AS ago FROM ${table} ORDER BY ago`,
          format: 'CSV',
        }),
      ).pipe(Effect.map(({ body }) => new TextDecoder().decode(body).trimEnd().replaceAll('\n', ' '))),
    );
  /** A thousand rows on each of the last `count` days, today among them. */
  const fill = async (count: number): Promise<void> => {
    const at = `toDateTime64(toStartOfDay(now()) - toIntervalDay(number % ${count}), 9)`;
    await command(
      `INSERT INTO otel_traces (Timestamp, TraceId, SpanName, ServiceName) SELECT ${at}, hex(sipHash128(number)), 'op', 'shop' FROM numbers(${1000 * count})`,
    );
    await command(
      `INSERT INTO otel_logs (Timestamp, Body) SELECT ${at}, toString(sipHash64(number)) FROM numbers(${1000 * count})`,
    );
    await command(
      `INSERT INTO otel_metrics_gauge (TimeUnix, MetricName) SELECT ${at}, 'm' FROM numbers(${1000 * count})`,
    );
  };

  /** As if so many days had gone by since the rows came in. */
  const inDays = <A, E>(count: number, effect: Effect.Effect<A, E, Store>): Promise<A> =>
    runtime.runPromise(
      TestClock.setTime(Date.now() + count * 24 * 3600 * 1000).pipe(
        Effect.andThen(effect),
        Effect.provide(TestClock.layer()),
      ),
    );

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'obs-retention-'));
    runtime = ManagedRuntime.make(embeddedStore({ path: join(folder, 'store') }));
    await runtime.runPromise(migrate);
  });
  afterEach(async () => {
    await runtime.dispose();
    rmSync(folder, { recursive: true, force: true });
  });

  test('nothing changes while the days are what they were', async () => {
    await fill(3);
    expect(await runtime.runPromise(applyRetention(initial))).toEqual({ changed: [], dropped: [] });
  });

  test('days go when they and what came in for them are past retention, from rollups too, each signal by its own', async () => {
    await fill(6);
    const settings = { traces: 2, logs: 4, metrics: 30 };
    const now = await runtime.runPromise(applyRetention(settings));
    expect(now.changed.toSorted()).toEqual([
      'obs_log_counts_10s',
      'obs_red_10s',
      'obs_red_1m',
      'obs_red_service_10s',
      'obs_red_service_1m',
      'obs_service_instances',
      'otel_logs',
      'otel_traces',
      'otel_traces_trace_id_ts',
    ]);
    expect(now.dropped).toEqual([]);

    const later = await inDays(3, applyRetention(settings));
    const traces = later.dropped.filter(({ table }) => table === 'otel_traces');
    expect(traces.map(({ rows }) => rows)).toEqual(Array.from({ length: 6 }, () => 1000));
    expect(traces.every(({ day, bytes }) => /^\d{4}-\d\d-\d\d$/.test(day) && bytes > 0)).toBe(true);
    expect(await days('otel_traces', 'Timestamp')).toBe('');
    expect(await days('obs_red_1m', 'Time')).toBe('');
    expect(await days('otel_traces_trace_id_ts', 'Day')).toBe('');
    expect(await days('otel_logs', 'Timestamp')).toBe('0 1 2 3 4 5');
    expect(await days('otel_metrics_gauge', 'TimeUnix')).toBe('0 1 2 3 4 5');
    expect(await inDays(3, applyRetention(settings))).toEqual({ changed: [], dropped: [] });
  });

  test('what is old when it comes in is kept as long as what is new', async () => {
    await command(
      `INSERT INTO otel_logs (Timestamp, Body) SELECT toDateTime64('2018-12-13 14:51:00', 9), 'old' FROM numbers(10)`,
    );
    await command('OPTIMIZE TABLE otel_logs FINAL');
    await runtime.runPromise(applyRetention({ ...initial, logs: 2 }));
    await command('OPTIMIZE TABLE otel_logs FINAL');
    expect(await days('otel_logs', 'Timestamp')).not.toBe('');
    expect(await days('obs_log_counts_10s', 'Time')).not.toBe('');
    await inDays(3, applyRetention({ ...initial, logs: 2 }));
    expect(await days('otel_logs', 'Timestamp')).toBe('');
  });

  test('more days: nothing is dropped', async () => {
    await fill(9);
    const report = await runtime.runPromise(applyRetention({ ...initial, traces: 20 }));
    expect(report.dropped).toEqual([]);
    expect(await days('otel_traces', 'Timestamp')).toBe('0 1 2 3 4 5 6 7 8');
  });

  test('over the disk cap the oldest days go, from all tables, until it is kept', async () => {
    // Merges would change the sizes between one look and the next.
    await command('SYSTEM STOP MERGES');
    await fill(5);
    const before = await runtime.runPromise(enforceDiskCap(Number.MAX_SAFE_INTEGER));
    expect(before).toMatchObject({ dropped: [], bytesAfter: before.bytesBefore });
    const cap = Math.round(before.bytesBefore * 0.7);
    const report = await runtime.runPromise(enforceDiskCap(cap));
    expect(report.bytesAfter).toBeLessThanOrEqual(cap);
    expect(new Set(report.dropped.map(({ day }) => day)).size).toBe(2);
    expect(await days('otel_traces', 'Timestamp')).toBe('0 1 2');
    expect(await days('obs_red_10s', 'Time')).toBe('0 1 2');
    expect(await days('otel_metrics_gauge', 'TimeUnix')).toBe('0 1 2');
    const stored = await runtime.runPromise(storeReport);
    expect(stored.reduce((sum, { bytesOnDisk }) => sum + bytesOnDisk, 0)).toBe(report.bytesAfter);
  });

  test('the newest day stays, and it shows that the cap is not kept', async () => {
    await fill(3);
    const report = await runtime.runPromise(enforceDiskCap(1));
    expect(report.bytesAfter).toBeGreaterThan(1);
    expect(await days('otel_logs', 'Timestamp')).toBe('0');
  });

  test('an empty store has no times, and nothing to drop', async () => {
    expect(await runtime.runPromise(enforceDiskCap(1))).toEqual({ bytesBefore: 0, bytesAfter: 0, dropped: [] });
    expect(await runtime.runPromise(storeReport)).toContainEqual({
      table: 'otel_logs',
      rows: 0,
      bytesOnDisk: 0,
      oldestMs: null,
      newestMs: null,
    });
  });
});
