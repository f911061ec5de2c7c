import { Effect } from 'effect';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AssertAnswer, ComparisonAnswer } from '../../../../src/engine/explain/assert/answer.ts';
import { assertAll, type Asked } from '../../../../src/engine/explain/assert/assert.ts';
import { evidenceId } from '../../../../src/engine/explain/evidence/evidence.ts';
import { QueryClient } from '../../../../src/engine/store/query-client.ts';
import { drawSpans } from '../../../support/trace-dsl.ts';
import { at, openExplainStore, type StoredSpan } from '../real-store.ts';

/** A full hour of the last half day: what is older than the retention would vanish on insert. */
const hourMs = 3_600_000;
const start = Math.floor(Date.now() / hourMs) * hourMs - 8 * hourMs;
const range = { fromMs: start, toMs: start + 100_000 };
const id = (n: number): string => n.toString(16).padStart(4, '0').repeat(8);

/** A checkout of `ms` that asks cart, whose items come from a database that sends nothing. */
const checkout = (ms: number, statements = 1) =>
  drawSpans(`
    web: POST /checkout          server  0 +${ms}
      web: GET /items            client  0.1 +${ms - 0.2}  service.peer.name=cart
        cart: GET /items         server  0.2 +${ms - 0.4}
${Array.from({ length: statements }, (_, n) => `          cart: SELECT items     client ${(0.3 + n * 0.01).toFixed(2)} +0.01 db.system.name=postgresql`).join('\n')}
  `);

const spans: readonly StoredSpan[] = [
  // A checkout a second, of 1 to 100 ms.
  ...Array.from({ length: 100 }, (_, n) => at(checkout(n + 1), start + n * 1000, id(n + 1))).flat(),
  // Three of ten payments fail; the same operation name in another service; a job that begins a trace; obs's own.
  ...Array.from({ length: 10 }, (_, n) =>
    at(
      drawSpans(`payment: POST /pay server 0 +5 ${n < 3 ? 'error="card declined"' : ''}`),
      start + n * 2000,
      id(n + 201),
    ),
  ).flat(),
  ...at(drawSpans('payment: GET /health server 0 +1'), start, id(301)),
  ...at(drawSpans('shipping: GET /health server 0 +2'), start, id(302)),
  ...at(drawSpans(`billing: nightly internal 0 +40\n  billing: step internal 1 +30`), start, id(303)),
  ...at(drawSpans('obs: GET /metrics server 0 +9'), start, id(304)),
  ...at(drawSpans('robot: click client 0 +9'), start, id(305)),
  // A name of everything that means something to SQL, LIKE or the language, and one that would fit if it were not quoted.
  ...at(drawSpans(String.raw`odd: 50%_\'*":(x) server 0 +1`), start, id(306)),
  ...at(drawSpans(String.raw`odd: 50 percent server 0 +1`), start, id(307)),
  ...at(checkout(20, 25), start + 50_500, id(400)),
  // Before the range, though in the window of 10 s that it ends in.
  ...at(drawSpans('payment: POST /pay server 0 +5000 error'), start + 100_500, id(501)),
];

const log = (n: number, severityNumber: number, body: string, service = 'cart') => ({
  atNs: n * 1e9,
  spanId: '3'.padStart(16, '0'),
  service,
  severity: severityNumber >= 17 ? 'ERROR' : 'INFO',
  severityNumber,
  body,
  exceptionType: '',
  exceptionMessage: '',
});

let store: Awaited<ReturnType<typeof openExplainStore>>;
beforeAll(async () => {
  store = await openExplainStore();
  await store.insertSpans(spans);
  await store.insertLogs(id(7), start, [log(1, 9, 'fine'), log(2, 17, 'the pool is empty'), log(3, 21, 'giving up')]);
  await store.insertLogs('', start, [log(4, 17, 'quiet', 'logger')]);
});
afterAll(() => store.close());

const ask = (assertions: string | readonly string[], more: Partial<Asked> = {}): Promise<AssertAnswer> =>
  store.run(assertAll({ assertions: [assertions].flat(), range, askedMs: Date.now(), waitMs: 0, ...more }));
const only = async (assertion: string, more: Partial<Asked> = {}): Promise<ComparisonAnswer> =>
  (await ask(assertion, more)).assertions[0]!.comparisons[0]!;

