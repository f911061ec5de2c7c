import { describe, expect, test } from 'vitest';
import { errorLog, findingsOf, seen } from './drawn-context.ts';

/** `count` pieces of drawing in a row, each `stepMs` after the one before. */
const repeat = (count: number, fromMs: number, stepMs: number, draw: (ms: number, at: number) => string): string =>
  Array.from({ length: count }, (_, at) => draw(fromMs + at * stepMs, at)).join('\n');

describe('retry amplification', () => {
  const attempt = (ms: number, inner: number, more = 'error'): string => `
    web: POST /pay            client ${ms} +100 service.peer.name=payment ${more}
      payment: POST /pay      server ${ms + 2} +96 ${more}
${repeat(inner, ms + 5, 30, (at) => `        payment: POST /charges client ${at} +25 service.peer.name=bank ${more === '' ? '' : 'error="503"'}`)}`;
  const checkout = (attempts: string): string => `  web: POST /checkout server 0 +400 error\n${attempts}`;

  test('three attempts, each with three below it, are nine calls of the bank', () => {
    const [finding, ...others] = seen('retry-amplification', checkout(repeat(3, 5, 120, (ms) => attempt(ms, 3))));
    expect(others).toEqual([]);
    expect(finding).toMatchObject({
      title: 'Retries multiply: 3 × 3 attempts of "POST /charges"',
      severity: 'critical',
      culprit: { service: 'payment', operation: 'POST /charges', dependency: 'bank' },
      explainsFailure: true,
      confidence: 0.97,
    });
    expect(finding!.sentences[0]).toBe(
      'web tries payment 3 times, and below each attempt payment tries bank 3 times: up to 9 calls of bank for one request, 9 in this trace.',
    );
  });

  test('is the better answer than each of its storms', () => {
    expect(findingsOf(checkout(repeat(3, 5, 120, (ms) => attempt(ms, 3))))[0]!.id).toBe('retry-amplification');
  });

  test.each([
    ['one level alone retries', repeat(3, 5, 120, (ms) => attempt(ms, 1))],
    ['only the callee retries', attempt(5, 3)],
    ['below one attempt of many there are retries', [attempt(5, 3), attempt(125, 1), attempt(245, 1)].join('\n')],
    ['nothing fails', repeat(3, 5, 120, (ms) => attempt(ms, 3, ''))],
  ])('is not seen when %s', (_, attempts) => expect(seen('retry-amplification', checkout(attempts))).toEqual([]));
});

describe('timeout mismatch', () => {
  const cut = (timeout: number, answered: number): string => `
    web: GET /orders          server 0 +${timeout + 10} error
      web: GET /orders        client 2 +${timeout} error="timed out" service.peer.name=orders
        orders: GET /orders   server 4 +${answered}`;

  test('a timeout below what the callee usually takes cuts calls that are fine', () => {
    const [finding] = seen('timeout-mismatch', cut(100, 180), { usual: { 'orders GET /orders': 160 } });
    expect(finding).toMatchObject({
      title: 'Timeout too short: web gives orders 100 ms, which it usually exceeds',
      culprit: { service: 'web', dependency: 'orders' },
      explainsFailure: true,
    });
    expect(finding!.sentences[0]).toContain('160 ms in the median, 208 ms at p95 and 240 ms at p99: more than half of');
    const first = findingsOf(cut(100, 180), { usual: { 'orders GET /orders': 160 } })[0];
    expect(first!.id).toBe('timeout-mismatch');
  });

  test('of a callee without spans the usual time of the call tells', () => {
    const silent =
      'web: GET /  server 0 +110 error\n  web: POST /charges client 2 +100 error="timed out" service.peer.name=bank';
    expect(seen('timeout-mismatch', silent, { usual: { 'web POST /charges': 90 } })).toMatchObject([
      { culprit: { service: 'web', dependency: 'bank' } },
    ]);
    expect(seen('timeout-mismatch', silent, { usual: { 'web POST /charges': 20 } })).toEqual([]);
  });

  test('work that goes on after the caller has left waits for too long', () => {
    const found = seen(
      'timeout-mismatch',
      `web: GET /  server 0 +510 error
         web: GET /orders          client 2 +500 error="timed out"
           orders: GET /orders     server 4 +2010 error
             orders: GET /stock    client 6 +2000 error="timed out" service.peer.name=stock`,
    );
    expect(found).toMatchObject([
      {
        title: 'Timeout too long: orders waits 2 s, its caller only 500 ms',
        culprit: { service: 'orders', dependency: 'stock' },
      },
    ]);
  });

  test.each([
    ['the callee is slower than ever', cut(1000, 3000), 160],
    ['the callee usually answers well within it', cut(1000, 1200), 100],
    ['there is no history', cut(100, 180), undefined],
    ['the callee answered with the error', cut(100, 90), 160],
  ])('is not seen when %s', (_, picture, usual) =>
    expect(
      seen('timeout-mismatch', picture, usual === undefined ? {} : { usual: { 'orders GET /orders': usual } }),
    ).toEqual([]),
  );
});

