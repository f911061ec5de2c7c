import { describe, expect, test } from 'vitest';
import { errorLog, findingsOf, seen } from './drawn-context.ts';

/** `count` pieces of drawing in a row, each `stepMs` after the one before. */
const repeat = (count: number, fromMs: number, stepMs: number, draw: (ms: number, at: number) => string): string =>
  Array.from({ length: count }, (_, at) => draw(fromMs + at * stepMs, at)).join('\n');

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
    traceId: 'ab',
    spanId: `${startMs}-${endMs}`,
    service: 'batch',
    kind,
    operation,
    status: 'Unset',
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
