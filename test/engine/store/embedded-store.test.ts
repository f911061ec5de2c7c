import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Effect } from 'effect';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { embeddedStore } from '../../../src/engine/store/embedded-store.ts';
import { migrate } from '../../../src/engine/store/migrate.ts';
import { Store } from '../../../src/engine/store/store.ts';
import { shopSpans, writeSegmentFile } from './segment-files.ts';
import { describeStore } from './store-suite.ts';

describeStore('embedded', (folder) => ({ layer: embeddedStore({ path: join(folder, 'store') }) }));

describe('the directory of an embedded store', () => {
  let folder: string;
  let path: string;
  let segment: string;

  const withStore = <A, E>(effect: Effect.Effect<A, E, Store>): Promise<A> =>
    Effect.runPromise(effect.pipe(Effect.provide(embeddedStore({ path }))));
  const query = (sql: string): Effect.Effect<string, unknown, Store> =>
    Effect.flatMap(Store, (store) => store.run({ sql, format: 'TSV' })).pipe(
      Effect.map(({ body }) => new TextDecoder().decode(body).trimEnd()),
    );
  const insert = (id: string): Effect.Effect<void, unknown, Store> =>
    Effect.flatMap(Store, (store) => store.insertSegment({ id, table: 'otel_traces', path: segment }));
  const prepare = Effect.suspend(() =>
    Effect.andThen(
      migrate,
      writeSegmentFile({ table: 'otel_traces', path: segment, rows: 2_000, values: shopSpans('now64(9)') }),
    ),
  );
  const counts = query(`SELECT (SELECT count() FROM otel_traces), (SELECT sum(Calls) FROM obs_red_10s),
    (SELECT sum(Calls) FROM obs_red_1m), (SELECT sum(Spans) FROM obs_service_instances)`);

  /** Another process that opens the store, says "open", and inserts segments k0, k1, … saying each, until killed. */
  const child = (): ChildProcess =>
    spawn(process.execPath, [join(import.meta.dirname, 'insert-until-killed.ts'), path, segment], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'obs-store-'));
    path = join(folder, 'store');
    segment = join(folder, 'segment.native');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  test('a segment that comes again after a restart is still known', async () => {
    await withStore(Effect.andThen(prepare, insert('one')));
    expect(await withStore(Effect.andThen(insert('one'), counts))).toBe('2000\t2000\t2000\t2000');
  });

  test('a token whose rows never got there does not keep them out', async () => {
    await withStore(
      Effect.andThen(
        prepare,
        Effect.andThen(insert('one'), Effect.andThen(query('SYSTEM STOP MERGES'), insert('two'))),
      ),
    );
    // As a process leaves it that dies after the token and before the rename of the part.
    for (const table of ['otel_traces', 'obs_red_1m']) {
      const parts = realpathSync(join(path, 'data', 'default', table));
      const last = readdirSync(parts).filter((name) => /_2_2_\d+$/.test(name));
      expect(last).toHaveLength(1);
      rmSync(join(parts, last[0] ?? ''), { recursive: true });
    }
    expect(await withStore(Effect.andThen(Effect.andThen(insert('one'), insert('two')), counts))).toBe(
      '4000\t4000\t4000\t4000',
    );
  });

  test('kill -9 in the midst of inserts, again and again: what was inserted is there once, what was not can be', async () => {
    await withStore(prepare);
    let confirmed = 0;
    for (const afterMs of [40, 5, 75, 20]) {
      const inserter = child();
      let said = '';
      inserter.stdout?.on('data', (data: Buffer) => (said += data.toString()));
      await expect.poll(() => said.includes('k1\n'), { interval: 5, timeout: 20_000 }).toBe(true);
      await new Promise((resolve) => setTimeout(resolve, afterMs));
      inserter.kill('SIGKILL');
      await once(inserter, 'close');
      confirmed = Math.max(confirmed, said.split('\n').filter((line) => line.startsWith('k')).length);
    }
    const after = Effect.gen(function* () {
      const [rows = 0] = (yield* counts).split('\t').map(Number);
      // The replay: every segment once more, and those that the last process was about to insert.
      for (let index = 0; index <= confirmed; index++) yield* insert(`k${index}`);
      return { rows, replayed: yield* counts };
    });
    const { rows, replayed } = await withStore(after);
    expect(rows).toBeGreaterThanOrEqual(confirmed * 2_000);
    const total = (confirmed + 1) * 2_000;
    expect(replayed).toBe(`${total}\t${total}\t${total}\t${total}`);
  });

  test('a second process is told who holds it', async () => {
    await withStore(prepare);
    const holder = child();
    await once(holder.stdout ?? holder, 'data');
    const error = await Effect.runPromise(Effect.void.pipe(Effect.provide(embeddedStore({ path })), Effect.flip));
    expect(error).toMatchObject({ _tag: 'StoreLocked', path, pid: holder.pid });
    holder.kill('SIGKILL');
    await once(holder, 'close');
    expect(await withStore(query('SELECT 1'))).toBe('1');
  });

  test('a place that cannot be a directory is a failure of storage', async () => {
    writeFileSync(join(folder, 'file'), '');
    const open = (place: string) =>
      Effect.runPromise(Effect.void.pipe(Effect.provide(embeddedStore({ path: place })), Effect.flip));
    expect(await open(join(folder, 'file', 'store'))).toMatchObject({ _tag: 'StorageFailed', code: 'ENOTDIR' });
    // One process, one directory: chDB's own rule.
    const beside = Effect.void.pipe(Effect.provide(embeddedStore({ path: join(folder, 'other') })), Effect.flip);
    expect(await withStore(beside)).toMatchObject({ _tag: 'StorageFailed', path: join(folder, 'other') });
  });

  test('days and times are UTC wherever the machine stands', async () => {
    const before = process.env['TZ'];
    process.env['TZ'] = 'Pacific/Auckland';
    try {
      expect(await withStore(query('SELECT timezone(), toDateTime(0)'))).toBe('UTC\t1970-01-01 00:00:00');
      expect(process.env['TZ']).toBe('Pacific/Auckland');
    } finally {
      if (before === undefined) delete process.env['TZ'];
      else process.env['TZ'] = before;
    }
  });

  test('names that are no plain words are refused before they reach a statement', async () => {
    const fail = (statement: { parameters?: Record<string, string>; settings?: Record<string, string> }) =>
      withStore(
        Effect.flatMap(Store, (store) => store.run({ sql: 'SELECT 1', format: 'TSV', ...statement })).pipe(Effect.flip),
      );
    expect(await fail({ parameters: { 'a = 1, b': '1' } })).toMatchObject({ code: 36 });
    expect(await fail({ settings: { 'a = 1; DROP TABLE x': '1' } })).toMatchObject({ code: 115 });
    expect(await fail({ settings: { param_x: '1' } })).toMatchObject({ code: 115 });
  });

  test('a statement may make its session read-only without spoiling it for others', async () => {
    const readOnly = Effect.flatMap(Store, (store) =>
      store.run({ sql: 'SELECT 1', format: 'TSV', settings: { readonly: 1 } }),
    );
    const after = Effect.andThen(readOnly, query("SELECT getSetting('readonly')"));
    expect(await withStore(after)).toBe('0');
  });
});