describe('values are those of the calls', () => {
  const known: Readonly<Record<string, number>> = Object.fromEntries([
    ['calls(cart) == 101', 101],
    ['p50(POST /checkout) == 50ms', 50],
    ['p90(POST /checkout) == 90ms', 90],
    ['p95(POST /checkout) == 95ms', 95],
    ['p99(POST /checkout) == 99ms', 99],
    ['max(POST /checkout) == 100ms', 100],
    ['mean(payment:POST /pay) == 5ms', 5],
    ['errors(payment) == 3', 3],
    ['error_rate(POST /pay) == 30%', 30],
    ['rate(POST /pay) == 0.1/s', 0.1],
    ['errors(cart) == 0', 0],
    ['max(cart:GET /items) == 99.6ms', 99.6],
    ['logs(cart) == 3', 3],
    ['logs(cart, level>=error) == 2', 2],
    ['logs(cart, level>=fatal) == 1', 1],
    ['log_errors(cart) == 2', 2],
    ['log_errors(logger) == 1', 1],
    ['log_errors(payment) == 0', 0],
  ]);
  test('that were made', async () => {
    const answer = await ask(Object.keys(known));
    expect(answer).toMatchObject({ holds: true, source: 'spans', because: [] });
    const found = answer.assertions.map(({ assertion, comparisons }) => [assertion, comparisons[0]?.value]);
    expect(Object.fromEntries(found)).toEqual(known);
  });

  test('and each has the statement that gives it again', async () => {
    const { assertions, spans: counted } = await ask([
      'p95(POST /checkout) < 1s and max(POST /checkout) < 1s and errors(POST /checkout) == 0',
      'log_errors(cart) == 2',
    ]);
    const all = assertions.flatMap(({ comparisons }) => comparisons);
    // Of one selector in one statement.
    expect(new Set(all.map(({ sql }) => sql)).size).toBe(2);
    for (const { sql, rows, evidenceId: named } of all) {
      expect(named).toBe(evidenceId(sql ?? ''));
      expect(await store.run(Effect.flatMap(QueryClient, (client) => client.rows(sql ?? '')))).toEqual(rows);
    }
    expect(counted).toBeGreaterThan(400);
  });

  test('of the rollups they are the same, quantiles within 1 %, of the windows that the range touches', async () => {
    const answer = await ask(
      ['p50', 'p90', 'p95', 'p99', 'max', 'mean'].map((name) => `${name}(POST /checkout) > 0`),
      { mostExact: 0 },
    );
    expect(answer).toMatchObject({ holds: true, source: 'rollups-10s' });
    const [p50, p90, p95, p99, max, mean] = answer.assertions.map(({ comparisons }) => comparisons[0]!.value ?? 0);
    // DDSketch takes the value at q·(n−1), which may be the one before.
    for (const [value, exact] of [
      [p50, 50],
      [p90, 90],
      [p95, 95],
      [p99, 99],
    ] as const) {
      expect(Math.abs(value! - exact)).toBeLessThanOrEqual(exact * 0.01 + 1);
    }
    expect(max).toBe(100);
    expect(mean).toBeCloseTo(50.198, 2);
    expect(await only('calls(cart) == 101', { mostExact: 0 })).toMatchObject({ holds: true });
    const narrow = { range: { fromMs: start + 5000, toMs: start + 15_000 }, mostExact: 0 };
    expect(await only('calls(POST /pay) > 0', narrow)).toMatchObject({ value: 10 });
    expect(await ask('calls(POST /pay) > 0', narrow)).toMatchObject({ from: new Date(start).toISOString() });
    const long = await ask('rate(cart) > 0', { range: { ...range, toMs: start + 2 * hourMs }, mostExact: 0 });
    expect(long).toMatchObject({ holds: true, source: 'rollups-1m' });
  });
});

