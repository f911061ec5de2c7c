import { mkdtempSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Effect } from 'effect';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { embeddedStore } from '../../../src/engine/store/embedded-store.ts';
import { migrate } from '../../../src/engine/store/migrate.ts';
import { Store } from '../../../src/engine/store/store.ts';
import { backup, restore } from '../../../src/engine/store/upkeep/backup.ts';
import { ttlRule } from '../../../src/engine/store/upkeep/log-retention.ts';
import { prune } from '../../../src/engine/store/upkeep/prune.ts';
import { applyRetention } from '../../../src/engine/store/upkeep/retention.ts';

const dayMs = 86_400_000;
const dayAgo = (days: number): string => new Date(Date.now() - days * dayMs).toISOString().slice(0, 10);

describe('the upkeep of the embedded store', () => {
  let folder: string;
  /** chDB has one directory open at a time in a process: each use opens and closes its own. */
  const inStore = <A, E>(name: string, use: Effect.Effect<A, E, Store>): Promise<A> =>
    Effect.runPromise(
      use.pipe(Effect.provide(embeddedStore({ path: join(folder, name), backups: join(folder, 'backups') }))),
    );
  const command = (sql: string) => Effect.flatMap(Store, (store) => store.command(sql));
  const text = (sql: string) =>
    Effect.flatMap(Store, (store) => store.run({ sql, format: 'TSV' })).pipe(
      Effect.map(({ body }) => new TextDecoder().decode(body).trimEnd()),
    );
  /** Logs of every severity number, one each, so many days ago; they came in then, too. */
  const logsOf = (days: number) =>
    command(`INSERT INTO otel_logs (Timestamp, ServiceName, SeverityNumber, Body, ReceivedAt)
      SELECT now() - INTERVAL ${days} DAY, 'shop', number, 'line', now() - INTERVAL ${days} DAY FROM numbers(25)
      SETTINGS insert_allow_materialized_columns = 1`);
  const spansOf = (days: number) =>
    command(`INSERT INTO otel_traces (Timestamp, TraceId, SpanId, ServiceName, SpanName, SpanKind, Duration)
      SELECT now() - INTERVAL ${days} DAY, hex(number), hex(number), 'shop', 'GET /', 'Server', 1 FROM numbers(100)`);

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'obs-upkeep-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  test('logs of a severity go after days of their own, the others stay', async () => {
    const left = await inStore(
      'store',
      Effect.gen(function* () {
        yield* migrate;
        const days = { traces: 7, logs: 7, metrics: 30, logSeverities: { debug: 1, info: 3, error: 30 } };
        expect((yield* applyRetention(days)).changed).toContain('otel_logs');
        expect((yield* applyRetention(days)).changed).toEqual([]);
        yield* logsOf(5);
        yield* command('OPTIMIZE TABLE otel_logs FINAL');
        const remaining = yield* text('SELECT arraySort(groupArray(SeverityNumber)) FROM otel_logs');
        // Back to whole parts and one rule for all.
        expect((yield* applyRetention({ traces: 7, logs: 7, metrics: 30 })).changed).toEqual(['otel_logs']);
        return JSON.parse(remaining) as number[];
      }),
    );
    expect(left).toEqual([0, 1, 2, 3, 4, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24]);
  });

  test('the longest days are the rule of the table, the others are exceptions to it', () => {
    const days = { traces: 7, logs: 7, metrics: 30 };
    expect(ttlRule(days, 'logs', true)).toEqual({ days: 7, sooner: [] });
    expect(ttlRule({ ...days, logSeverities: { debug: 1, error: 30 } }, 'logs', true)).toEqual({
      days: 30,
      sooner: [
        { days: 1, severities: [2] },
        { days: 7, severities: [0, 1, 3, 4, 6] },
      ],
    });
    expect(ttlRule({ ...days, logSeverities: { debug: 1 } }, 'traces', false)).toEqual({ days: 7, sooner: [] });
  });

  test('a backup made while it runs is the same store in another folder, rollups and all', async () => {
    const summary =
      'SELECT (SELECT count() FROM otel_traces), (SELECT sum(Calls) FROM obs_red_1m), (SELECT count() FROM otel_logs)';
    const report = await inStore(
      'store',
      Effect.gen(function* () {
        yield* migrate;
        yield* spansOf(1);
        yield* logsOf(1);
        const made = yield* backup(join(folder, 'backups'), 'one');
        yield* spansOf(0);
        return made;
      }),
    );
    expect(report).toMatchObject({ path: join(folder, 'backups', 'one') });
    expect(report.bytes).toBeGreaterThan(1000);
    const restored = await inStore(
      'other',
      Effect.gen(function* () {
        yield* restore(report.path);
        expect((yield* migrate).applied).toEqual([]);
        const counts = yield* text(summary);
        // The views are there again: what comes in is rolled up.
        yield* spansOf(0);
        expect(yield* text('SELECT sum(Calls) FROM obs_red_1m')).toBe('200');
        expect(yield* Effect.flip(restore(report.path))).toMatchObject({ _tag: 'BadInput' });
        return counts;
      }),
    );
    expect(restored).toBe('100\t100\t25');
  });

  test('what is no backup, and one that lost a file, are refused', async () => {
    const whole = await inStore(
      'store',
      Effect.gen(function* () {
        yield* migrate;
        yield* spansOf(1);
        expect(yield* Effect.flip(backup(join(folder, 'backups'), '../elsewhere'))).toMatchObject({ _tag: 'BadInput' });
        return yield* backup(join(folder, 'backups'), 'whole');
      }),
    );
    truncateSync(join(whole.path, '.backup'), 100);
    expect(await inStore('other', Effect.flip(restore(folder)))).toMatchObject({ _tag: 'BadInput' });
    expect(await inStore('other', Effect.flip(restore(whole.path)))).toMatchObject({ _tag: 'QueryFailed' });
  });

  test('prune says first what would go, then lets go of it, of the signals that were named', async () => {
    await inStore(
      'store',
      Effect.gen(function* () {
        yield* migrate;
        for (const days of [5, 4, 0]) {
          yield* spansOf(days);
          yield* logsOf(days);
        }
        const rule = { before: dayAgo(3) };
        const planned = yield* prune(rule, ['logs'], true);
        expect(new Set(planned.map(({ day }) => day))).toEqual(new Set([dayAgo(5), dayAgo(4)]));
        expect(yield* text('SELECT count() FROM otel_logs')).toBe('75');
        expect(yield* prune(rule, ['logs'], false)).toEqual(planned);
        expect(yield* text('SELECT count() FROM otel_logs')).toBe('25');
        expect(yield* text('SELECT count() FROM otel_traces')).toBe('300');
        // Traces alone are to be down to a size that they are at already: what logs take does not count.
        const ofTraces = `SELECT sum(bytes_on_disk) FROM system.parts WHERE active AND table IN
          (SELECT name FROM system.tables WHERE database = currentDatabase() AND name NOT LIKE '%log%')`;
        yield* logsOf(4);
        expect(yield* prune({ toBytes: Number(yield* text(ofTraces)) }, ['traces'], true)).toEqual([]);
        const [ofOne] = yield* prune({ toBytes: 1 }, ['logs'], true);
        expect(ofOne).toMatchObject({ table: 'obs_log_counts_10s', day: dayAgo(4) });
        yield* prune({ toBytes: 1 }, ['logs'], false);
        expect(yield* text('SELECT count() FROM otel_logs')).toBe('25');
        expect(yield* text('SELECT count() FROM otel_traces')).toBe('300');
        yield* prune({ toBytes: 1 }, ['traces', 'logs', 'metrics'], false);
        expect(yield* text('SELECT count(), uniq(toDate(Timestamp)) FROM otel_traces')).toBe('100\t1');
      }),
    );
  });
});
