import { Effect, Fiber, Stream } from 'effect';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseAttributes } from '../../../src/engine/search/conditions.ts';
import { describeLog } from '../../../src/engine/search/describe-log.ts';
import {
  followLogs,
  type LogFilter,
  type LogRow,
  parseSeverity,
  searchLogs,
} from '../../../src/engine/search/log-search.ts';
import { renderTraces } from '../../../src/engine/search/render-traces.ts';
import { parseParameters, runStatement } from '../../../src/engine/search/statement.ts';
import { searchTraces, type TraceFilter } from '../../../src/engine/search/trace-search.ts';
import { httpQueryClient } from '../../../src/engine/store/http-query-client.ts';
import type { QueryClient } from '../../../src/engine/store/query-client.ts';
import { startTestDaemon, type TestDaemon } from '../../support/daemon-fixture.ts';

const now = Date.now();
const nanos = (ms: number): string => `${BigInt(ms) * 1_000_000n}`;
const attribute = (key: string, stringValue: string): object => ({ key, value: { stringValue } });

const logs = (
  service: string,
  records: readonly (readonly [ago: number, severity: number, body: string, key?: string])[],
): string =>
  JSON.stringify({
    resourceLogs: [
      {
        resource: { attributes: [attribute('service.name', service)] },
        scopeLogs: [
          {
            logRecords: records.map(([ago, severityNumber, body, user]) => ({
              timeUnixNano: nanos(now - ago),
              severityNumber,
              body: { stringValue: body },
              attributes: user === undefined ? [] : [attribute('user.id', user)],
            })),
          },
        ],
      },
    ],
  });

const trace = (id: string, service: string, durationMs: number, error: boolean): string =>
  JSON.stringify({
    resourceSpans: [
      {
        resource: { attributes: [attribute('service.name', service)] },
        scopeSpans: [
          {
            spans: [
              {
                traceId: id.repeat(32),
                spanId: '1'.repeat(16),
                name: `GET /${service}`,
                kind: 2,
                startTimeUnixNano: nanos(now - 60_000),
                endTimeUnixNano: nanos(now - 60_000 + durationMs),
                attributes: [attribute('region', id)],
                status: error ? { code: 2 } : {},
              },
              {
                traceId: id.repeat(32),
                spanId: '2'.repeat(16),
                parentSpanId: '1'.repeat(16),
                name: 'SELECT',
                kind: 3,
                startTimeUnixNano: nanos(now - 60_000),
                endTimeUnixNano: nanos(now - 60_000 + 1),
              },
            ],
          },
        ],
      },
    ],
  });