describe('a name', () => {
  const meanings = [
    ['calls(cart)', 101, 'service cart'],
    ['calls(POST /checkout)', 101, 'web:POST /checkout'],
    // web reports a client span of the same name, which is no call of web.
    ['calls(GET /items)', 101, 'cart:GET /items'],
    ['calls(web:GET /items)', 101, 'web:GET /items, as callers report it'],
    ['calls(SELECT items)', 125, 'cart:SELECT items, as callers report it'],
    ['calls(billing)', 1, 'service billing'],
    ['calls(step)', 1, 'billing:step, as callers report it'],
    ['calls(*:GET /health)', 2, '2 operations'],
    ['calls(*)', 101 + 101 + 11 + 1 + 1 + 2, '7 services'],
    ['calls(obs)', 1, 'service obs'],
    ['calls(GET *)', 101 + 2, '3 operations'],
    ['calls(p*:*)', 11, 'service payment'],
    ['calls("GET *")', 0, 'nothing'],
    [String.raw`calls("50%_\\'*\":(x)")`, 1, String.raw`odd:50%_\'*":(x)`],
    [String.raw`calls(odd:50%*)`, 1, String.raw`odd:50%_\'*":(x)`],
    [String.raw`calls(50*)`, 2, '2 operations'],
    [String.raw`calls(50_*)`, 0, 'nothing'],
  ] as const;
  test('is a service, else an operation; its calls, else all its spans; or all that fit', async () => {
    const { assertions } = await ask(meanings.map(([term]) => `${term} >= 0`));
    const found = assertions.map(({ comparisons: [one] }) => [one?.comparison.slice(0, -5), one?.value, one?.of]);
    expect(found).toEqual(meanings);
  });

  test('of several services is refused, and they are named', async () => {
    expect(await ask('errors(GET /health) == 0')).toMatchObject({
      holds: null,
      assertions: [
        {
          comparisons: [
            {
              problem: {
                text: 'operation "GET /health" is of 2 services; name one of "payment:GET /health", "shipping:GET /health", "*:GET /health"',
                from: 7,
                to: 18,
              },
            },
          ],
        },
      ],
    });
  });

  test('with --service is an operation of that service', async () => {
    expect(await only('calls(GET /health) == 1', { service: 'payment' })).toMatchObject({ holds: true });
    expect(await only('calls() == 11', { service: 'payment' })).toMatchObject({ holds: true });
    expect(await only('log_errors() == 2', { service: 'cart' })).toMatchObject({ holds: true });
    const error = await store.fails(assertAll({ assertions: ['calls() > 0'], range, askedMs: 0, waitMs: 0 }));
    expect(error).toMatchObject({ why: expect.stringContaining('expected a service or an operation') as string });
  });

  const unknown: Readonly<Record<string, string>> = Object.fromEntries([
    ['errors(POST /chekout) == 0', 'no service and no operation "POST /chekout"; near: "POST /checkout"'],
    ['errors(crat) == 0', 'no service and no operation "crat"; near: "cart"'],
    ['errors(crat:GET /items) == 0', 'no service "crat"; near: "cart"'],
    ['errors(cart:GET /item) == 0', 'no operation "GET /item" of cart; near: "GET /items"'],
    ['log_errors(logge) == 0', 'no service "logge"; near: "logger"'],
    [
      'errors(robot) == 0',
      'no calls of robot, only 1 span of calls that it makes; name one of its operations, such as "robot:click"',
    ],
  ]);
  test('that is not there is said with those that are near', async () => {
    const { holds, assertions } = await ask(Object.keys(unknown));
    expect(holds).toBeNull();
    const found = assertions.map(({ assertion, comparisons }) => [assertion, comparisons[0]?.problem?.text]);
    expect(Object.fromEntries(found)).toEqual(unknown);
  });
});

describe('no calls', () => {
  test('are no errors of nothing, but 0 calls', async () => {
    expect((await ask('errors(nobody) == 0')).holds).toBeNull();
    const none = await ask('calls(nobody) == 0 and rate(nobody) == 0');
    expect(none.holds).toBe(true);
    expect(none.notes[0]).toBe('calls(nobody): no service and no operation "nobody"');
    expect((await ask('calls(nobody) > 0')).holds).toBe(false);
  });

  test('matter only where they decide', async () => {
    expect((await ask('calls(nobody) == 0 or p95(nobody) < 1s')).holds).toBe(true);
    expect((await ask('errors(payment) == 0 and p95(nobody) < 1s')).holds).toBe(false);
    expect((await ask(['errors(cart) == 0', 'p95(nobody) < 1s'])).holds).toBeNull();
  });

  test('in an empty store nothing is known but that', async () => {
    const empty = { range: { fromMs: start - 1000, toMs: start - 500 } };
    expect((await ask('errors(cart) == 0', empty)).holds).toBeNull();
    expect((await ask('log_errors(cart) == 0', empty)).holds).toBeNull();
    expect((await ask('anomalies(cart) == 0', empty)).holds).toBeNull();
    expect(await ask('calls(cart) == 0', empty)).toMatchObject({ holds: true, spans: 0 });
  });
});

