import { describe, expect, test } from 'vitest';
import type { CallRate, MetricSeries, VersionStats } from '../../../src/engine/explain/context.ts';
import type { Onset } from '../../../src/engine/explain/onset.ts';
import type { Window } from '../../../src/engine/explain/onset.ts';
import { allShapes } from '../../../src/engine/explain/shapes/all-shapes.ts';
import { coarsened } from '../../../src/engine/explain/metric-sql.ts';
import { growthOf } from '../../../src/engine/explain/shapes/memory-leak.ts';
import { statementOf } from '../../../src/engine/explain/shapes/calls.ts';
import { errorLog, findingsOf, seen } from './drawn-context.ts';

/** `count` lines like `line`, each `stepMs` after the one before. */
const repeat = (
  count: number,
  startMs: number,
  stepMs: number,
  line: (startMs: number, at: number) => string,
): string => Array.from({ length: count }, (_, at) => line(startMs + at * stepMs, at)).join('\n');

const select = (startMs: number, more = ''): string =>
  `    cart: SELECT products   client ${startMs} +9 db.system.name=sqlite db.query.text="SELECT cents FROM products WHERE sku = '${startMs}'" ${more}`;

describe('N+1', () => {
  const cart = (lines: string, lasts = 320): string =>
    `web: GET /cart  server 0 +${lasts}\n  cart: GET /cart  server 5 +${lasts - 10}\n${lines}`;

  test('the same statement again and again, with the time that all but one of them take', () => {
    const [finding] = seen('n-plus-one', cart(repeat(30, 10, 10, (ms) => select(ms))));
    expect(finding).toMatchObject({
      id: 'n-plus-one',
      severity: 'critical',
      culprit: { service: 'cart', operation: 'GET /cart', dependency: 'sqlite' },
      explains: { ms: 261 },
    });
    expect(finding!.sentences.join(' ')).toContain('Statement: "SELECT cents FROM products WHERE sku = ?".');
  });

  test('history tells how many are usual', () => {
    const usual = { 'cart GET /cart': { ms: 12, calls: 100 }, 'cart SELECT products': { ms: 9, calls: 110 } };
    const [finding] = seen('n-plus-one', cart(repeat(30, 10, 10, (ms) => select(ms))), { usual });
    expect(finding!.sentences).toContain('Usually it makes about 1.1 of these.');
  });

  test.each([
    ['they run at once', repeat(30, 10, 0.1, (ms) => select(ms).replace('+9', '+290'))],
    ['there are only a few', repeat(4, 10, 70, (ms) => select(ms).replace('+9', '+69'))],
    ['they hardly take time', repeat(30, 10, 10, (ms) => select(ms).replace('+9', '+0.1'))],
    ['they fail', repeat(30, 10, 10, (ms) => select(ms, 'error'))],
    [
      'one of them takes most of the time',
      `${select(10).replace('+9', '+200')}\n${repeat(8, 215, 10, (ms) => select(ms))}`,
    ],
  ])('is not seen when %s', (_, lines) => expect(seen('n-plus-one', cart(lines))).toEqual([]));

  test('is not seen when it has always been about that many', () => {
    const usual = { 'cart GET /cart': { ms: 12, calls: 100 }, 'cart SELECT products': { ms: 9, calls: 400 } };
    expect(
      seen(
        'n-plus-one',
        cart(
          repeat(6, 10, 10, (ms) => select(ms)),
          75,
        ),
        { usual },
      ),
    ).toEqual([]);
  });

  test('calls of one name that other services answered differently are different calls', () => {
    const call = (ms: number, callee: string): string =>
      `    cart: HTTP POST  client ${ms} +40\n      ${callee}: POST /${callee}  server ${ms + 1} +38`;
    const to = (callees: readonly string[]): string =>
      cart(callees.map((callee, at) => call(10 + at * 45, callee)).join('\n'));
    expect(seen('n-plus-one', to(['seat', 'route', 'price', 'order', 'travel', 'food']))).toEqual([]);
    expect(seen('n-plus-one', to(['seat', 'seat', 'seat', 'seat', 'seat', 'seat']))).toMatchObject([
      { culprit: { service: 'cart', dependency: 'seat' } },
    ]);
  });

  test('many that have always been many are a hint, not the reason', () => {
    const usual = { 'cart GET /cart': { ms: 12, calls: 100 }, 'cart SELECT products': { ms: 9, calls: 2900 } };
    const found = seen('n-plus-one', cart(repeat(30, 10, 10, (ms) => select(ms))), { usual });
    expect(found).toMatchObject([{ severity: 'info', confidence: 0.3 }]);
  });

  test('statements that differ in their values are the same', () => {
    const of = (text: string) => statementOf({ attributes: { 'db.query.text': text } });
    expect(of("SELECT a FROM t WHERE b IN (1, 2,3) AND c = 'it''s'")).toBe('SELECT a FROM t WHERE b IN (?) AND c = ?');
    expect(statementOf({ attributes: {} })).toBeUndefined();
  });
});

