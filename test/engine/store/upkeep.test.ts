import { spawn } from 'node:child_process';
import { existsSync, globSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Effect, Layer } from 'effect';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { queryAccess } from '../../../src/engine/daemon/query-access.ts';
import { restoreStore } from '../../../src/engine/daemon/restore-store.ts';
import { embeddedStore } from '../../../src/engine/store/embedded-store.ts';
import { migrate } from '../../../src/engine/store/migrate.ts';
import { Store } from '../../../src/engine/store/store.ts';
import { backup } from '../../../src/engine/store/upkeep/backup.ts';
import { ttlRule } from '../../../src/engine/store/upkeep/log-retention.ts';
import { prune } from '../../../src/engine/store/upkeep/prune.ts';
import { applyRetention } from '../../../src/engine/store/upkeep/retention.ts';

const dayMs = 86_400_000;
const dayAgo = (days: number): string => new Date(Date.now() - days * dayMs).toISOString().slice(0, 10);

const cut = (content: Buffer): Buffer => content.subarray(0, content.length >> 1);
const flipped = (content: Buffer): Buffer => {
  const changed = Buffer.from(content);
  changed[changed.length >> 1]! ^= 4;
  return changed;
};

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

  const madeBackup = () =>
    inStore(
      'store',
      Effect.gen(function* () {
        yield* migrate;
        yield* spansOf(1);
        yield* logsOf(1);
        return yield* backup(join(folder, 'backups'), 'whole');
      }),
    );
  const restored = (path: string) => Effect.runPromise(restoreStore(path, { OBS_HOME: join(folder, 'other') }));
  const refused = (path: string) =>
    Effect.runPromise(Effect.flip(restoreStore(path, { OBS_HOME: join(folder, 'other') })));

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
    expect(await restored(report.path)).toEqual({ tables: expect.any(Number), rows: expect.any(Number) });
    const counts = await inStore(
      join('other', 'store'),
      Effect.gen(function* () {
        expect((yield* migrate).applied).toEqual([]);
        const before = yield* text(summary);
        // The views are there again: what comes in is rolled up.
        yield* spansOf(0);
        expect(yield* text('SELECT sum(Calls) FROM obs_red_1m')).toBe('200');
        return before;
      }),
    );
    expect(counts).toBe('100\t100\t25');
    expect(await refused(report.path)).toMatchObject({ why: expect.stringContaining('there is a store in') });
  });

  test('what is no backup is refused before anything is made', async () => {
    expect(
      await inStore('store', Effect.flip(Effect.andThen(migrate, backup(join(folder, 'backups'), '../elsewhere')))),
    ).toMatchObject({ _tag: 'BadInput' });
    writeFileSync(join(folder, 'file'), '');
    for (const [path, why] of [
      [join(folder, 'nope'), 'no such folder'],
      [join(folder, 'file'), 'a backup is a folder'],
      [folder, 'no backup, or one that was not finished'],
    ] as const) {
      expect(await refused(path)).toMatchObject({ _tag: 'BadInput', why: expect.stringContaining(why) });
    }
    expect(existsSync(join(folder, 'other'))).toBe(false);
  });

  test('a backup with changed bytes is refused with the reason, and leaves nothing behind', async () => {
    const { path } = await madeBackup();
    const spans = globSync(join(path, 'data/default/otel_traces/*/data.bin'));
    const damages: readonly (readonly [files: readonly string[], change: (content: Buffer) => Buffer, why: RegExp])[] =
      [
        [spans, (content) => Buffer.alloc(content.length), /1 of 1 parts of otel_traces are not as they were written/],
        [spans, flipped, /otel_traces are not as they were written.*data\.bin/],
        [spans, cut, /it is damaged/],
        [
          globSync(join(path, 'data/default/otel_traces/*/count.txt')),
          flipped,
          /not as they were written.*count\.txt|damaged/,
        ],
        // Not a rollup of rates: in the first seconds of a minute two of them are the same bytes, which a backup holds once.
        [globSync(join(path, 'data/default/otel_traces_trace_id_ts/*/checksums.txt')), flipped, /it is damaged/],
        [[join(path, '.backup')], cut, /list of files/],
        [
          [join(path, '.backup')],
          (content) => Buffer.concat([cut(content), Buffer.from('</config>')]),
          /list of files/,
        ],
      ];
    for (const [files, change, why] of damages) {
      expect(files.length).toBeGreaterThan(0);
      const before = files.map((file) => readFileSync(file));
      files.forEach((file, index) => writeFileSync(file, change(before[index]!)));
      expect(await refused(path)).toMatchObject({ _tag: 'BadInput', why: expect.stringMatching(why) });
      files.forEach((file, index) => writeFileSync(file, before[index]!));
      expect(readdirSync(join(folder, 'other')).filter((name) => name.startsWith('store'))).toEqual([]);
    }
    expect(await restored(path)).toMatchObject({ rows: expect.any(Number) });
  });

  test('a restore that is killed leaves no store, and the next one makes a whole one', async () => {
    const { path } = await madeBackup();
    const other = join(folder, 'other');
    const child = spawn(process.execPath, [join(import.meta.dirname, 'restore-in-child.ts'), path, other]);
    const ended = new Promise((resolve) => child.once('exit', (_, signal) => resolve(signal)));
    // Tables begin to be there.
    await expect
      .poll(() => globSync(join(other, 'store.restoring', 'store', '*', '*')).length, { interval: 2, timeout: 20_000 })
      .toBeGreaterThan(2);
    child.kill('SIGKILL');
    expect(await ended).toBe('SIGKILL');
    expect(readdirSync(other)).toEqual(['run', 'store.restoring']);
    const asked = Effect.flip(Effect.scoped(Layer.build(queryAccess({ OBS_HOME: other }))));
    expect(await Effect.runPromise(asked)).toMatchObject({ _tag: 'NotRunning' });

    await restored(path);
    expect(readdirSync(other)).toEqual(['run', 'store']);
    expect(await inStore(join('other', 'store'), text('SELECT count() FROM otel_traces'))).toBe('100');
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