describe('slow connect', () => {
  const call = (lines: string, lasts = 300): string =>
    `web: GET /  server 0 +${lasts}\n  web: GET /rates client 2 +${lasts - 4} server.address=rates.example\n${lines}`;

  test.each([
    ['dns.lookup', 'The DNS lookup'],
    ['http.dns', 'The DNS lookup'],
    ['tcp.connect', 'The TCP connect'],
    ['tls.connect', 'The TLS handshake'],
    ['TLS client handshake', 'The TLS handshake'],
  ])('a span named %s', (name, what) => {
    const [finding] = seen('slow-connect', call(`    web: ${name}  internal 3 +250`), {
      usual: { [`web ${name}`]: 4 },
    });
    expect(finding).toMatchObject({
      title: `${what} to rates.example is slow`,
      culprit: { service: 'web', operation: 'GET /rates', dependency: 'rates.example' },
      explains: { ms: 250 },
    });
  });

  test('a gap before a callee that is as fast as ever', () => {
    const usual = { 'web GET /rates': 14, 'rates GET /rates': 10 };
    const picture = call('    rates: GET /rates  server 280 +10', 296);
    expect(seen('slow-connect', picture, { usual })).toMatchObject([
      { title: 'web takes long to reach rates.example', culprit: { dependency: 'rates.example' }, confidence: 0.75 },
    ]);
    expect(findingsOf(picture, { usual })[0]!.id).toBe('slow-connect');
  });

  test.each([
    ['connecting takes what it usually takes', call('    web: dns.lookup internal 3 +250'), { 'web dns.lookup': 245 }],
    [
      'the callee itself is slow',
      call('    rates: GET /rates  server 5 +285'),
      { 'web GET /rates': 14, 'rates GET /rates': 10 },
    ],
    [
      'the gap is usual',
      call('    rates: GET /rates  server 280 +10', 296),
      { 'web GET /rates': 290, 'rates GET /rates': 10 },
    ],
    [
      'the answer is what takes long',
      call('    rates: GET /rates  server 4 +10', 296),
      { 'web GET /rates': 14, 'rates GET /rates': 10 },
    ],
    ['a span is about DNS in another sense', call('    web: dnssec report internal 3 +250'), {}],
  ])('is not seen when %s', (_, picture, usual) => expect(seen('slow-connect', picture, { usual })).toEqual([]));

  test('is not seen when the process that is called stands still for its garbage', () => {
    const runtime = [
      {
        ...{ service: 'rates', instance: '', host: '', metric: 'v8js.gc.duration', unit: 's', stream: '' },
        how: 'total' as const,
        points: [-300, -200, -100, -10, 5].map((at, n) => ({ time: 1_700_000_000 + at, value: n < 4 ? n * 0.1 : 4 })),
      },
    ];
    const usual = { 'web GET /rates': 14, 'rates GET /rates': 10 };
    expect(seen('slow-connect', call('    rates: GET /rates  server 280 +10', 296), { usual, runtime })).toEqual([]);
  });
});

describe('fan-out', () => {
  const shards = (durations: readonly number[], step = 0): string =>
    `web: GET /search server 0 +${Math.max(...durations.map((ms, at) => ms + at * step)) + 10}\n` +
    durations
      .map((ms, at) => `  web: GET /shard/${at}  client ${2 + at * step} +${ms} server.address=shard-${at}`)
      .join('\n');

  test('the parent waits for the slowest alone', () => {
    const [finding] = seen('fan-out', shards([50, 55, 48, 300]), { usual: { 'web GET /shard/3': 52 } });
    expect(finding).toMatchObject({
      title: 'One of 4 calls at once holds up web: "GET /shard/3"',
      culprit: { service: 'web', dependency: 'shard-3' },
      explains: { ms: 245 },
      confidence: 0.85,
    });
    expect(finding!.sentences[1]).toContain('Were it as fast as the next slowest, 245 ms');
  });

  test('one that is always the slowest is a hint', () => {
    expect(seen('fan-out', shards([50, 55, 48, 300]), { usual: { 'web GET /shard/3': 290 } })).toMatchObject([
      { confidence: 0.4 },
    ]);
  });

  test.each([
    ['all are slow', shards([290, 280, 295, 300])],
    ['they run in a row', shards([50, 50, 50, 200], 60)],
    ['there are two', shards([50, 300])],
    [
      'a long call runs beside short ones in a row',
      `web: GET /search server 0 +310\n  web: GET /shard/9 client 2 +300\n${repeat(4, 2, 60, (ms) => `  web: GET /shard/1 client ${ms} +50`)}`,
    ],
    [
      'nobody waits for it',
      `web: GET /search server 0 +100\n${repeat(3, 2, 1, (ms) => `  web: GET /shard/1 client ${ms} +90`)}\n  web: GET /shard/9 producer 2 +400`,
    ],
  ])('is not seen when %s', (_, picture) => expect(seen('fan-out', picture)).toEqual([]));
});