describe('N+1 behind a wait for connections', () => {
  const waits = 'web: GET /cart  server 0 +3020 error';
  const logs = [errorLog(1, 'no connection to cart within 3000 ms: all 3 are in use')];
  const rate = (kind: string, operation: string, recentCalls: number, usualCalls: number): CallRate => ({
    service: 'web',
    kind,
    operation,
    recentCalls,
    usualCalls,
  });
  const requests = rate('Server', 'GET /cart', 20, 100);

  test('names the statement that now runs many times a request', () => {
    const callRates = [requests, rate('Client', 'SELECT products', 500, 0), rate('Client', 'SELECT carts', 18, 100)];
    const found = findingsOf(waits, { logs, callRates });
    expect(found[0]).toMatchObject({ id: 'n-plus-one', title: 'N+1 in web holds its connections: "SELECT products"' });
    expect(found[0]!.sentences[0]).toContain('25.0 calls of "SELECT products" a request, against 0.0 before');
    expect(found.map(({ id }) => id)).toContain('pool-wait');
  });

  test.each([
    ['it has always run so often', [requests, rate('Client', 'SELECT products', 500, 2000)]],
    ['it runs a few times a request', [requests, rate('Client', 'SELECT products', 40, 10)]],
    ['there is nothing to compare with', [{ ...requests, usualCalls: 0 }, rate('Client', 'SELECT products', 500, 0)]],
  ])('is not seen when %s', (_, callRates) => expect(seen('n-plus-one', waits, { logs, callRates })).toEqual([]));

  test('is not seen without a wait', () => {
    const callRates = [requests, rate('Client', 'SELECT products', 500, 0)];
    expect(seen('n-plus-one', 'web: GET /cart  server 0 +20', { callRates })).toEqual([]);
  });
});

describe('retry storm', () => {
  const pay = (attempts: string): string =>
    `web: POST /pay  server 0 +400 error\n  payment: POST /pay  server 5 +390 error\n${attempts}`;
  const attempt = (ms: number, more: string): string =>
    `    payment: POST /charges  client ${ms} +50 service.peer.name=bank ${more}`;

  test('attempts that all fail, up to the root', () => {
    const [finding] = seen('retry-storm', pay(repeat(7, 10, 55, (ms) => attempt(ms, 'error="503"'))));
    expect(finding).toMatchObject({
      severity: 'critical',
      culprit: { service: 'payment', operation: 'POST /charges', dependency: 'bank' },
      explains: { ms: 330 },
      explainsFailure: true,
    });
    expect(finding!.sentences[0]).toContain('tries bank 7 times: 7 failed with "503", and it gave up');
  });

  test('the last one may succeed; an answer 503 is a failure without a status', () => {
    const attempts = `${repeat(3, 10, 90, (ms) => attempt(ms, 'http.response.status_code=503'))}\n${attempt(280, '')}`;
    const [finding] = seen('retry-storm', pay(attempts));
    expect(finding).toMatchObject({ explainsFailure: false, explains: { ms: 270 } });
    expect(finding!.sentences[2]).toBe('Pauses between them: 40 ms to 40 ms.');
  });

  test.each([
    ['only two attempts', repeat(2, 10, 55, (ms) => attempt(ms, 'error'))],
    ['one of many fails', repeat(7, 10, 55, (ms, at) => attempt(ms, at === 3 ? 'error' : ''))],
    ['they run at once', repeat(7, 10, 1, (ms) => attempt(ms, 'error'))],
  ])('is not seen when %s', (_, attempts) => expect(seen('retry-storm', pay(attempts))).toEqual([]));
});