describe('when it does not hold', () => {
  test('the slowest traces are explained', async () => {
    const { holds, because } = await ask('p95(POST /checkout) < 50ms and errors(cart) == 0');
    expect(holds).toBe(false);
    expect(because).toHaveLength(1);
    expect(because[0]).toMatchObject({ comparison: 'p95(POST /checkout) < 50ms', value: 95, unit: 'ms' });
    expect(because[0]!.traces.map(({ next }) => next)).toEqual([`obs explain ${id(100)}`, `obs explain ${id(99)}`]);
    expect(because[0]!.traces[0]!.verdict).toContain('web "POST /checkout" took 100 ms');
  });

  test('the first failed calls are', async () => {
    const { because } = await ask('not (error_rate(payment) >= 10%)');
    expect(because[0]!.traces.map(({ traceId }) => traceId)).toEqual([id(201), id(202)]);
    expect(because[0]!.traces[0]).toMatchObject({ finding: { title: expect.stringContaining('POST /pay') as string } });
  });

  test('the traces with the most of too many calls are', async () => {
    const { because } = await ask('calls(SELECT items) <= 101');
    expect(because[0]!.evidence.rows[0]).toEqual({ trace: id(400), calls: '25' });
    expect((await ask('calls(SELECT items) > 1000')).because).toEqual([]);
  });

  test('the first log records are shown, and their trace', async () => {
    const { because } = await ask('log_errors(cart) == 0');
    expect(because[0]).toMatchObject({ lines: ['the pool is empty', 'giving up'], traces: [{ traceId: id(7) }] });
  });

  test('what shows why can be asked again', async () => {
    const { because } = await ask(['max(web) < 1ms', 'log_errors(cart) == 0', 'calls(SELECT items) == 0']);
    expect(because).toHaveLength(3);
    for (const { evidence } of because) {
      expect(await store.run(Effect.flatMap(QueryClient, (client) => client.rows(evidence.sql)))).toEqual(
        evidence.rows,
      );
    }
  });
});

describe('what the analyzer found', () => {
  test('is not known where it looked at nothing', async () => {
    expect(await only('anomalies(cart) == 0')).toMatchObject({ holds: null });
    expect(await only('incidents() == 0')).toMatchObject({ holds: null });
  });

  test('is counted where it went on in the range, by severity', async () => {
    const when = new Date(start).toISOString().slice(0, 19).replace('T', ' ');
    await store.command(
      `INSERT INTO obs_features (Time, Seconds, Kind, ServiceName) VALUES ('${when}', 10, 'service', 'cart')`,
    );
    const row = (name: string, from: number, to: string, severity: string, version: number): string =>
      `('${name}', fromUnixTimestamp64Milli(${start + from}), ${to}, 'cart', '${severity}', 'cart is ${name}', ${version})`;
    const ended = `fromUnixTimestamp64Milli(${start + 30_000})`;
    await store.command(`INSERT INTO obs_anomalies (Id, Start, End, ServiceName, Severity, Summary, Version) VALUES
      ${row('slow', 20_000, ended, 'critical', start + 40_000)}, ${row('odd', 20_000, 'NULL', 'info', start + 40_000)},
      ${row('forgotten', -60_000, 'NULL', 'critical', start - 60_000)}, ${row('later', 200_000, 'NULL', 'critical', start + 300_000)}`);
    expect(await only('anomalies(cart) == 2')).toMatchObject({ holds: true, of: 'service cart' });
    expect(await only('anomalies(cart, severity>=warning) == 1')).toMatchObject({ holds: true });
    expect(await only('incidents() == 0')).toMatchObject({ holds: true });
    expect(await only('anomalies(payment) == 0')).toMatchObject({ holds: null });
    const { because } = await ask('anomalies(cart, severity>=critical) == 0');
    expect(because[0]!.lines).toEqual(['cart is slow']);
  });
});