describe('cache misses', () => {
  const rates = (recent: number, usual: number) => [
    { service: 'cart', kind: 'Server', operation: 'GET /cart', recentCalls: 100, usualCalls: 1000 },
    { service: 'cart', kind: 'Client', operation: 'SELECT products', recentCalls: recent, usualCalls: usual },
  ];
  const cart = (hit: string, more = ''): string => `
    web: GET /cart                server 0 +120
      cart: GET /cart             server 2 +110
        cart: GET                 client 4 +1 db.system.name=redis ${hit}
        cart: SELECT products     client 6 +100 db.system.name=postgresql ${more}`;

  test.each([
    ['says that it missed', 'cache.hit=false', 0.95],
    ['is followed by a call that seldom follows', '', 0.82],
  ])('a look-up that %s', (_, hit, confidence) => {
    const [finding] = seen('cache-miss', cart(hit), { callRates: rates(90, 100) });
    expect(finding).toMatchObject({
      title: 'Cache misses: cart asks postgresql instead of redis',
      culprit: { service: 'cart', operation: 'GET /cart', dependency: 'redis' },
      explains: { ms: 100 },
      confidence,
    });
    expect(finding!.sentences[1]).toBe('"SELECT products" now runs 0.90 times a request of cart, usually 0.10 (9×).');
  });

  test('a cache in the process counts, and one that fails is no cache', () => {
    const inside = cart('').replace(
      'GET                 client 4 +1 db.system.name=redis',
      'cache lookup internal 4 +1 cache.hit=false',
    );
    expect(seen('cache-miss', inside, { callRates: rates(90, 100) })).toMatchObject([
      { culprit: { dependency: 'its cache' } },
    ]);
    expect(seen('cache-miss', cart('error="connection refused"'), { callRates: rates(90, 100) })[0]!.title).toBe(
      'The cache of cart fails, and "SELECT products" answers instead',
    );
  });

  test.each([
    ['misses come as often as ever', cart('cache.hit=false'), rates(12, 100)],
    ['the call always follows', cart(''), rates(100, 1000)],
    ['nothing tells how often it misses, nor that it did', cart(''), []],
    ['it hit', cart('cache.hit=true'), rates(90, 100)],
    [
      'no cache is asked',
      cart('').replace('GET                 client 4 +1 db.system.name=redis', 'GET /prices client 4 +1'),
      rates(90, 100),
    ],
  ])('are not seen when %s', (_, picture, callRates) => expect(seen('cache-miss', picture, { callRates })).toEqual([]));
});

