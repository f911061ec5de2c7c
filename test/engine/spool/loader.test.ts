import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Context, Effect, Layer, type Scope } from 'effect';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EngineUnavailable, QueryFailed } from '../../../src/engine/domain/errors.ts';
import type { TelemetryTableName } from '../../../src/engine/domain/schema/telemetry.ts';
import { scanFrames } from '../../../src/engine/spool/frame.ts';
import { type Loader, startLoader } from '../../../src/engine/spool/loader.ts';
import type { Spool } from '../../../src/engine/spool/spool.ts';
import { SpoolFiles } from '../../../src/engine/spool/spool-files.ts';
import { embeddedStore } from '../../../src/engine/store/embedded-store.ts';
import { migrate } from '../../../src/engine/store/migrate.ts';
import { Store } from '../../../src/engine/store/store.ts';
import { recordingFiles } from './recording-files.ts';
import { tiny } from './row-encoder.ts';
import { filesOf, quiet, temporaryFolder, withSpool } from './spool-fixture.ts';

let folder: string;
let store: Store['Service'];
let end: () => Promise<void>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'obs-loader-'));
  const opened = Promise.withResolvers<Context.Context<Store>>();
  const closing = Promise.withResolvers<void>();
  const life = Effect.runPromise(
    Layer.build(embeddedStore({ path: join(folder, 'store') })).pipe(
      Effect.tap((context) => migrate.pipe(Effect.provideContext(context))),
      Effect.tap((context) => Effect.sync(() => opened.resolve(context))),
      Effect.andThen(Effect.promise(() => closing.promise)),
      Effect.scoped,
    ),
  );
  life.catch(opened.reject);
  const context = await opened.promise;
  store = await Effect.runPromise(Store.pipe(Effect.provideContext(context)));
  end = () => {
    closing.resolve();
    return life;
  };
});

afterAll(async () => {
  await end();
  await rm(folder, { recursive: true, force: true });
});

const stored = (name: string, table: TelemetryTableName = 'otel_traces'): Effect.Effect<number, unknown> =>
  store
    .run({
      sql: `SELECT count() FROM ${table} WHERE ${table.startsWith('otel_metrics') ? 'MetricName' : 'TraceId'} = {name:String}`,
      format: 'TSV',
      parameters: { name },
    })
    .pipe(Effect.map(({ body }) => Number(Buffer.from(body).toString())));

const counted = (operation: string): Effect.Effect<number, unknown> =>
  store
    .run({
      sql: 'SELECT sum(Calls) FROM obs_red_1m WHERE SpanName = {operation:String}',
      format: 'TSV',
      parameters: { operation },
    })
    .pipe(Effect.map(({ body }) => Number(Buffer.from(body).toString())));

const fill = (directory: string, ...requests: (readonly [name: string, rows: number])[]) =>
  withSpool({ directory }, (spool) =>
    Effect.forEach(requests, ([name, rows]) =>
      Effect.andThen(spool.append('traces', tiny({ name, rows }), 'json'), spool.seal),
    ),
  );

const withLoader = <A, E>(
  directory: string,
  story: (loader: Loader) => Effect.Effect<A, E, Scope.Scope>,
  parts: { readonly store?: Store['Service']; readonly files?: ReturnType<typeof recordingFiles> } = {},
) =>
  startLoader({ directory }).pipe(
    Effect.flatMap(story),
    Effect.scoped,
    Effect.provideService(Store, parts.store ?? store),
    Effect.provideService(SpoolFiles, parts.files ?? recordingFiles()),
    Effect.provide(quiet),
  );

/** The real store behind an engine that answers its first inserts with these errors. */
function failingFirst(...errors: (QueryFailed | EngineUnavailable)[]): Store['Service'] {
  return {
    ...store,
    insertSegment: (segment) =>
      Effect.suspend(() => {
        const error = errors.shift();
        return error === undefined ? store.insertSegment(segment) : Effect.fail(error);
      }),
  };
}

const queryFailed = (code: number) => new QueryFailed({ code, message: 'as the engine says it' });
const away = new EngineUnavailable({ endpoint: 'http://127.0.0.1:1', reason: 'ECONNREFUSED' });