describe('serial calls', () => {
  const page = (lines: string): string => `web: GET /  server 0 +310\n${lines}`;
  const call = (name: string, ms: number, more = ''): string =>
    `  web: GET /${name}  client ${ms} +95 server.address=${name} ${more}`;

  test('calls to different services in a row may run at once', () => {
    const [finding] = seen('serial-calls', page([call('a', 5), call('b', 105), call('c', 205)].join('\n')));
    expect(finding).toMatchObject({
      severity: 'warning',
      explains: { ms: 190 },
      culprit: { service: 'web' },
      confidence: 0.4,
    });
  });

  test.each([
    ['they overlap', [call('a', 5), call('b', 50), call('c', 205)]],
    ['they go to one service', [call('a', 5), call('a', 105), call('a', 205)]],
    [
      'they are statements of a database',
      ['a', 'b', 'c'].map((name, at) => call(name, 5 + at * 100, 'db.system.name=x')),
    ],
    ['one failed', [call('a', 5), call('b', 105, 'error'), call('c', 205)]],
    [
      'little would be saved',
      [call('a', 5).replace('+95', '+1'), call('b', 7).replace('+95', '+1'), call('c', 9).replace('+95', '+300')],
    ],
    ['there are long pauses between them', [5, 105, 205].map((ms, at) => call('abc'[at]!, ms).replace('+95', '+40'))],
  ])('are not seen when %s', (_, lines) => expect(seen('serial-calls', page(lines.join('\n')))).toEqual([]));
});