describe('lock wait', () => {
  const update = (more = ''): string => `
    web: POST /pay                server 0 +520
      web: UPDATE accounts        client 5 +500 db.system.name=postgresql db.collection.name=accounts ${more}`;
  const usual = { 'web UPDATE accounts': 4, 'web POST /pay': 12 };
  const other = (operation: string, startMs: number, endMs: number, table = 'accounts', kind = 'Client') => ({
    ...{ traceId: 'ab', spanId: `${startMs}-${endMs}`, service: 'batch', kind, operation, status: 'Unset' },
    startNs: startMs * 1e6,
    endNs: endMs * 1e6,
    attributes: { 'db.system.name': 'postgresql', 'db.collection.name': table },
  });

  test.each([
    'Lock wait timeout exceeded; try restarting transaction',
    'SQLITE_BUSY: database is locked',
    'deadlock detected',
  ])('an error that says so: %s', (message) => {
    const picture = `web: POST /pay server 0 +520 error\n  web: UPDATE accounts client 5 +500 db.system.name=mysql error="${message}"`;
    expect(seen('lock-wait', picture)).toMatchObject([
      {
        culprit: { service: 'web', operation: 'UPDATE accounts', dependency: 'mysql' },
        explainsFailure: true,
        confidence: 0.95,
      },
    ]);
    expect(findingsOf(picture)[0]!.id).toBe('lock-wait');
  });

  test('a log record of the span may say it', () => {
    const picture =
      'web: POST /pay server 0 +520 error\n  web: UPDATE accounts client 5 +500 db.system.name=mysql error';
    expect(
      seen('lock-wait', picture, { logs: [errorLog(2, 'could not obtain lock on row in relation "accounts"')] }),
    ).toHaveLength(1);
  });

  test('a statement that ends when one that began before it on the same table does', () => {
    const statements = [other('UPDATE accounts', -400, 500)];
    const [finding] = seen('lock-wait', update(), { usual, statements });
    expect(finding).toMatchObject({
      title: 'web waits for a lock on accounts',
      explains: { ms: 496 },
      confidence: 0.75,
    });
    expect(finding!.sentences[0]).toContain(
      'after "UPDATE accounts" of batch (trace ab), which had held it for 900 ms',
    );
    expect(findingsOf(update(), { usual, statements })[0]!.id).toBe('lock-wait');
  });

  test('writes that began together end one after the other', () => {
    const writes = repeat(
      4,
      5,
      0,
      (ms, at) => `  web: UPDATE stock client ${ms} +${20 * (at + 1)} db.system.name=mysql`,
    );
    expect(seen('lock-wait', `web: POST /order server 0 +100\n${writes}`)).toMatchObject([
      { title: '4 writes of web wait for each other on stock', explains: { ms: 60 } },
    ]);
  });

  test.each([
    ['the other is on another table', [other('UPDATE orders', -400, 500, 'orders')]],
    ['the other ended long before', [other('UPDATE accounts', -400, 100)]],
    ['the other began later', [other('UPDATE accounts', 100, 500)]],
    ['nothing ran beside it', []],
    [
      'everything is slow',
      [
        other('UPDATE accounts', -400, 500),
        ...['a', 'b', 'c'].map((table, at) => other(`SELECT ${table}`, at, 480, table)),
      ],
    ],
  ])('is not seen when %s', (_, statements) => expect(seen('lock-wait', update(), { usual, statements })).toEqual([]));

  test('is not seen in a statement that is always that slow, nor in reads that end in a row', () => {
    const statements = [other('UPDATE accounts', -400, 500)];
    expect(seen('lock-wait', update(), { usual: { 'web UPDATE accounts': 450 }, statements })).toEqual([]);
    const reads = repeat(
      4,
      5,
      0,
      (ms, at) => `  web: SELECT stock client ${ms} +${20 * (at + 1)} db.system.name=mysql`,
    );
    expect(seen('lock-wait', `web: POST /order server 0 +100\n${reads}`)).toEqual([]);
  });
});

describe('cascading failure', () => {
  const picture = `
    web: GET /              server 0 +1000
      orders: GET /orders   server 5 +980
        stock: GET /stock   server 10 +960`;
  const usual = { 'web GET /': 60, 'orders GET /orders': 50, 'stock GET /stock': 40 };
  const now = 1_700_000_000;
  /** Half an hour of windows in which the operation is ten times as slow from `secondsAgo` on. */
  const windows = (service: string, operation: string, secondsAgo: number) =>
    Array.from({ length: 60 }, (_, at) => {
      const time = now - 590 + at * 10;
      return {
        service,
        kind: 'Server',
        operation,
        time,
        calls: 20,
        errors: 0,
        meanMs: time >= now - secondsAgo ? 500 : 50,
      };
    });
  const fell = (stock: number, orders: number, web: number) => [
    ...windows('stock', 'GET /stock', stock),
    ...windows('orders', 'GET /orders', orders),
    ...windows('web', 'GET /', web),
  ];

  test('names the first domino and when each fell', () => {
    const [finding] = seen('cascading-failure', picture, { usual, windows: fell(120, 80, 40) });
    expect(finding).toMatchObject({
      title: 'Cascade that began in stock and reached web',
      culprit: { service: 'stock', operation: 'GET /stock' },
      confidence: 0.85,
    });
    expect(finding!.sentences[0]).toContain('from "GET /stock" up through 3 services in 1 min 20 s');
  });

  test.each([
    ['all fell at once', fell(60, 60, 60)],
    ['it came from above', fell(40, 80, 120)],
    ['two services fell', [...windows('stock', 'GET /stock', 120), ...windows('orders', 'GET /orders', 60)]],
    ['nothing is known of the time before', []],
  ])('is not seen when %s', (_, around) =>
    expect(seen('cascading-failure', picture, { usual, windows: around })).toEqual([]),
  );
});