describe('the loader', () => {
  test('brings every row of every table to the store and leaves no file', async () => {
    const directory = await temporaryFolder();
    const tables = ['otel_metrics_gauge', 'otel_metrics_sum', 'otel_metrics_summary'] as const;
    const send = (spool: Spool['Service']) =>
      Effect.all([
        spool.append('traces', tiny({ name: 'all', rows: 300 }), 'json'),
        spool.append('logs', tiny({ name: 'all', rows: 20 }), 'json'),
        spool.append('metrics', tiny({ name: 'all', rows: 4, tables }), 'json'),
      ]);
    await Effect.runPromise(withSpool({ directory }, send));
    const status = await Effect.runPromise(
      withLoader(directory, (loader) => loader.drain.pipe(Effect.andThen(loader.status))),
    );
    expect(status).toEqual({
      segments: 5,
      rows: 332,
      bytes: expect.any(Number),
      failed: 0,
      quarantined: 0,
      lastError: null,
    });
    expect(await Effect.runPromise(stored('all'))).toBe(300);
    expect(await Effect.runPromise(stored('all', 'otel_logs'))).toBe(20);
    for (const table of tables) {
      expect(await Effect.runPromise(stored('all', table))).toBe(4);
      expect(await filesOf(directory, table)).toEqual([]);
    }
  });

  test('loads what a running spool closes, without being called, and the spool sees it go', async () => {
    const directory = await temporaryFolder();
    const story = withSpool({ directory, limit: { segmentAgeMs: 50, pollMs: 20 } }, (spool) =>
      withLoader(directory, () =>
        Effect.gen(function* () {
          yield* spool.append('traces', tiny({ name: 'live', rows: 3 }), 'json');
          while ((yield* spool.status).segments > 0) yield* Effect.sleep(5);
          expect(yield* stored('live')).toBe(3);
        }),
      ),
    );
    await Effect.runPromise(story);
  });

  test('doubles nothing when a segment comes again: not in the table, not in the rollup', async () => {
    const directory = await temporaryFolder();
    await Effect.runPromise(fill(directory, ['again', 50]));
    const [name] = await filesOf(directory, 'otel_traces');
    const path = join(directory, 'otel_traces', name!);
    await copyFile(path, join(folder, name!));
    const before = await Effect.runPromise(counted('row 49'));
    await Effect.runPromise(withLoader(directory, (loader) => loader.drain));
    await copyFile(join(folder, name!), path);
    await Effect.runPromise(withLoader(directory, (loader) => loader.drain));
    expect(await filesOf(directory, 'otel_traces')).toEqual([]);
    expect(await Effect.runPromise(stored('again'))).toBe(50);
    expect((await Effect.runPromise(counted('row 49'))) - before).toBe(1);
  });

  test('that died between insert and delete goes on where it stopped', async () => {
    const directory = await temporaryFolder();
    await Effect.runPromise(fill(directory, ['first', 5], ['second', 6]));
    const files = recordingFiles();
    files.breakWhen = ({ operation, path }) => (operation === 'remove' && path.endsWith('.native') ? 'EIO' : null);
    await Effect.runPromise(
      withLoader(
        directory,
        (loader) =>
          Effect.gen(function* () {
            while ((yield* loader.status).failed === 0) yield* Effect.sleep(5);
          }),
        { files },
      ),
    );
    expect(await filesOf(directory, 'otel_traces')).toHaveLength(2);
    await Effect.runPromise(withLoader(directory, (loader) => loader.drain));
    expect(await Effect.runPromise(Effect.all([stored('first'), stored('second')]))).toEqual([5, 6]);
  });

  test('waits for a folder that is not there yet', async () => {
    const directory = join(await temporaryFolder(), 'later');
    await Effect.runPromise(
      withLoader(directory, (loader) =>
        Effect.gen(function* () {
          yield* loader.drain;
          yield* fill(directory, ['late', 2]);
          loader.wake();
          yield* loader.drain;
        }),
      ),
    );
    expect(await Effect.runPromise(stored('late'))).toBe(2);
  });
});

