import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { createClient } from '@clickhouse/client';
import { Cause, Effect, Exit, Fiber, Scope } from 'effect';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Security } from '../../../src/engine/net/security.ts';
import { startQueryEndpoint } from '../../../src/engine/store/endpoint/query-endpoint.ts';
import { httpQueryClient } from '../../../src/engine/store/http-query-client.ts';
import { QueryClient } from '../../../src/engine/store/query-client.ts';
import { Store } from '../../../src/engine/store/store.ts';
import { securityWithToken } from '../../support/security.ts';
import { pythonWithClickHouseConnect } from './python.ts';
import { openRealStore, type RealStore } from './real-store.ts';

let store: RealStore;
let url: string;
let withToken: string;
let writable: string;
const token = 'the-token-of-this-endpoint';
const scope = Scope.makeUnsafe();

beforeAll(async () => {
  store = await openRealStore();
  const start = (more: { security?: Security; writable?: boolean }) =>
    store.run(
      startQueryEndpoint({ host: '127.0.0.1', port: 0, ...more }).pipe(Effect.provideService(Scope.Scope, scope)),
    );
  url = (await start({})).url;
  withToken = (await start({ security: await securityWithToken(token, scope) })).url;
  writable = (await start({ writable: true })).url;
});
afterAll(async () => {
  await Effect.runPromise(Scope.close(scope, Exit.void));
  await store.close();
});

function withClient<A, E>(effect: Effect.Effect<A, E, QueryClient>, endpoint = url, password?: string): Promise<A> {
  const layer = httpQueryClient({ endpoint, ...(password === undefined ? {} : { password }) });
  return Effect.runPromise(effect.pipe(Effect.provide(layer)));
}

const rows = <Row>(sql: string, options = {}) =>
  Effect.flatMap(QueryClient, (client) => client.rows<Row>(sql, options));

