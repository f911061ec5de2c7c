import { execFile } from 'node:child_process';
import { request as httpRequest } from 'node:http';
import { promisify } from 'node:util';
import { gzipSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { Effect, Exit, Scope } from 'effect';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { limits } from '../../../src/engine/domain/limits.ts';
import { ClickHouseException, httpStatus } from '../../../src/engine/store/endpoint/exception.ts';
import { startQueryEndpoint } from '../../../src/engine/store/endpoint/query-endpoint.ts';
import type { Security } from '../../../src/engine/net/security.ts';
import { Store } from '../../../src/engine/store/store.ts';
import { securityWithToken } from '../../support/security.ts';
import { ask, raw } from './http.ts';
import { openRealStore, type RealStore } from './real-store.ts';

let store: RealStore;
let url: string;
let guarded: string;
const token = 'the-token-of-this-endpoint';
const scope = Scope.makeUnsafe();

beforeAll(async () => {
  store = await openRealStore();
  const start = (security?: Security) =>
    store.run(
      startQueryEndpoint({ host: '127.0.0.1', port: 0, ...(security === undefined ? {} : { security }) }).pipe(
        Effect.provideService(Scope.Scope, scope),
      ),
    );
  url = (await start()).url;
  guarded = (await start(await securityWithToken(token, scope))).url;
});
afterAll(async () => {
  await Effect.runPromise(Scope.close(scope, Exit.void));
  await store.close();
});

async function runningQueries(): Promise<string> {
  const sql =
    "SELECT count() FROM system.processes WHERE query LIKE '%1000000000000%' AND query NOT LIKE '%processes%'";
  const { body } = await store.run(Effect.flatMap(Store, (s) => s.run({ sql, format: 'TSV' })));
  return Buffer.from(body).toString().trim();
}

async function eventually<A>(look: () => Promise<A | undefined>): Promise<A> {
  const end = Date.now() + 10_000;
  for (;;) {
    const seen = await look();
    if (seen !== undefined) return seen;
    if (Date.now() > end) throw new Error('it did not come to that');
  }
}

function until(condition: () => Promise<boolean>): Promise<true> {
  return eventually(async () => ((await condition()) ? true : undefined));
}

/** Runs for minutes unless it is stopped. */
const endless = 'SELECT count() FROM numbers(1000000000000) WHERE sipHash64(number) % 3 = 1';

describe('the ways to ask', () => {
  test('GET with ?query=, POST with a body, and both at once', async () => {
    expect(await (await fetch(`${url}/?query=SELECT+1`)).text()).toBe('1\n');
    expect((await ask(url, 'SELECT 2')).body).toBe('2\n');
    expect((await ask(url, 'FORMAT CSV', { query: "SELECT 'a'" })).body).toBe('"a"\n');
  });

  test('curl, as everybody types it', async () => {
    const { stdout } = await promisify(execFile)('curl', [
      '-sS',
      url,
      '--data-binary',
      'SELECT 1 AS a FORMAT JSONEachRow',
    ]);
    expect(stdout).toBe('{"a":1}\n');
  });

  test('health checks', async () => {
    for (const path of ['/ping', '/', '/replicas_status']) {
      const response = await fetch(url + path);
      expect([path, response.status, await response.text()]).toEqual([path, 200, 'Ok.\n']);
    }
    expect((await fetch(`${url}/ping`, { method: 'HEAD' })).status).toBe(200);
    expect((await fetch(`${url}/play`)).status).toBe(404);
  });

  test('the format: of the statement, of the header, of default_format, in that order', async () => {
    const header = { 'X-ClickHouse-Format': 'CSV' };
    expect((await ask(url, "SELECT 'a' FORMAT TSV", { default_format: 'JSON' }, header)).body).toBe('a\n');
    expect((await ask(url, "SELECT 'a'", { default_format: 'JSON' }, header)).body).toBe('"a"\n');
    expect((await ask(url, "SELECT 'a' AS x", { default_format: 'JSONEachRow' })).body).toBe('{"x":"a"}\n');
    const unknown = await ask(url, 'SELECT 1', { default_format: 'Nonsense' });
    expect([unknown.status, unknown.headers.get('X-ClickHouse-Exception-Code')]).toEqual([404, '73']);
  });

  test.each([
    ['Native', /^\x01\x01\x01a\x05UInt8\x01$/],
    ['RowBinary', /^\x01$/],
    ['Parquet', /^PAR1[^]*PAR1$/],
    ['Arrow', /^ARROW1[^]*ARROW1$/],
    ['ArrowStream', /^\xff\xff\xff\xff/],
    ['ORC', /^ORC/],
  ])('binary: %s', async (format, shape) => {
    const response = await fetch(url, { method: 'POST', body: `SELECT 1 AS a FORMAT ${format}` });
    expect(response.headers.get('Content-Type')).toBe('application/octet-stream');
    expect(Buffer.from(await response.arrayBuffer()).toString('latin1')).toMatch(shape);
  });

  test('parameters stay values, whatever they hold', async () => {
    for (const value of ["'; DROP TABLE otel_logs; --", "' OR 1=1", '{x:String}', '\\\\', 'ü€', "') FORMAT Null"]) {
      const answer = await ask(url, 'SELECT {v:String} AS v FORMAT JSONEachRow', {
        param_v: value.replaceAll('\\', '\\\\'),
      });
      expect(JSON.parse(answer.body)).toEqual({ v: value });
    }
    expect((await ask(url, 'SELECT {n:UInt8}', { param_n: '1; DROP TABLE x' })).status).not.toBe(200);
    expect((await ask(url, 'SELECT count() FROM {t:Identifier}', { param_t: 'otel_logs' })).body).toBe('0\n');
    expect((await ask(url, 'SELECT {n:UInt8}')).headers.get('X-ClickHouse-Exception-Code')).toBe('456');
  });

  test('an answer of the same second is shared with who allows it; the statement may name the engine’s own cache', async () => {
    const sql = 'SELECT generateUUIDv4()';
    const shared = { use_query_cache: '1', query_cache_ttl: '600' };
    const first = await ask(url, sql, shared);
    expect(first.status).toBe(200);
    expect((await ask(url, sql, shared)).body).toBe(first.body);
    expect((await ask(url, sql)).body).not.toBe(first.body);
    expect((await ask(url, 'SELECT 1 SETTINGS use_query_cache = 1, query_cache_ttl = 1')).body).toBe('1\n');
  });

  test('answers say what ClickHouse says about itself', async () => {
    const { headers } = await ask(url, 'SELECT 1', { query_id: 'mine' });
    expect(headers.get('X-ClickHouse-Query-Id')).toBe('mine');
    expect(headers.get('X-ClickHouse-Server-Display-Name')).toBe('obs');
    expect(headers.get('X-ClickHouse-Timezone')).not.toBe('');
    expect(headers.get('X-ClickHouse-Format')).toBe('TabSeparated');
    expect(JSON.parse(headers.get('X-ClickHouse-Summary') ?? '')).toMatchObject({ read_rows: '1', result_bytes: '2' });
  });

  test('compression both ways', async () => {
    const response = await fetch(`${url}/?enable_http_compression=1&query=SELECT+repeat('x',5000)`, {
      headers: { 'Accept-Encoding': 'gzip' },
    });
    expect(response.headers.get('Content-Encoding')).toBe('gzip');
    expect((await response.text()).length).toBe(5001);
    const zipped = await fetch(url, {
      method: 'POST',
      body: gzipSync('SELECT 7'),
      headers: { 'Content-Encoding': 'gzip' },
    });
    expect(await zipped.text()).toBe('7\n');
    const plain = await fetch(`${url}/?query=SELECT+repeat('x',5000)`, { headers: { 'Accept-Encoding': 'gzip' } });
    expect(plain.headers.get('Content-Encoding')).toBeNull();
  });

  test('a session, a role and a user are accepted and mean nothing', async () => {
    const query = {
      session_id: 's',
      session_timeout: '60',
      user: 'default',
      password: '',
      quota_key: 'q',
      database: 'default',
    };
    expect((await ask(url, 'SELECT 1', query)).body).toBe('1\n');
    expect((await ask(url, 'SELECT 1', { database: 'other' })).headers.get('X-ClickHouse-Exception-Code')).toBe('81');
  });
});

describe("errors are ClickHouse's", () => {
  test.each([
    ['SELEC 1', 400, 62, 'SYNTAX_ERROR'],
    ['SELECT * FROM not_there', 404, 60, 'UNKNOWN_TABLE'],
    ['SELECT not_there', 404, 47, 'UNKNOWN_IDENTIFIER'],
    ['SELECT not_there(1)', 404, 46, 'UNKNOWN_FUNCTION'],
    ["SELECT throwIf(1, 'boo')", 400, 395, 'FUNCTION_THROW_IF_VALUE_IS_NON_ZERO'],
    ['DROP TABLE otel_logs', 403, 497, 'ACCESS_DENIED'],
    ["SELECT * FROM file('/etc/passwd')", 403, 497, 'ACCESS_DENIED'],
    ['SELECT 1; SELECT 2', 403, 497, 'ACCESS_DENIED'],
    ['', 400, 62, 'SYNTAX_ERROR'],
  ])('%s', async (sql, status, code, name) => {
    const answer = await ask(url, sql);
    expect(answer.status).toBe(status);
    expect(answer.headers.get('X-ClickHouse-Exception-Code')).toBe(String(code));
    expect(answer.body).toMatch(
      new RegExp(`^Code: ${code}\\. DB::Exception: [^]*\\(${name}\\) \\(version [\\d.]+ \\(obs\\)\\)\\n$`),
    );
  });

  test('what is not offered says so', async () => {
    const multipart = new FormData();
    multipart.set('query', 'SELECT 1');
    const form = await fetch(url, { method: 'POST', body: multipart });
    expect([form.status, await form.text()]).toEqual([501, expect.stringContaining('External data')]);
    expect((await ask(url, 'SELECT 1', { compress: '1' })).body).toContain('block compression');
    expect((await fetch(url, { method: 'PUT', body: 'SELECT 1' })).status).toBe(501);
    const snappy = await ask(url, 'SELECT 1', {}, { 'Content-Encoding': 'snappy' });
    expect(snappy.body).toContain('Unknown Content-Encoding snappy');
    const notGzip = await ask(url, 'SELECT 1', {}, { 'Content-Encoding': 'gzip' });
    expect([notGzip.status, notGzip.body]).toEqual([400, expect.stringContaining('not gzip')]);
  });

  test('rows of an INSERT are refused unread', async () => {
    const answer = await ask(
      url,
      'rows',
      { query: 'INSERT INTO otel_logs FORMAT Native' },
      { 'Content-Encoding': 'lz4' },
    );
    expect([answer.status, answer.body]).toEqual([403, expect.stringContaining('INSERT is not a reading statement')]);
  });
});

describe('limits', () => {
  test('time', async () => {
    const answer = await ask(url, endless, { max_execution_time: '1' });
    expect([answer.status, answer.headers.get('X-ClickHouse-Exception-Code')]).toEqual([408, '159']);
  });

  test('rows and bytes of an answer', async () => {
    const rows = await ask(url, `SELECT number FROM numbers(${limits.query.resultRows + 1})`);
    expect(rows.headers.get('X-ClickHouse-Exception-Code')).toBe('396');
    const fewer = await ask(url, 'SELECT number FROM numbers(100000)', { max_result_rows: '10' });
    expect(fewer.headers.get('X-ClickHouse-Exception-Code')).toBe('396');
    const more = await ask(url, `SELECT number FROM numbers(${limits.query.resultRows + 1})`, { max_result_rows: '0' });
    expect(more.headers.get('X-ClickHouse-Exception-Code')).toBe('396');
  });

  test('memory, asked for in the request or in the statement: its own mistake', async () => {
    const statement = 'SELECT groupArray(number) FROM numbers(100000000)';
    for (const answer of [
      await ask(url, statement, { max_memory_usage: '50000000' }),
      await ask(url, `${statement} SETTINGS max_memory_usage = 50000000`),
      await ask(url, `${statement} SETTINGS max_memory_usage_for_user = 50000000`),
    ]) {
      expect([answer.status, answer.headers.get('X-ClickHouse-Exception-Code')]).toEqual([400, '241']);
    }
  });

  test('memory that the engine as a whole lacks is no mistake of the statement', () => {
    const lacks = (message: string) => httpStatus(new ClickHouseException({ code: 241, message }));
    expect(lacks('(total) memory limit exceeded: would use 9.00 GiB')).toBe(500);
    expect(lacks('Memory limit (for query) exceeded: would use 9.31 GiB')).toBe(400);
  });

  test('settings that are not for readers', async () => {
    const refused = await ask(url, 'SELECT 1', { format_schema: 'x' });
    expect([refused.headers.get('X-ClickHouse-Exception-Code'), refused.body]).toEqual([
      '164',
      expect.stringContaining('format_schema'),
    ]);
    expect((await ask(url, 'SELECT 1', { readonly: '0' })).headers.get('X-ClickHouse-Exception-Code')).toBe('164');
    expect((await ask(url, 'SELECT 1', { max_threads: 'all' })).headers.get('X-ClickHouse-Exception-Code')).toBe('164');
    expect(
      (await ask(url, 'SELECT 1', { readonly: '1', log_comment: 'x', max_threads: '1', join_use_nulls: '1' })).body,
    ).toBe('1\n');
    expect(
      (await ask(url, 'SELECT toUInt64(1) AS a FORMAT JSONEachRow', { output_format_json_quote_64bit_integers: '1' }))
        .body,
    ).toBe('{"a":"1"}\n');
  });

  test('the length of a statement', async () => {
    const answer = await ask(url, `SELECT '${'x'.repeat(limits.query.sqlBytes)}'`);
    expect([answer.status, answer.headers.get('X-ClickHouse-Exception-Code')]).toEqual([413, '229']);
    const bomb = await fetch(url, {
      method: 'POST',
      body: gzipSync(Buffer.alloc(10_000_000, 32)),
      headers: { 'Content-Encoding': 'gzip' },
    });
    expect(bomb.status).toBe(413);
    expect((await ask(url, `SELECT length('${'x'.repeat(200_000)}')`)).body).toBe('200000\n');
    const long = await fetch(`${url}/?query=${encodeURIComponent(`SELECT length('${'x'.repeat(100_000)}')`)}`);
    expect(await long.text()).toBe('100000\n');
  });

  test('so many queries at once, and the next is told to come again', async () => {
    const hangUp = new AbortController();
    const many = limits.query.concurrent + limits.query.waiting;
    const asked = Array.from({ length: many }, () =>
      fetch(url, { method: 'POST', body: endless, signal: hangUp.signal }).catch((error: Error) => error.name),
    );
    // One that comes before the last of them has arrived waits for its turn; so each try is given up soon.
    const tooMany = await eventually(async () => {
      const answer = await fetch(`${url}/?query=SELECT+1`, { signal: AbortSignal.timeout(100) }).catch(() => undefined);
      return answer?.status === 503 ? answer : undefined;
    });
    expect(tooMany.headers.get('X-ClickHouse-Exception-Code')).toBe('202');
    hangUp.abort();
    const aborted = (await Promise.all(asked)).filter((answer) => answer === 'AbortError');
    // A try may have taken the place of one that came late.
    expect(aborted.length).toBeGreaterThanOrEqual(many - 1);
    await until(async () => (await runningQueries()) === '0');
    expect((await ask(url, 'SELECT 1')).body).toBe('1\n');
  });
});

describe('who hangs up does not keep the engine busy', () => {
  test('the query leaves system.processes', async () => {
    const hangUp = new AbortController();
    const asked = fetch(url, { method: 'POST', body: endless, signal: hangUp.signal }).catch(
      (error: Error) => error.name,
    );
    await until(async () => (await runningQueries()) === '1');
    hangUp.abort();
    expect(await asked).toBe('AbortError');
    await until(async () => (await runningQueries()) === '0');
  });

  test('so it does when the endpoint stops', async () => {
    const own = Scope.makeUnsafe();
    const started = await store.run(
      startQueryEndpoint({ host: '127.0.0.1', port: 0 }).pipe(Effect.provideService(Scope.Scope, own)),
    );
    const asked = ask(started.url, endless).catch(() => 'gone');
    await until(async () => (await runningQueries()) === '1');
    await Effect.runPromise(Scope.close(own, Exit.void));
    expect(await asked).toBe('gone');
    await until(async () => (await runningQueries()) === '0');
    await expect(fetch(started.url)).rejects.toThrow();
  });
});

describe('zstd', () => {
  test('both ways, and not to who refuses it', async () => {
    const get = (accepted: string) =>
      new Promise<[string | undefined, Buffer]>((resolve, reject) => {
        const path = `${url}/?query=SELECT+repeat('x',5000)&enable_http_compression=1`;
        httpRequest(path, { headers: { 'Accept-Encoding': accepted } }, (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('end', () => resolve([response.headers['content-encoding'], Buffer.concat(chunks)]));
        })
          .once('error', reject)
          .end();
      });
    const [encoding, body] = await get('gzip, zstd');
    expect([encoding, zstdDecompressSync(body).toString()]).toEqual(['zstd', `${'x'.repeat(5000)}\n`]);
    expect((await get('zstd;q=0, gzip'))[0]).toBe('gzip');
    const sent = await fetch(url, {
      method: 'POST',
      body: zstdCompressSync('SELECT 7'),
      headers: { 'Content-Encoding': 'zstd' },
    });
    expect(await sent.text()).toBe('7\n');
  });
});

describe('who may ask', () => {
  test("with a token, by any way that ClickHouse's clients use", async () => {
    const basic = (text: string) => ({ Authorization: `Basic ${Buffer.from(text).toString('base64')}` });
    expect((await ask(guarded, 'SELECT 1', {}, basic(`anyone:${token}`))).body).toBe('1\n');
    expect((await ask(guarded, 'SELECT 1', {}, { 'X-ClickHouse-User': 'a', 'X-ClickHouse-Key': token })).body).toBe(
      '1\n',
    );
    expect((await ask(guarded, 'SELECT 1', {}, { Authorization: `Bearer ${token}` })).body).toBe('1\n');
    expect((await ask(guarded, 'SELECT 1', {}, { Authorization: `Bearer ${token}x` })).status).toBe(403);
    expect((await ask(guarded, 'SELECT 1', { user: 'a', password: token })).body).toBe('1\n');
    const wrong = await ask(guarded, 'SELECT 1', {}, basic('anyone:wrong'));
    expect([wrong.status, wrong.headers.get('X-ClickHouse-Exception-Code')]).toEqual([403, '516']);
    const none = await ask(guarded, 'SELECT 1');
    expect([none.status, none.headers.get('WWW-Authenticate')]).toEqual([401, expect.stringContaining('Basic')]);
    expect((await fetch(`${guarded}/ping`)).status).toBe(200);
  });

  test('a name that was made to point here is refused (DNS rebinding)', async () => {
    const sent = (host: string) =>
      new Promise<number>((resolve, reject) => {
        httpRequest(`${url}/?query=SELECT+1`, { headers: { Host: host } }, (response) => {
          response.resume();
          resolve(response.statusCode ?? 0);
        })
          .once('error', reject)
          .end();
      });
    expect(await sent('evil.example:8123')).toBe(403);
    expect(await sent('localhost:1')).toBe(200);
    expect(await sent('[::1]')).toBe(200);
  });

  test('pages of other origins are refused, and get no CORS headers', async () => {
    const asked = await ask(url, 'SELECT 1', {}, { Origin: 'https://evil.example' });
    expect([asked.status, asked.headers.get('Access-Control-Allow-Origin')]).toEqual([403, null]);
    const preflight = await fetch(url, {
      method: 'OPTIONS',
      headers: { Origin: 'https://evil.example', 'Access-Control-Request-Method': 'POST' },
    });
    expect([preflight.status, preflight.headers.get('Access-Control-Allow-Methods')]).toEqual([403, null]);
  });
});

describe('bad input leaves the endpoint alive', () => {
  test.each([
    ['random bytes', Buffer.from(Array.from({ length: 4096 }, (_, i) => (i * 7919 + 13) % 256))],
    ['a broken request line', 'GET\r\n\r\n'],
    ['an empty authority', 'GET // HTTP/1.1\r\nHost: localhost\r\n\r\n'],
    ['a body that is cut off', 'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nSELECT'],
    ['bad percent signs', 'GET /?query=%ff%zz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n'],
  ])('%s', async (_name, bytes) => {
    const { promise, resolve } = Promise.withResolvers<string>();
    const timer = setTimeout(() => resolve('no answer, as is right for half a request'), 300);
    const received = await Promise.race([raw(url, bytes, '\r\n\r\n'), promise]);
    clearTimeout(timer);
    expect(received).not.toMatch(/ 200 /);
    expect((await ask(url, 'SELECT 1')).body).toBe('1\n');
  });

  test('bytes that are no UTF-8', async () => {
    const response = await fetch(url, { method: 'POST', body: Buffer.from([0x53, 0xff, 0xfe]) });
    expect([response.status, await response.text()]).toEqual([400, expect.stringContaining('not UTF-8')]);
    expect((await ask(url, "SELECT '\\xff'")).body).toContain('unhex');
    expect((await ask(url, 'SELECT 1\0')).status).toBe(403);
  });

  test('a taken port is said, with who has it', async () => {
    const port = Number(new URL(url).port);
    const failed = await store.run(Effect.flip(startQueryEndpoint({ host: '127.0.0.1', port }).pipe(Effect.scoped)));
    expect(failed).toMatchObject({ _tag: 'PortTaken', port, flag: '--query-port', pid: process.pid });
  });
});