describe('an engine in trouble', () => {
  test('is tried again until it answers', async () => {
    const directory = await temporaryFolder();
    await Effect.runPromise(fill(directory, ['patience', 5]));
    const status = await Effect.runPromise(
      withLoader(directory, (loader) => loader.drain.pipe(Effect.andThen(loader.status)), {
        store: failingFirst(away, away, queryFailed(241)),
      }),
    );
    expect(status).toMatchObject({ segments: 1, rows: 5, failed: 3, quarantined: 0 });
    expect(status.lastError).toContain('241');
    expect(await Effect.runPromise(stored('patience'))).toBe(5);
  });

  test('over one segment does not keep those behind it', async () => {
    const directory = await temporaryFolder();
    await Effect.runPromise(fill(directory, ['stuck', 5], ['behind', 6]));
    const [first] = await filesOf(directory, 'otel_traces');
    const picky: Store['Service'] = {
      ...store,
      insertSegment: (segment) =>
        segment.path.endsWith(first!) ? Effect.fail(queryFailed(252)) : store.insertSegment(segment),
    };
    await Effect.runPromise(
      withLoader(
        directory,
        (loader) =>
          Effect.gen(function* () {
            while ((yield* loader.status).segments === 0) yield* Effect.sleep(20);
          }),
        { store: picky },
      ),
    );
    expect(await filesOf(directory, 'otel_traces')).toEqual([first]);
    await Effect.runPromise(withLoader(directory, (loader) => loader.drain));
    expect(await Effect.runPromise(stored('stuck'))).toBe(5);
  });
});

describe('a segment that the engine refuses', () => {
  test('is kept aside whole when its bytes are as written', async () => {
    const directory = await temporaryFolder();
    await Effect.runPromise(fill(directory, ['refused', 5]));
    const status = await Effect.runPromise(
      withLoader(directory, (loader) => loader.drain.pipe(Effect.andThen(loader.status)), {
        store: failingFirst(queryFailed(16)),
      }),
    );
    expect(status).toMatchObject({ segments: 0, failed: 1, quarantined: 1 });
    const [aside, reason] = await filesOf(directory, 'quarantine');
    expect(aside).toMatch(/^otel_traces\.\d{15}-[0-9a-f]{8}\.native\.refused$/);
    expect(JSON.parse(await readFile(join(directory, 'quarantine', reason!), 'utf8')).reason).toContain('error 16');
    expect(scanFrames(await readFile(join(directory, 'quarantine', aside!))).sound[0]?.rows).toBe(5);
  });

  test('for bytes that rotted on the disk gives its sound blocks, and keeps the others aside', async () => {
    const directory = await temporaryFolder();
    const send = (spool: Spool['Service']) =>
      Effect.forEach(['sound', 'rotten', 'fine'], (name) => spool.append('traces', tiny({ name, rows: 4 }), 'json'));
    await Effect.runPromise(withSpool({ directory }, send));
    const [name] = await filesOf(directory, 'otel_traces');
    const path = join(directory, 'otel_traces', name!);
    const bytes = await readFile(path);
    const frame = scanFrames(bytes).sound[1]!;
    bytes.fill(0xff, frame.start + 60, frame.end - 10);
    await writeFile(path, bytes);
    const status = await Effect.runPromise(
      withLoader(directory, (loader) => loader.drain.pipe(Effect.andThen(loader.status))),
    );
    expect(status).toMatchObject({ segments: 1, rows: 8, quarantined: 1 });
    expect(await Effect.runPromise(Effect.all([stored('sound'), stored('rotten'), stored('fine')]))).toEqual([4, 0, 4]);
    expect((await filesOf(directory, 'quarantine'))[0]).toMatch(/\.damaged$/);
  });
});

test('an idle loader costs next to nothing', async () => {
  const directory = await temporaryFolder();
  await Effect.runPromise(fill(directory, ['idle', 1]));
  const files = recordingFiles();
  await Effect.runPromise(
    withLoader(
      directory,
      (loader) =>
        Effect.gen(function* () {
          yield* loader.drain;
          // Two looks after the last change the folder counts as settled.
          const asked = () => files.count('changed');
          const settled = asked() + 3 * 7;
          while (asked() < settled) yield* Effect.sleep(20);
          files.calls.length = 0;
          while (asked() < 2 * 7) yield* Effect.sleep(20);
          expect(files.calls.filter(({ operation }) => operation !== 'changed')).toEqual([]);
        }),
      { files },
    ),
  );
});