describe('the client that all commands use', () => {
  test('rows, with 64-bit integers as strings and parameters as values', async () => {
    const asked = rows('SELECT toUInt64(18446744073709551615) AS big, {v:String} AS v, {n:UInt8} AS n, {b:Bool} AS b', {
      parameters: { v: "tab\t 'quote' \\ \n", n: 7, b: true },
    });
    expect(await withClient(asked)).toEqual([{ big: '18446744073709551615', v: "tab\t 'quote' \\ \n", n: 7, b: true }]);
  });

  test('settings go along', async () => {
    const failed = await withClient(
      Effect.flip(rows('SELECT number FROM numbers(100000)', { settings: { max_result_rows: 10 } })),
    );
    expect(failed).toMatchObject({ _tag: 'QueryFailed', code: 396 });
  });

  const bytes = (sql: string, format: string) =>
    Effect.gen(function* () {
      const client = yield* QueryClient;
      const stream = yield* client.bytes(sql, format);
      return yield* Effect.promise(async () => {
        const chunks: Uint8Array[] = [];
        for await (const chunk of stream) chunks.push(chunk);
        return Buffer.concat(chunks);
      });
    });

  test('bytes, in any format, as they arrive', async () => {
    const file = await withClient(bytes('SELECT number FROM numbers(100000) -- a comment', 'Parquet'));
    expect([file.subarray(0, 4).toString(), file.subarray(-4).toString()]).toEqual(['PAR1', 'PAR1']);
    expect((await withClient(bytes("SELECT 'a';", 'CSV'))).toString()).toBe('"a"\n');
    expect((await withClient(bytes("SELECT 'a' FORMAT TSV", 'CSV'))).toString()).toBe('a\n');
  });

  test("failures carry ClickHouse's code, and refusals their reason", async () => {
    expect(await withClient(Effect.flip(rows('SELECT * FROM not_there')))).toMatchObject({
      _tag: 'QueryFailed',
      code: 60,
      message: expect.stringContaining('(UNKNOWN_TABLE)'),
    });
    expect(await withClient(Effect.flip(rows('DROP TABLE otel_logs')))).toMatchObject({
      _tag: 'QueryFailed',
      code: 497,
    });
    expect(await withClient(Effect.flip(rows("SELECT * FROM file('/etc/passwd')")))).toMatchObject({
      _tag: 'QueryFailed',
      code: 497,
      message: expect.stringContaining('the function file is not allowed'),
    });
  });

  test('nobody there is EngineUnavailable', async () => {
    const gone = Scope.makeUnsafe();
    const endpoint = await store.run(
      startQueryEndpoint({ host: '127.0.0.1', port: 0 }).pipe(Effect.provideService(Scope.Scope, gone)),
    );
    await Effect.runPromise(Scope.close(gone, Exit.void));
    const failed = await withClient(Effect.flip(rows('SELECT 1')), endpoint.url);
    expect(failed).toMatchObject({
      _tag: 'EngineUnavailable',
      endpoint: endpoint.url,
      reason: expect.stringContaining('ECONNREFUSED'),
    });
  });

  test('the token is the password', async () => {
    expect(await withClient(rows('SELECT 1 AS a'), withToken, token)).toEqual([{ a: 1 }]);
    expect(await withClient(Effect.flip(rows('SELECT 1 AS a')), withToken, 'wrong')).toMatchObject({ code: 516 });
  });

  test('interrupting it ends the query in the engine', async () => {
    const running = async (): Promise<string> => {
      const sql =
        "SELECT count() FROM system.processes WHERE query LIKE '%1000000000000%' AND query NOT LIKE '%processes%'";
      const { body } = await store.run(Effect.flatMap(Store, (s) => s.run({ sql, format: 'TSV' })));
      return Buffer.from(body).toString().trim();
    };
    const waitFor = async (count: string): Promise<void> => {
      const end = Date.now() + 10_000;
      while ((await running()) !== count) if (Date.now() > end) throw new Error(`never ${count} running`);
    };
    const fiber = Effect.runFork(
      rows('SELECT count() FROM numbers(1000000000000) WHERE sipHash64(number) % 3 = 1').pipe(
        Effect.provide(httpQueryClient({ endpoint: url })),
      ),
    );
    await waitFor('1');
    await Effect.runPromise(Fiber.interrupt(fiber));
    const exit = await Effect.runPromise(Fiber.await(fiber));
    expect(Exit.isFailure(exit) && Cause.hasInterruptsOnly(exit.cause)).toBe(true);
    await waitFor('0');
  });
});

describe('@clickhouse/client itself', () => {
  test('with its defaults, and with all that it can turn on', async () => {
    const client = createClient({ url, compression: { request: true, response: true }, session_id: 'one' });
    expect(await client.ping()).toEqual({ success: true });
    expect(await client.ping({ select: true })).toEqual({ success: true });
    const answer = await client.query({
      query: "SELECT number, repeat('x', 100) AS x FROM numbers(1000)",
      format: 'JSONCompactEachRow',
    });
    expect(await answer.json()).toHaveLength(1000);
    expect(answer.response_headers['content-encoding']).toBe('gzip');
    const table = await client.query({
      query: 'SELECT count() AS n FROM {t:Identifier}',
      query_params: { t: 'otel_traces' },
      format: 'JSON',
    });
    expect((await table.json<{ n: number }>()).data).toEqual([{ n: 0 }]);
    await expect(client.command({ query: 'TRUNCATE TABLE otel_traces' })).rejects.toMatchObject({
      code: '497',
      type: 'ACCESS_DENIED',
    });
    await expect(
      client.insert({ table: 'otel_logs', values: [{ Body: 'x' }], format: 'JSONEachRow' }),
    ).rejects.toMatchObject({ code: '497' });
    await client.close();
  });
});