describe('searching what is stored', () => {
  let daemon: TestDaemon;
  let ask: <A, E>(effect: Effect.Effect<A, E, QueryClient>) => Promise<A>;
  beforeAll(async () => {
    daemon = await startTestDaemon();
    const client = httpQueryClient({ endpoint: daemon.state.endpoints.query });
    ask = (effect) => Effect.runPromise(effect.pipe(Effect.provide(client)));
    await daemon.send(
      'logs',
      logs('cart', [
        [3000, 9, 'item added', 'ada'],
        [2000, 17, 'Timed out after 5 s', 'bob'],
      ]),
    );
    await daemon.send('logs', logs('web', [[1000, 13, "it's slow"]]));
    await daemon.send('traces', trace('a', 'web', 900, false));
    await daemon.send('traces', trace('b', 'web', 20, true));
    await daemon.send('traces', trace('c', 'cart', 300, false));
    await daemon.eventually(async () => {
      const { stored } = await daemon.status();
      return stored?.logs === 3 && stored.traces === 6;
    });
  });
  afterAll(async () => daemon[Symbol.asyncDispose]());

  const range = { sinceUnixMs: now - 3_600_000, untilUnixMs: now + 60_000 };
  const bodies = async (filter: Partial<LogFilter>): Promise<string[]> =>
    (await ask(searchLogs({ attributes: [], ...filter }, range, 10))).map(({ Body }) => Body);
  const traces = async (filter: Partial<TraceFilter>, slowest = false): Promise<string[]> =>
    (
      await ask(searchTraces({ attributes: [], errors: false, ...filter }, range, slowest ? 'slowest' : 'newest', 10))
    ).map(({ TraceId }) => TraceId.slice(0, 1));

  test('logs come oldest first, by service, severity, words, attribute', async () => {
    expect(await bodies({})).toEqual(['item added', 'Timed out after 5 s', "it's slow"]);
    expect(await bodies({ service: 'cart' })).toHaveLength(2);
    expect(await bodies({ minSeverity: 13 })).toEqual(['Timed out after 5 s', "it's slow"]);
    expect(await bodies({ grep: 'timed? out' })).toEqual(['Timed out after 5 s']);
    expect(await bodies({ grep: "it's" })).toEqual(["it's slow"]);
    expect(await bodies({ attributes: [['user.id', 'ada']] })).toEqual(['item added']);
    expect(await bodies({ attributes: [['service.name', 'web']] })).toEqual(["it's slow"]);
    expect(await bodies({ traceId: 'ff' })).toEqual([]);
  });

  test('times keep their nanoseconds, lines show their level', async () => {
    const [row] = await ask(searchLogs({ attributes: [], service: 'web' }, range, 1));
    expect(row?.Timestamp).toBe(`${new Date(now - 1000).toISOString().slice(0, -1)}000000Z`);
    const plain = { dim: String, error: String, warning: String, good: String, accent: String };
    expect(describeLog(row as LogRow, plain)).toMatch(/^\d\d:\d\d:\d\d\.\d{3} WARN {2}web it's slow$/);
  });

  test('following shows the newest, then what arrives, once, identical lines as many times as they came', async () => {
    const past = logs('tail', [
      [1001, 9, 'left off by the limit'],
      [1000, 9, 'newest'],
    ]);
    await daemon.send('logs', past);
    await daemon.eventually(async () => (await bodies({ service: 'tail' })).length === 2);
    const seen: string[] = [];
    const following = Effect.runFork(
      followLogs({ attributes: [], service: 'tail' }, range, 1).pipe(
        Stream.runForEach(({ Body }) => Effect.sync(() => void seen.push(Body))),
        Effect.provide(httpQueryClient({ endpoint: daemon.state.endpoints.query })),
      ),
    );
    await daemon.eventually(async () => seen.length === 1);
    const twice = logs('tail', [
      [-1000, 9, 'again'],
      [-1000, 9, 'again'],
    ]);
    await daemon.send('logs', twice);
    await daemon.eventually(async () => seen.length >= 3);
    await daemon.send('logs', logs('tail', [[-2000, 9, 'later']]));
    await daemon.eventually(async () => seen.includes('later'));
    await Effect.runPromise(Fiber.interrupt(following));
    expect(seen).toEqual(['newest', 'again', 'again', 'later']);
  });

  test('traces by order, error, service, attribute and duration of the whole', async () => {
    expect(await traces({}, true)).toEqual(['a', 'c', 'b']);
    expect(await traces({ errors: true })).toEqual(['b']);
    expect(await traces({ service: 'cart' })).toEqual(['c']);
    expect(await traces({ operation: 'GET /web' }, true)).toEqual(['a', 'b']);
    expect(await traces({ attributes: [['region', 'c']] })).toEqual(['c']);
    expect(await traces({ minDurationMs: 100, maxDurationMs: 500 })).toEqual(['c']);
  });

  test('a found trace is named by its root, with what to type next', async () => {
    const found = await ask(searchTraces({ attributes: [], errors: false, service: 'cart' }, range, 'newest', 1));
    expect(found[0]).toMatchObject({
      RootService: 'cart',
      RootOperation: 'GET /cart',
      Spans: 2,
      Errors: 0,
      DurationMs: 300,
    });
    expect(renderTraces(found, 100)).toMatch(/cart: GET \/cart[\s\S]+Next: obs explain cccccccccccc/);
    expect(renderTraces([], 100)).toContain('--since 24h');
  });

  test('a statement comes as a table with its cost, or byte for byte in the asked format', async () => {
    const output = async (sql: string, format: string, parameters = {}): Promise<string> => {
      const chunks: Uint8Array[] = [];
      await ask(runStatement({ sql, format, parameters, width: 80 }, { write: (chunk) => chunks.push(chunk) > 0 }));
      return Buffer.concat(chunks).toString();
    };
    expect(await output('SELECT 1 AS one', 'table')).toMatch(/^one\n─+\n +1\n1 row in \d+ ms, /);
    expect(
      await output('SELECT arrayJoin([toUInt64(9007199254740993), 18446744073709551615, 1]) AS wide', 'table'),
    ).toContain('    9007199254740993\n18446744073709551615\n                   1\n');
    expect(await output("SELECT toDecimal64('9007199254740993.25', 2) AS price", 'table')).toContain(
      '\n9007199254740993.25\n',
    );
    expect(await output('SELECT {n:UInt8} + 1 AS two', 'csv', { n: '1' })).toBe('"two"\n2\n');
    expect(await output('SELECT 1 AS a', 'ndjson')).toBe('{"a":1}\n');
    expect((await output('SELECT 1 AS a', 'parquet')).slice(0, 4)).toBe('PAR1');
    expect(await output('SELECT 1 AS a', 'TabSeparated')).toBe('1\n');
    await expect(output('DROP TABLE otel_logs', 'csv')).rejects.toMatchObject({
      _tag: 'QueryRefused',
      reason: expect.not.stringContaining('ACCESS_DENIED'),
    });
    await expect(output('SELECT nonsense', 'csv')).rejects.toMatchObject({ _tag: 'QueryFailed', code: 47 });
  });
});

describe('what people type', () => {
  test('parameters and attributes are name=value', async () => {
    expect(await Effect.runPromise(parseParameters(['a=1', 'b=x=y']))).toEqual({ a: '1', b: 'x=y' });
    expect(await Effect.runPromise(parseAttributes(['a.b=1=2']))).toEqual([['a.b', '1=2']]);
    await expect(Effect.runPromise(parseParameters(['a b']))).rejects.toMatchObject({ _tag: 'BadInput' });
    await expect(Effect.runPromise(parseAttributes(['=x']))).rejects.toMatchObject({ _tag: 'BadInput' });
  });

  test('a level is one of the six', async () => {
    expect(await Effect.runPromise(parseSeverity('WARN'))).toBe(13);
    await expect(Effect.runPromise(parseSeverity('loud'))).rejects.toMatchObject({
      hint: expect.stringContaining('fatal'),
    });
  });
});