describe('pool wait', () => {
  const gap = `
    web: POST /checkout           server   0 +600
      web: POST /checkout         client   2 +596
        checkout: POST /checkout  server   4 +590
          checkout: SELECT orders client 510 +3 db.system.name=sqlite`;
  const series = (metric: string, value: number, stream = '{}'): MetricSeries => ({
    service: 'checkout',
    instance: '1',
    metric,
    stream,
    points: [
      { time: 1, value: 0 },
      { time: 2, value },
    ],
  });

  test('a gap before a quick statement, and the pool says that requests wait', () => {
    const pools = [series('db.client.connection.pending_requests', 7), series('db.client.connection.max', 4)];
    const [finding] = seen('pool-wait', gap, { pools });
    expect(finding).toMatchObject({ culprit: { service: 'checkout', operation: 'POST /checkout' }, confidence: 0.95 });
    expect(finding!.explains.ms).toBe(506);
    expect(finding!.sentences[1]).toContain('up to 7 requests were waiting');
    expect(finding!.evidence.map(({ title }) => title)).toContain('The pool, in steps of 10 s');
  });

  test('all connections in use say so too', () => {
    const pools = [
      series('db.client.connection.count', 4, "{'db.client.connection.state':'used'}"),
      series('db.client.connection.max', 4),
    ];
    expect(seen('pool-wait', gap, { pools })[0]?.sentences[1]).toContain('all 4 connections were in use');
  });

  test('a pool that shrank is full with the connections that it has left', () => {
    const steps = (metric: string, values: readonly number[], stream = '{}'): MetricSeries => ({
      ...series(metric, 0, stream),
      points: values.map((value, at) => ({ time: at * 5, value })),
    });
    const used = "{'db.client.connection.state':'used'}";
    const pools = (values: readonly number[]): MetricSeries[] => [
      steps('db.client.connection.count', values, used),
      steps('db.client.connection.max', [3, 3, 1, 1]),
    ];
    expect(seen('pool-wait', gap, { pools: pools([1, 2, 1, 1]) })[0]?.sentences[1]).toContain('its only connection');
    expect(seen('pool-wait', gap, { pools: pools([1, 2, 0, 0]) })).toEqual([]);
  });

  test('without metrics it is a guess', () => {
    expect(seen('pool-wait', gap)).toMatchObject([{ confidence: 0.5 }]);
  });

  test('an idle pool rules it out', () => {
    const pools = [series('db.client.connection.pending_requests', 0), series('db.client.connection.max', 4)];
    expect(seen('pool-wait', gap, { pools })).toEqual([]);
  });

  test('a gap that is usual is none', () => {
    expect(seen('pool-wait', gap, { usual: { 'checkout POST /checkout': 580 } })).toEqual([]);
  });

  test('a slow statement after a short gap is none', () => {
    expect(seen('pool-wait', gap.replace('510 +3', '110 +450'))).toEqual([]);
  });

  test('a span that says it acquires a connection', () => {
    const [finding] = seen(
      'pool-wait',
      `web: GET /  server 0 +300\n  web: pg-pool.connect  client 5 +250\n  web: SELECT 1  client 260 +5 db.system=postgresql`,
    );
    expect(finding).toMatchObject({ explains: { ms: 250 }, confidence: 0.95, culprit: { operation: 'GET /' } });
  });

  test('an error that says none came, told by the log of the span', () => {
    const failed = 'web: GET /orders  server 0 +4020 error';
    const logs = [errorLog(1, 'no connection to orders within 4000 ms: all 1 are in use')];
    const [finding] = seen('pool-wait', failed, { logs });
    expect(finding).toMatchObject({ explainsFailure: true, severity: 'critical', explains: { ms: 4020 } });
    expect(seen('pool-wait', failed, { logs: [errorLog(1, 'no such order')] })).toEqual([]);
  });
});

describe('slow dependency', () => {
  const pay = (ms: number): string => `
    web: POST /pay             server 0 +${ms + 20}
      web: POST /pay           client 2 +${ms + 16}
        payment: POST /pay     server 4 +${ms + 10}
          payment: POST /bank  client 8 +${ms} service.peer.name=bank`;
  const usual = { 'web POST /pay': 70, 'payment POST /pay': 60, 'payment POST /bank': 50 };

  test('a call that takes many times its usual time', () => {
    const [finding] = seen('slow-dependency', pay(900), { usual });
    expect(finding).toMatchObject({
      title: 'Slow dependency: bank, 18× its usual time',
      culprit: { service: 'payment', operation: 'POST /bank', dependency: 'bank' },
      explains: { ms: 850 },
      confidence: 0.9,
    });
  });

  test('is not seen when the call takes what it usually takes', () => {
    expect(seen('slow-dependency', pay(55), { usual })).toEqual([]);
  });

  test('without history the call that is most of the trace, with less confidence', () => {
    expect(seen('slow-dependency', pay(900))).toMatchObject([{ confidence: 0.5 }]);
    expect(seen('slow-dependency', pay(10))).toEqual([]);
  });

  test('a callee’s own code', () => {
    const [finding] = seen(
      'slow-dependency',
      'web: GET /  server 0 +500\n  web: GET /stock  client 2 +490\n    stock: GET /stock  server 5 +480',
      { usual: { 'web GET /': 30, 'web GET /stock': 25, 'stock GET /stock': 20 } },
    );
    expect(finding).toMatchObject({ culprit: { service: 'stock', operation: 'GET /stock' } });
    expect(finding!.sentences[0]).toContain('stock spent 480 ms in its own code');
  });

  test('a callee that begins late', () => {
    const [finding] = seen(
      'slow-dependency',
      'web: GET /  server 0 +500\n  web: GET /stock  client 2 +490\n    stock: GET /stock  server 450 +20',
      { usual: { 'web GET /': 30, 'web GET /stock': 25, 'stock GET /stock': 20 } },
    );
    expect(finding).toMatchObject({ culprit: { service: 'stock' } });
    expect(finding!.sentences[0]).toContain('passed between');
  });
});