describe('clickhouse-connect', () => {
  const script = `
import sys, clickhouse_connect
c = clickhouse_connect.get_client(host='127.0.0.1', port=int(sys.argv[1]))
print(c.query("SELECT 1 AS a, 'x' AS b, [1, 2] AS c, map('k', 1) AS d, toLowCardinality('lc') AS e").result_rows)
print(c.command('SELECT count() FROM otel_logs'))
print(c.query('SELECT count() FROM {t:Identifier} WHERE Body = {b:String}', parameters={'t': 'otel_logs', 'b': "x' OR 1=1"}).result_rows)
print(len(c.query('SELECT number, toString(number) FROM numbers(100000)').result_rows))
print(c.query('DESCRIBE TABLE otel_logs').result_rows[0][0])
print(c.query('SELECT 1 AS a LIMIT 0').column_names)
for forbidden in (lambda: c.command('DROP TABLE otel_logs'), lambda: c.insert('otel_logs', [['a']], column_names=['Body'])):
    try:
        forbidden()
        print('not refused')
    except Exception as e:
        # Rows come compressed with lz4, which says enough about what was wanted.
        print('497' in str(e) or 'Unknown Content-Encoding lz4' in str(e))
c.close()
`;

  test('connects and reads with its defaults, and is refused to write', async (context) => {
    const found = pythonWithClickHouseConnect();
    if ('missing' in found) return context.skip(`no clickhouse-connect here: ${found.missing}`);
    const { stdout } = await promisify(execFile)(found.python, ['-c', script, new URL(url).port]);
    expect(stdout.trim().split('\n')).toEqual([
      "[(1, 'x', [1, 2], {'k': 1}, 'lc')]",
      '0',
      '[(0,)]',
      '100000',
      'Timestamp',
      "('a',)",
      'True',
      'True',
    ]);
  }, 150_000);
});

describe('the writable test mode stands in for a server', () => {
  test('statements that write, and INSERT with its rows in the body', async () => {
    const client = createClient({ url: writable });
    await client.command({
      query: 'CREATE TABLE written (a UInt64, b String, c Array(String)) ENGINE = MergeTree ORDER BY a',
    });
    await client.insert({ table: 'written', values: [{ a: 1, b: 'x', c: ['y'] }, { a: 2 }], format: 'JSONEachRow' });
    await client.insert({ table: 'written', columns: ['b', 'a'], values: [['z', 3]], format: 'JSONCompactEachRow' });
    await client.command({ query: "INSERT INTO written VALUES (4, 'inline', [])" });
    const answer = await client.query({ query: 'SELECT a, b FROM written ORDER BY a', format: 'JSONCompactEachRow' });
    expect(await answer.json()).toEqual([
      [1, 'x'],
      [2, ''],
      [3, 'z'],
      [4, 'inline'],
    ]);
    await expect(client.insert({ table: 'written', values: [{ a: 'no' }], format: 'JSONEachRow' })).rejects.toThrow();
    await client.close();
  });

  test('binary rows come in as they go out', async () => {
    const read = async (format: string, table: string): Promise<Buffer> => {
      const response = await fetch(
        `${writable}/?query=${encodeURIComponent(`SELECT * FROM ${table} ORDER BY a FORMAT ${format}`)}`,
      );
      return Buffer.from(await response.arrayBuffer());
    };
    await fetch(writable, { method: 'POST', body: 'CREATE TABLE copied AS written ENGINE = MergeTree ORDER BY a' });
    for (const format of ['Native', 'RowBinary', 'Parquet']) {
      await fetch(writable, { method: 'POST', body: 'TRUNCATE TABLE copied' });
      const sent = await fetch(`${writable}/?query=${encodeURIComponent(`INSERT INTO copied FORMAT ${format}`)}`, {
        method: 'POST',
        body: await read(format, 'written'),
      });
      expect([format, sent.status]).toEqual([format, 200]);
      expect(await read('RowBinary', 'copied')).toEqual(await read('RowBinary', 'written'));
    }
  });
});
