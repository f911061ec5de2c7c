import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Effect, Fiber, type Layer, ManagedRuntime } from 'effect';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { receivedAt } from '../../../src/engine/domain/schema/columns.ts';
import { derivedTables } from '../../../src/engine/domain/schema/derived.ts';
import { ownTables } from '../../../src/engine/domain/schema/own/own-tables.ts';
import { telemetryTables } from '../../../src/engine/domain/schema/telemetry.ts';
import { migrate } from '../../../src/engine/store/migrate.ts';
import { traceLogsQuery, tracesByPrefixQuery, traceSpansQuery } from '../../../src/engine/store/queries.ts';
import { reachedTables } from '../../../src/engine/store/segment-insert.ts';
import { Store, type Parameters, type Statement } from '../../../src/engine/store/store.ts';
import { storeReport } from '../../../src/engine/store/store-report.ts';
import { shopSpans, writeSegmentFile, type SegmentContent } from './segment-files.ts';

/** A store to test, empty. */
export interface StoreUnderTest {
  readonly layer: Layer.Layer<Store, unknown>;
  /** Rows of the large segment; what the store can take in one request. Default 200,000. */
  readonly spanRows?: number;
}

const text = (body: Uint8Array): string => new TextDecoder().decode(body).trimEnd();

/** What every store must do, whichever engine is behind it. */
export function describeStore(name: string, open: (folder: string) => StoreUnderTest): void {
  describe(`${name} store`, () => {
    let folder: string;
    let runtime: ManagedRuntime.ManagedRuntime<Store, unknown>;
    let under: StoreUnderTest;
    const start = "toDateTime64(toStartOfDay(now(), 'UTC'), 9)";

    const run = <A, E>(effect: Effect.Effect<A, E, Store>): Promise<A> => runtime.runPromise(effect);
    const query = (sql: string, rest: Partial<Statement> = {}): Promise<string> =>
      run(
        Effect.flatMap(Store, (store) => store.run({ sql, format: 'TSV', ...rest })).pipe(
          Effect.map(({ body }) => text(body)),
        ),
      );
    const rows = async <Row>(bound: { sql: string; parameters: Parameters }): Promise<Row[]> =>
      (JSON.parse(await query(bound.sql, { parameters: bound.parameters, format: 'JSON' })) as { data: Row[] }).data;
    const failure = (sql: string, rest: Partial<Statement> = {}) =>
      run(Effect.flatMap(Store, (store) => store.run({ sql, format: 'TSV', ...rest })).pipe(Effect.flip));
    const insert = (id: string, table: SegmentContent['table'], path: string): Promise<void> =>
      run(Effect.flatMap(Store, (store) => store.insertSegment({ id, table, path })));
    const write = (content: SegmentContent): Promise<void> => run(writeSegmentFile(content));

    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), 'obs-store-'));
      under = open(folder);
      runtime = ManagedRuntime.make(under.layer);
      await run(migrate);
    });
    afterAll(async () => {
      await runtime.dispose();
      rmSync(folder, { recursive: true, force: true });
    });

    test('has after the migration every table and column of the schema, with its comment', async () => {
      for (const table of [...Object.values(telemetryTables), ...derivedTables, ...ownTables]) {
        const described = await query(
          'SELECT name, type, comment FROM system.columns WHERE database = currentDatabase() AND table = {table:String} ORDER BY position',
          { parameters: { table: table.name }, format: 'JSONCompactEachRow' },
        );
        const expected = table.columns.map((column) =>
          'name' in column ? [column.name, column.type, column.comment] : column.slice(0, 3),
        );
        const rows = described.split('\n').map((line) => JSON.parse(line) as string[]);
        // Tables of few rows that are kept long do not go by when something came in.
        const isKeptLong = 'partitions' in table && table.partitions === 'months';
        expect(isKeptLong ? rows : rows.slice(0, -1)).toEqual(expected);
        if (isKeptLong) continue;
        expect(rows.at(-1)).toEqual([receivedAt.name, expect.stringContaining('DateTime'), receivedAt.comment]);
      }
    });

    test('has nothing to do in a second migration', async () => {
      expect(await run(migrate)).toMatchObject({ applied: [] });
    });

    test('binds parameters, also those with quotes, backslashes and line ends', async () => {
      // As HTTP's param_<name> has them: backslash, tab and line end escaped.
      const awkward = String.raw`it's "quoted" \\ and\tso\non {x:String}`;
      expect(
        await query('SELECT {text:String}, {count:UInt64} + 1, {yes:Bool}', {
          parameters: { text: awkward, count: 18446744073709551614n, yes: true },
          format: 'JSONCompactEachRow',
          settings: { output_format_json_quote_64bit_integers: 1 },
        }),
      ).toBe(
        JSON.stringify(['it\'s "quoted" \\ and\tso\non {x:String}', '18446744073709551615', true]).replaceAll(
          ',',
          ', ',
        ),
      );
    });

    test('keeps settings and parameters of one statement away from the next', async () => {
      expect(
        await query("SELECT {a:String}, getSetting('max_block_size')", {
          parameters: { a: '1' },
          settings: { max_block_size: 7 },
        }),
      ).toBe('1\t7');
      expect(await query("SELECT getSetting('max_block_size')")).not.toBe('7');
      expect(await failure('SELECT {a:String}')).toMatchObject({ _tag: 'QueryFailed', code: 456 });
      expect(await query('SELECT {b:String}', { parameters: { b: '2' } })).toBe('2');
    });

    test('tells failures by ClickHouse’s code and a message without decoration', async () => {
      const unknown = await failure('SELECT * FROM no_such_table');
      expect(unknown).toMatchObject({ _tag: 'QueryFailed', code: 60 });
      expect(String((unknown as Error).message)).toMatch(/^Unknown table .*no_such_table.*\(UNKNOWN_TABLE\)$/);
      expect(await failure('SELEC 1')).toMatchObject({ code: 62 });
      expect(await failure('SELECT 1', { settings: { no_such_setting: 1 } })).toMatchObject({ code: 115 });
      expect(await failure('SELECT throwIf(1)')).toMatchObject({ code: 395 });
    });

    test('holds statements to the limits that come with them', async () => {
      const endless = 'SELECT count() FROM numbers(1e13) WHERE sipHash64(number) = 1';
      expect(await failure(endless, { settings: { max_execution_time: 1 } })).toMatchObject({ code: 159 });
      const wide = { max_result_rows: 10, result_overflow_mode: 'throw' };
      expect(await failure('SELECT number FROM numbers(1000)', { settings: wide })).toMatchObject({ code: 396 });
      const memory = { max_memory_usage: 1_000_000 };
      expect(await failure('SELECT groupArray(number) FROM numbers(1e7)', { settings: memory })).toMatchObject({
        code: 241,
      });
    });

    test('stops a statement in the engine when its effect is interrupted', async () => {
      const marker = 'SELECT count() AS endless FROM numbers(1e13) WHERE sipHash64(number) = 2';
      const running = async (): Promise<string> =>
        query("SELECT count() FROM system.processes WHERE query LIKE 'SELECT count() AS endless%'");
      const fiber = runtime.runFork(
        Effect.flatMap(Store, (store) => store.run({ sql: marker, format: 'TSV', priority: 'analytical' })),
      );
      await expect.poll(running).toBe('1');
      const before = performance.now();
      await Effect.runPromise(Fiber.interrupt(fiber));
      await expect.poll(running).toBe('0');
      expect(performance.now() - before).toBeLessThan(2_000);
    });

    test('answers an interactive statement while an analytical one runs', async () => {
      const long = runtime.runFork(
        Effect.flatMap(Store, (store) =>
          store.run({
            sql: 'SELECT count() FROM numbers(1e13) WHERE sipHash64(number) = 3',
            format: 'TSV',
            priority: 'analytical',
            parameters: { unused: 1 },
          }),
        ),
      );
      expect(await query('SELECT {one:UInt8}', { parameters: { one: 1 } })).toBe('1');
      await Effect.runPromise(Fiber.interrupt(long));
    });

    const spanRows = (): number => under.spanRows ?? 200_000;
    const traceCounts = `SELECT (SELECT count() FROM otel_traces), (SELECT sum(Calls) FROM obs_red_10s),
      (SELECT sum(Calls) FROM obs_red_1m), (SELECT sum(Spans) FROM obs_service_instances),
      (SELECT uniqExact(TraceId) FROM otel_traces_trace_id_ts)`;
    const counts = (times: number): string => `${`${times * spanRows()}\t`.repeat(4)}${spanRows() / 10}`;
    const segment = (): SegmentContent => ({
      table: 'otel_traces',
      path: join(folder, 'spans.native'),
      rows: spanRows(),
      values: shopSpans(start),
    });

    test('takes a segment of many blocks once, in the table and in every rollup, however often it comes', async () => {
      await write(segment());
      for (const _ of [1, 2, 3]) await insert('segment-1', 'otel_traces', segment().path);
      expect(await query(traceCounts)).toBe(counts(1));
      await insert('segment-2', 'otel_traces', segment().path);
      expect(await query(traceCounts)).toBe(counts(2));
    });

    test('has rates, errors and durations in both rollups as the spans have them', async () => {
      const exact = `SELECT count(), countIf(StatusCode = 'Error'), sum(Duration), max(Duration) FROM otel_traces WHERE SpanName = 'GET /api/7'`;
      for (const rollup of ['obs_red_10s', 'obs_red_1m']) {
        const summed = `SELECT sum(Calls), sum(Errors), sum(DurationSum), max(DurationMax) FROM ${rollup} WHERE SpanName = 'GET /api/7'`;
        expect(await query(summed)).toBe(await query(exact));
        const ratios = await query(
          `SELECT arrayMap((sketch, exact) -> abs(sketch / exact - 1) < 0.011,
             (SELECT quantilesDDMerge(0.01, 0.5, 0.95, 0.99)(DurationQuantiles) FROM ${rollup} WHERE SpanName = 'GET /api/7'),
             (SELECT quantilesExact(0.5, 0.95, 0.99)(Duration) FROM otel_traces WHERE SpanName = 'GET /api/7'))`,
        );
        expect(ratios).toBe('[1,1,1]');
      }
      const windows = 'SELECT uniqExact(Time), max(toSecond(Time) % 60) FROM obs_red_1m';
      expect(await query(windows)).toBe(`${Math.ceil(spanRows() / 60_000)}\t0`);
    });

    test('knows which instances of a service ran', async () => {
      expect(
        await query(
          "SELECT DISTINCT ServiceVersion, Environment, HostName, InstanceId FROM obs_service_instances WHERE ServiceName = 'service-3' ORDER BY HostName",
        ),
      ).toBe(['0', '1', '2'].map((host) => `1.2.0\tproduction\thost-${host}\thost-${host}:123`).join('\n'));
    });

    test('finds the spans of a trace by the days that the trace table names', async () => {
      const traceId = 'c4ca4238a0b923820dcc509a6f75849b';
      const bound = traceSpansQuery(traceId, { columns: 'SpanId, ServiceName', limit: 100 });
      const spans = await rows<{ SpanId: string }>(bound);
      expect(new Set(spans.map(({ SpanId }) => SpanId)).size).toBe(10);
      const plan = await query(`EXPLAIN indexes = 1 ${bound.sql}`, { parameters: bound.parameters, format: 'TSVRaw' });
      expect(plan).toMatch(/MinMax|Min-Max/);
      expect(plan).toContain('idx_trace_id');
      expect(plan).toMatch(/PrimaryKey[\s\S]*toStartOfFiveMinutes\(Timestamp\)/);
      expect(await rows(traceSpansQuery('0'.repeat(32), { columns: '*', limit: 1 }))).toEqual([]);
      expect((await rows<{ TraceId: string }>(tracesByPrefixQuery('c4ca42', 5))).map((row) => row.TraceId)).toEqual([
        traceId,
      ]);
    });

    test('finds the logs of a trace, counts logs by severity', async () => {
      const path = join(folder, 'logs.native');
      await write({
        table: 'otel_logs',
        path,
        rows: 1_000,
        values: {
          Timestamp: `${start} + toIntervalMillisecond(number)`,
          TraceId: 'lower(hex(MD5(toString(intDiv(number, 10)))))',
          ServiceName: "'service-1'",
          SeverityNumber: 'if(number % 4 = 0, 17, 9)',
          Body: "'line ' || toString(number)",
        },
      });
      for (const _ of [1, 2]) await insert('logs-1', 'otel_logs', path);
      const bound = traceLogsQuery('c4ca4238a0b923820dcc509a6f75849b', { columns: 'Body', limit: 100 });
      expect((await rows<{ Body: string }>(bound)).map(({ Body }) => Body)).toEqual(
        Array.from({ length: 10 }, (_, index) => `line ${index + 10}`),
      );
      expect(await query('SELECT SeverityNumber, sum(Records) FROM obs_log_counts_10s GROUP BY 1 ORDER BY 1')).toBe(
        '9\t750\n17\t250',
      );
    });

    test('takes segments of every table', async () => {
      for (const table of Object.values(telemetryTables).filter(({ timeColumn }) => timeColumn === 'TimeUnix')) {
        const path = join(folder, `${table.name}.native`);
        await write({
          table: table.name,
          path,
          rows: 500,
          values: { TimeUnix: start, MetricName: "'m' || toString(number)" },
        });
        for (const _ of [1, 2]) await insert(`points-${table.name}`, table.name, path);
        expect(await query(`SELECT count() FROM ${table.name}`)).toBe('500');
      }
    });

    test('takes a segment that reaches over many days, each in its partition', async () => {
      const path = join(folder, 'days.native');
      await write({
        table: 'otel_metrics_gauge',
        path,
        rows: 1_000,
        values: { TimeUnix: `${start} - toIntervalDay(number % 25)`, MetricName: "'spread'" },
      });
      for (const _ of [1, 2]) await insert('spread', 'otel_metrics_gauge', path);
      expect(
        await query("SELECT count(), uniqExact(_partition_id) FROM otel_metrics_gauge WHERE MetricName = 'spread'"),
      ).toBe('1000\t25');
    });

    test('reports rows, bytes and times by table', async () => {
      const report = await run(storeReport);
      const traces = report.find(({ table }) => table === 'otel_traces');
      const midnight = Number(await query("SELECT toUnixTimestamp(toStartOfDay(now(), 'UTC'))")) * 1000;
      expect(traces).toMatchObject({
        rows: 2 * spanRows(),
        oldestMs: midnight,
        newestMs: midnight + spanRows() - 1000,
      });
      expect(traces?.bytesOnDisk).toBeGreaterThan(1_000_000);
      expect(report.map(({ table }) => table)).toEqual([
        ...Object.keys(telemetryTables),
        ...derivedTables.map(({ name }) => name),
        ...ownTables.filter(({ partitions }) => partitions === 'days').map(({ name }) => name),
      ]);
    });

    test('knows which tables an insert reaches, rollups of rollups among them', () => {
      expect(reachedTables('otel_traces').toSorted()).toEqual([
        'obs_red_10s',
        'obs_red_1m',
        'obs_red_service_10s',
        'obs_red_service_1m',
        'obs_service_instances',
        'otel_traces',
        'otel_traces_trace_id_ts',
      ]);
      expect(reachedTables('otel_metrics_sum')).toEqual(['otel_metrics_sum']);
    });

    test('fails an insert of a file that is no segment, and stores nothing of it', async () => {
      const path = join(folder, 'missing.native');
      const result = await run(
        Effect.flatMap(Store, (store) => store.insertSegment({ id: 'broken', table: 'otel_traces', path })).pipe(
          Effect.flip,
        ),
      );
      expect(result).toMatchObject({ _tag: 'QueryFailed', code: 107 });
      expect(await query('SELECT count() FROM otel_traces')).toBe(String(2 * spanRows()));
    });
  });
}