describe('slow operation', () => {
  const own = 'web: GET /report  server 0 +800\n  web: SELECT rows  client 10 +20 db.system=mysql';

  test('the service that was asked spends the time itself', () => {
    const [finding] = seen('slow-operation', own, { usual: { 'web GET /report': 100, 'web SELECT rows': 20 } });
    expect(finding).toMatchObject({ culprit: { service: 'web', operation: 'GET /report' }, explains: { ms: 700 } });
  });

  test('is not seen when it always takes that long, or a call takes the time', () => {
    expect(seen('slow-operation', own, { usual: { 'web GET /report': 790 } })).toEqual([]);
    expect(seen('slow-operation', own.replace('10 +20', '10 +780'), { usual: { 'web GET /report': 100 } })).toEqual([]);
  });
});

describe('timeout cut', () => {
  const call = (client: string, server = ''): string =>
    `web: GET /  server 0 +2100 error\n  web: GET /slow  client 5 ${client}\n${server}`;

  test('a caller that gave up while the callee went on', () => {
    const [finding] = seen('timeout-cut', call('+2001 error="timed out"', '    back: GET /slow  server 10 +5000'));
    expect(finding).toMatchObject({
      title: 'web gave up on "GET /slow" after 2 s',
      culprit: { service: 'back', operation: 'GET /slow' },
      confidence: 0.95,
      explainsFailure: true,
    });
    expect(finding!.sentences[1]).toContain('went on for 3 s more');
  });

  test.each([
    ['no span of the callee, but the error says so', call('+1800 error="deadline exceeded"'), 0.85],
    [
      'a round duration, and the callee goes on',
      call('+2003 error="socket hang up"', '    back: GET /slow  server 10 +5000'),
      0.85,
    ],
    ['a round duration alone', call('+2003 error="socket hang up"'), 0.5],
    [
      'the callee goes on, at no round duration',
      call('+1833 error="reset"', '    back: GET /slow  server 10 +5000'),
      0.6,
    ],
  ])('%s', (_, picture, confidence) => expect(seen('timeout-cut', picture)).toMatchObject([{ confidence }]));

  test.each([
    ['the callee answered with an error', call('+2001 error="timeout"', '    back: GET /slow  server 10 +1900 error')],
    ['it failed at once', call('+3 error="connection refused"')],
    ['it took a round time and succeeded', call('+2003')],
    ['the caller knows the status of the answer', call('+2003 error="bad" http.response.status_code=503')],
    ['the callee only ends its span a little later', call('+50 error="500"', '    back: GET /slow  server 10 +52')],
  ])('is not seen when %s', (_, picture) => expect(seen('timeout-cut', picture)).toEqual([]));
});

