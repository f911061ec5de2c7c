import { Effect, Exit, Scope } from 'effect';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { nativeOfRevision, NotRewritable } from '../../../src/engine/store/endpoint/native-revision.ts';
import { startQueryEndpoint } from '../../../src/engine/store/endpoint/query-endpoint.ts';
import { openRealStore, type RealStore } from './real-store.ts';

/**
 * clickhouse-go, and with it Grafana, name the revision of the Native format that they read. What a client makes of it
 * is in test/real/readers.test.ts; here: each type's columns are walked to their very end.
 */
let store: RealStore;
let url: string;
const scope = Scope.makeUnsafe();
beforeAll(async () => {
  store = await openRealStore();
  const start = startQueryEndpoint({ host: '127.0.0.1', port: 0 });
  url = (await store.run(start.pipe(Effect.provideService(Scope.Scope, scope)))).url;
});
afterAll(async () => {
  await Effect.runPromise(Scope.close(scope, Exit.void));
  await store.close();
});

async function native(sql: string, revision?: number, settings: Record<string, string> = {}): Promise<Buffer> {
  const version = revision === undefined ? {} : { client_protocol_version: String(revision) };
  const parameters = new URLSearchParams({ default_format: 'Native', ...version, ...settings });
  const answer = await fetch(`${url}/?${parameters}`, { method: 'POST', body: sql });
  const body = Buffer.from(await answer.arrayBuffer());
  if (!answer.ok) throw new Error(body.toString());
  return body;
}

const blockInfo = '010002ffffffff00';
const latest = 54_483;

const columns: readonly string[] = [
  'number',
  'toInt8(number)',
  'toUInt256(number)',
  'toFloat32(number)',
  'number % 2 = 0',
  'toString(number)',
  "repeat('long ', 60)",
  "toFixedString('abc', 5)",
  'toUUID(toString(generateUUIDv4()))',
  "toIPv4('127.0.0.1')",
  "toIPv6('::1')",
  'toDate(number)',
  'toDate32(number)',
  "toDateTime(number, 'Europe/Berlin')",
  "toDateTime64(number, 9, 'UTC')",
  'toDecimal64(number, 3)',
  'toDecimal128(number, 3)',
  'toIntervalHour(number)',
  "CAST(number % 2, 'Enum8(\\'a, (b\\' = 0, \\'c\\\\\\'d\\' = 1)')",
  'if(number % 3 = 0, NULL, toString(number))',
  'NULL',
  'range(number % 5)',
  'arrayMap(x -> range(x), range(number % 4))',
  '[]',
  "map('a', number, toString(number), 2)",
  "map(toLowCardinality(toString(number % 7)), ['x'])",
  'tuple(number, toString(number), [number])',
  "CAST((number, 'x'), 'Tuple(a UInt64, `b c` LowCardinality(String))')",
  'toLowCardinality(toString(number % 300))',
  'toLowCardinality(toNullable(toString(number % 3)))',
  "[toLowCardinality('a'), toLowCardinality(toString(number))]",
  "arrayFilter(x -> 0, [toLowCardinality('a')])",
  "CAST([], 'Nested(a UInt8, b Array(LowCardinality(String)))')",
  '(1.5, 2.5)::Point',
  '[[(1., 2.), (3., 4.)]]::Polygon',
];

describe('Native of the revision that a client names', () => {
  test.each(columns)('%s: each block and each column is found', async (column) => {
    const sql = `SELECT number AS n, ${column} AS c, 'end' AS e FROM numbers(2500) SETTINGS max_block_size = 1000`;
    // Values that differ each time are no matter: only lengths are compared.
    const plain = await native(sql);
    const forClient = await native(sql, latest);
    expect(forClient.subarray(0, 10).toString('hex')).toBe(`${blockInfo}03e8`);
    expect(forClient.length).toBe(plain.length + 3 * (8 + 3));
    const older = await native(sql, 54_405);
    expect(older.length).toBe(plain.length + 3 * 8);
  });

  test('all columns of a real table, and answers without rows', async () => {
    const plain = await native('SELECT * FROM otel_traces');
    const forClient = await native('SELECT * FROM otel_traces', latest);
    expect(forClient.length === 0 ? plain.length : forClient.length).toBeGreaterThanOrEqual(plain.length);
    expect((await native("SELECT 'x' AS a", latest)).toString('hex')).toBe(`${blockInfo}0101016106537472696e67000178`);
  });

  test('a client that names none gets the same bytes as ever', async () => {
    expect(await native("SELECT 'x' AS a", 0)).toEqual(await native("SELECT 'x' AS a"));
  });

  test('a type whose end cannot be found is refused with what to do', async () => {
    await expect(native('SELECT sumState(number) FROM numbers(3)', latest)).rejects.toThrow(
      /AggregateFunction\(sum, UInt64\).*ask for another format.*NOT_IMPLEMENTED/s,
    );
  });

  test('bytes that are cut, or no Native at all, are an error and never a loop', async () => {
    const plain = await native("SELECT number, toString(number), map('a', 'b') FROM numbers(100)");
    for (let length = 1; length < plain.length; length += 7) {
      expect(() => nativeOfRevision(plain.subarray(0, length), latest)).toThrow(NotRewritable);
    }
  });
});
