import { describe, expect, test } from 'vitest';
import type { OverlappingStatement, SizeStats } from '../../../src/engine/explain/nearby.ts';
import { findingsOf, seen } from './drawn-context.ts';

/** A look at the stock that waits 640 ms, and then takes 1 ms. */
const waits = `
  web: GET /                   server 0 +652
    stock: GET /products       server 2 +650
      stock: SELECT products   client 645 +1 db.system.name=sqlite db.namespace=stock db.collection.name=products`;
const usual = { 'web GET /': 5, 'stock GET /products': 3, 'stock SELECT products': 1 };

describe('a lock behind a wait for a connection', () => {
  const ran = (operation: string, startMs: number, endMs: number, kind = 'Client'): OverlappingStatement => ({
    traceId: 'cd',
    spanId: `${startMs}`,
    service: 'stock',
    kind,
    operation,
    status: 'Unset',
    startNs: startMs * 1e6,
    endNs: endMs * 1e6,
    attributes: { 'db.system.name': 'sqlite', 'db.namespace': 'stock', 'db.collection.name': 'products' },
  });
  const held = ran('stocktaking', -280, 600, 'Internal');
  const locked = [ran('UPDATE products', 10, 640), ran('UPDATE products', 60, 625)];

  test('others kept the connections while they waited for a transaction', () => {
    const [finding] = findingsOf(waits, { usual, statements: [held, ...locked] });
    expect(finding).toMatchObject({
      id: 'lock-wait',
      title: 'stock waits for a lock on products, with its connections in hand',
      culprit: { service: 'stock', operation: 'UPDATE products', dependency: 'sqlite' },
    });
    expect(finding!.sentences[0]).toContain('"stocktaking" of stock ended');
    expect(finding!.evidence[0]!.sql).toContain("ServiceName = 'stock'");
  });

  test.each([
    ['nobody held a lock', locked],
    ['they are of another service', [held, ...locked].map((one) => ({ ...one, service: 'orders' }))],
    ['they were over before it waited', [held, ...locked].map((one) => ({ ...one, startNs: -9e9, endNs: -8e9 }))],
    ['nothing is known of what ran meanwhile', []],
  ])('is not seen when %s', (_, statements) => {
    expect(seen('lock-wait', waits, { usual, statements })).toEqual([]);
  });
});

describe('cache misses behind a wait', () => {
  const rates = (recent: number) => [
    { service: 'stock', kind: 'Server', operation: 'GET /products', recentCalls: 100, usualCalls: 1000 },
    { service: 'stock', kind: 'Client', operation: 'SELECT offers', recentCalls: recent, usualCalls: 20 },
  ];
  const lookUps = (misses: number) => [
    {
      service: 'stock',
      kind: 'Internal',
      operation: 'cache get offers',
      recent: { calls: 100, misses },
      usual: { calls: 1000, misses: 20 },
    },
  ];

  test('its cache has nothing any more, and what is asked instead keeps the connections', () => {
    const [finding] = findingsOf(waits, { usual, callRates: rates(95), lookUps: lookUps(95) });
    expect(finding).toMatchObject({
      id: 'cache-miss',
      title: 'Cache misses in stock: "SELECT offers" is asked instead',
      culprit: { service: 'stock' },
    });
    expect(finding!.sentences.slice(0, 2)).toEqual([
      '"cache get offers" of stock finds nothing in 95 % of 100 looks, usually in 2 %.',
      '"SELECT offers" now runs 0.95 times a request, usually 0.02 (48×).',
    ]);
  });

  test('is not seen while the cache has what it usually has, or nothing else is asked more often', () => {
    expect(seen('cache-miss', waits, { usual, callRates: rates(95), lookUps: lookUps(3) })).toEqual([]);
    expect(seen('cache-miss', waits, { usual, callRates: rates(2), lookUps: lookUps(95) })).toEqual([]);
  });
});

describe('payloads that grow below a slow call', () => {
  const size = (service: string, kind: string, operation: string): SizeStats => ({
    service,
    kind,
    operation,
    key: 'http.response.body.size',
    recent: { calls: 40, p50: 900_000, p95: 990_000 },
    usual: { calls: 50, p50: 20_000, p95: 24_000 },
  });
  const picture = `
    web: GET /cart            server 0 +400
      web: GET /carts/{id}    client 2 +390 http.response.body.size=900000
        cart: GET /carts/{id} server 4 +6 http.response.body.size=900000`;

  test('name who sends them, though it is quick: who receives them waits', () => {
    const sizes = [size('web', 'Client', 'GET /carts/{id}'), size('cart', 'Server', 'GET /carts/{id}')];
    const slow = { 'web GET /cart': 12, 'web GET /carts/{id}': 9, 'cart GET /carts/{id}': 5 };
    expect(seen('payload-growth', picture, { usual: slow, sizes })).toMatchObject([
      { culprit: { service: 'cart', operation: 'GET /carts/{id}' } },
    ]);
  });
});