describe('errors', () => {
  const failed = `
    web: POST /order        server  0 +60 error
      web: POST /reserve    client  5 +50 error
        stock: POST /pick   server 10 +20 error event=exception@18`;
  const window = (time: number, calls: number, errors: number): Window => ({
    service: 'stock',
    kind: 'Server',
    operation: 'POST /pick',
    time,
    calls,
    errors,
    meanMs: 20,
  });

  test('a burst: the operation where the error began fails far more than it used to', () => {
    const windows = [window(1_699_999_960, 20, 0), window(1_699_999_980, 20, 8)];
    const usual = { 'stock POST /pick': { ms: 20, calls: 1000, errors: 1 } };
    expect(seen('error-burst', failed, { windows, usual })).toMatchObject([
      {
        culprit: { service: 'stock', operation: 'POST /pick' },
        severity: 'critical',
        explainsFailure: true,
        confidence: 0.9,
      },
    ]);
    expect(seen('error-origin', failed, { windows, usual })).toEqual([]);
  });

  test('no burst when it fails as often as ever: then only its origin is told', () => {
    const windows = [window(1_699_999_980, 20, 8)];
    const usual = { 'stock POST /pick': { ms: 20, calls: 1000, errors: 380 } };
    expect(seen('error-burst', failed, { windows, usual })).toEqual([]);
    expect(seen('error-origin', failed, { windows, usual })).toMatchObject([{ severity: 'critical' }]);
  });

  test('an error that was dealt with is worth a note', () => {
    const dealtWith = failed.replace('+60 error', '+60').replace('+50 error', '+50');
    const [finding] = seen('error-origin', dealtWith);
    expect(finding).toMatchObject({ severity: 'info', explainsFailure: false });
    expect(finding!.sentences[1]).toBe('It did not reach the root: web dealt with it.');
  });

  test('nothing is told of a trace without errors', () => {
    expect(seen('error-origin', 'web: GET / server 0 +5')).toEqual([]);
    expect(seen('error-burst', 'web: GET / server 0 +5')).toEqual([]);
  });
});

describe('bad deploy', () => {
  const slow = `
    web: GET /          server 0 +420 service.version=9
      web: GET /cart    client 5 +410
        cart: GET /cart server 8 +400 service.version=3.2`;
  const usual = { 'web GET /': 30, 'web GET /cart': 25, 'cart GET /cart': 20 };
  const stats = (version: string, firstSeenMs: number, more: Partial<VersionStats> = {}): VersionStats => ({
    service: 'cart',
    version,
    firstSeenMs,
    calls: 100,
    errors: 0,
    p50Ms: 20,
    p95Ms: 30,
    ...more,
  });
  const former = stats('3.1', 1_699_990_000_000);
  const slower = stats('3.2', 1_699_999_940_000, { p50Ms: 390, p95Ms: 500 });

  test('a younger version that is slower, where the time was lost', () => {
    const [finding] = seen('bad-deploy', slow, { usual, versions: [former, slower] });
    expect(finding).toMatchObject({
      culprit: { service: 'cart', version: '3.2' },
      severity: 'critical',
      confidence: 0.95,
    });
    expect(finding!.sentences[0]).toMatch(/first seen at \d\d:\d\d:\d\d; 3\.1 ran before it/);
  });

  test('a younger version that fails, where the error began', () => {
    const failing = slow.replaceAll('service.version=', 'error service.version=').replace('+410', '+410 error');
    const versions = [former, stats('3.2', 1_699_999_940_000, { errors: 40 })];
    expect(seen('bad-deploy', failing, { usual, versions })).toMatchObject([
      { explainsFailure: true, severity: 'critical' },
    ]);
  });

  test.each([
    ['the new version does as well as the old', [former, stats('3.2', 1_699_999_940_000)]],
    [
      'the trace still ran the old version',
      [stats('3.2', 1_699_990_000_000), stats('3.3', 1_699_999_940_000, { p50Ms: 390 })],
    ],
    ['there is no older version', [slower]],
    ['the old one was hardly called', [{ ...former, calls: 2 }, slower]],
  ])('is not seen when %s', (_, versions) => expect(seen('bad-deploy', slow, { usual, versions })).toEqual([]));

  test('a version that came after the trouble of its service is not to blame for it', () => {
    const onset = (time: number): Onset => ({
      service: 'cart',
      kind: 'Server',
      operation: 'GET /cart',
      time,
      calmSince: null,
      what: 'duration',
      score: 9,
    });
    const blamed = (time: number) =>
      seen('bad-deploy', slow, { usual, versions: [former, slower], onset: onset(time) }).length;
    expect(blamed(1_699_999_940)).toBe(1);
    expect(blamed(1_699_999_900)).toBe(0);
  });

  test('a new version that waits for somebody else is not to blame', () => {
    const waits = `${slow}\n      db: GET /rows server 12 +390`.replace(
      '      db:',
      '          cart: GET /rows client 10 +395\n            db:',
    );
    const known = { ...usual, 'cart GET /rows': 10, 'db GET /rows': 8 };
    expect(seen('bad-deploy', waits, { usual: known, versions: [former, slower] })).toEqual([]);
  });
});

describe('memory leak', () => {
  const slow = 'web: GET /  server 0 +500\n  web: GET /stock  client 2 +490\n    stock: GET /stock  server 5 +480';
  const usual = { 'web GET /': 30, 'web GET /stock': 25, 'stock GET /stock': 20 };
  const memory = (service: string, value: (at: number) => number): MetricSeries => ({
    service,
    instance: '1',
    metric: 'process.memory.usage',
    stream: '{}',
    points: Array.from({ length: 40 }, (_, at) => ({ time: at * 5, value: value(at) })),
  });
  const leak = (at: number): number => 80e6 + at * 10e6;

  test('steadily growing memory of the service that loses the time', () => {
    expect(seen('memory-leak', slow, { usual, memory: [memory('stock', leak)] })).toMatchObject([
      { culprit: { service: 'stock', operation: 'GET /stock' }, confidence: 0.9 },
    ]);
  });

  test.each([
    ['another service grows', [memory('web', leak)]],
    ['it is level', [memory('stock', (at) => 80e6 + (at % 5) * 1e6)]],
    ['it saws', [memory('stock', (at) => 80e6 + (at % 8) * 20e6)]],
    ['it grew little, as after a start', [memory('stock', (at) => 80e6 + Math.min(at, 10) * 1e6)]],
  ])('is not seen when %s', (_, series) => expect(seen('memory-leak', slow, { usual, memory: series })).toEqual([]));

  test('is not seen when the service lost no time', () => {
    const usual = { 'web GET /': 30, 'web GET /stock': 25, 'stock GET /stock': 480 };
    expect(seen('memory-leak', slow, { usual, memory: [memory('stock', leak)] })).toEqual([]);
  });

  test('growth that began late counts from where it began', () => {
    const late = growthOf(memory('stock', (at) => 80e6 + Math.max(0, at - 20) * 10e6))!;
    expect(late.seconds).toBeLessThan(100);
  });
});

describe('which finding comes first', () => {
  test('the cause before the symptom: N+1 before the slow cart that it makes', () => {
    const lines = repeat(30, 10, 10, (ms) => select(ms));
    const found = findingsOf(`web: GET /cart  server 0 +320\n  cart: GET /cart  server 5 +310\n${lines}`);
    expect(found[0]!.id).toBe('n-plus-one');
  });

  test('the order does not depend on that of the shapes', () => {
    expect(Object.keys(allShapes)).toHaveLength(26);
    const picture = 'web: GET /  server 0 +100 error\n  web: a  client 1 +98 error="timeout"';
    expect(findingsOf(picture).map(({ id }) => id)).toEqual(['timeout-cut', 'error-origin', 'slow-dependency']);
  });
});

test('a short series of memory keeps its steps of 2 s, a long one has the greatest value of each 5 s', () => {
  const points = (count: number) => Array.from({ length: count }, (_, at) => ({ time: at * 2, value: at }));
  expect(coarsened(points(18))).toEqual(points(18));
  expect(coarsened(points(60)).slice(0, 3)).toEqual([
    { time: 0, value: 2 },
    { time: 5, value: 4 },
    { time: 10, value: 7 },
  ]);
  expect(coarsened([])).toEqual([]);
});
