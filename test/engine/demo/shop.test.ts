import { Effect } from 'effect';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { faultNames } from '../../../src/engine/demo/fault-names.ts';
import { faults } from '../../../src/engine/demo/faults.ts';
import type { Shop } from '../../../src/engine/demo/shop.ts';
import type { SeenSpan } from './support/capture.ts';
import { durationOf, type OpenShop, openShop } from './support/open-shop.ts';
import { isRunning, until } from './support/processes.ts';

const client = 3;

/** One shop for the whole story: what a fault changed is set right again before the next. */
describe('the shop', () => {
  let open: OpenShop;
  let shop: Shop;
  const order: OpenShop['order'] = (customer) => open.order(customer);
  const visit: OpenShop['visit'] = (...request) => open.visit(...request);
  const turn: OpenShop['turn'] = (...change) => open.turn(...change);
  const inShop: OpenShop['inShop'] = (effect) => open.inShop(effect);
  const spansOf: OpenShop['spansOf'] = (doing) => open.spansOf(doing);

  beforeAll(async () => {
    open = await openShop();
    shop = open.shop;
  });

  afterAll(() => open.close());

  test('runs six processes', () => {
    expect(new Set(shop.pids()).size).toBe(6);
    expect(shop.pids().every(isRunning)).toBe(true);
  });

  test('one order flows through five services under one trace id', async () => {
    const spans = await spansOf(async () => expect(await order()).toBe(200));
    expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1);
    const services = new Set(spans.map(({ service }) => service));
    expect([...services].toSorted()).toEqual(['cart', 'checkout', 'inventory', 'payment', 'web']);
    expect(spans.map(({ service, name }) => `${service} ${name}`)).toEqual(
      expect.arrayContaining([
        'web POST /checkout',
        'checkout GET /carts/{id}',
        'cart GET /carts/{customer}',
        'cart SELECT cart_items',
        'inventory UPDATE products',
        'payment POST /charges',
        'checkout INSERT orders',
      ]),
    );
  });

  test('SQL and calls are described by the semantic conventions', async () => {
    const spans = await spansOf(() => visit('GET', '/cart/customer-20'));
    expect(spans.find(({ name }) => name === 'SELECT cart_items')).toMatchObject({
      kind: client,
      attributes: {
        'db.system.name': 'sqlite',
        'db.namespace': 'cart',
        'db.operation.name': 'SELECT',
        'db.collection.name': 'cart_items',
      },
    });
    expect(spans.find(({ service, name }) => service === 'web' && name === 'GET /carts/{id}')).toMatchObject({
      attributes: { 'service.peer.name': 'cart', 'http.response.status_code': '200' },
    });
  });

  test('logs carry their trace, and metrics of all parts arrive', async () => {
    const spans = await spansOf(() => order());
    const log = await until(() => open.capture.logs().find(({ traceId }) => traceId === spans[0]!.traceId));
    expect(log.severity).toBe('INFO');
    const names = await until(() => {
      const seen = new Set(open.capture.metrics().map(({ name }) => name));
      return seen.has('shop.orders') && seen.has('http.server.request.duration') ? seen : undefined;
    });
    for (const name of ['process.memory.usage', 'v8js.memory.heap.used', 'db.client.connection.count']) {
      expect(names).toContain(name);
    }
  });

  test('unknown pages and controls are refused', async () => {
    expect(await visit('GET', '/nowhere')).toBe(404);
    const refused = await inShop(Effect.flip(shop.turn('bank', 'no-such-switch', 1)));
    expect(refused).toMatchObject({ _tag: 'DemoFailed', reason: '{"error":"no such switch: no-such-switch"}' });
  });

  test('slow-dependency: the bank answers later, and only the call to it is long', async () => {
    await inShop(faults['slow-dependency'].turnOn(shop));
    const spans = await spansOf(() => order());
    await turn('bank', 'extra-latency', 0);
    expect(durationOf(spans, 'payment', 'POST /charges')).toBeGreaterThan(700);
    expect(durationOf(spans, 'cart', 'GET /carts/{customer}')).toBeLessThan(300);
  });

  test('error-burst: inventory throws, and the error reaches the customer', async () => {
    await inShop(faults['error-burst'].turnOn(shop));
    const statuses: number[] = [];
    const spans = await spansOf(async () => {
      for (let customer = 10; customer < 18; customer++) statuses.push(await order(customer));
    });
    await turn('inventory', 'warehouse-closed', 0);
    expect(statuses).toContain(502);
    const failed = spans.filter((span) => span.service === 'inventory' && span.failed);
    expect(failed.map(({ name }) => name)).toContain('POST /reservations');
    expect(failed.flatMap(({ events }) => events)).toContain('TypeError');
    expect(await order(10)).toBe(200);
  });

  test('n-plus-one: the price of each item is asked for by itself', async () => {
    const selects = (spans: readonly SeenSpan[]): number => spans.filter(({ kind }) => kind === client).length;
    // Terms of such customers are in the cache from then on.
    await visit('GET', '/cart/customer-1');
    const before = await spansOf(() => visit('GET', '/cart/customer-1'));
    await inShop(faults['n-plus-one'].turnOn(shop));
    const after = await spansOf(() => visit('GET', '/cart/customer-1'));
    await turn('cart', 'price-by-row', 0);
    expect(selects(before)).toBe(2);
    expect(selects(after)).toBeGreaterThan(80);
    expect(durationOf(after, 'cart', 'GET /carts/{customer}')).toBeGreaterThan(
      3 * durationOf(before, 'cart', 'GET /carts/{customer}'),
    );
  });

  test('pool-exhaustion: orders wait for the one connection, and no span tells of it', async () => {
    await inShop(faults['pool-exhaustion'].turnOn(shop));
    const spans = await spansOf(() => Promise.all([order(21), order(22), order(23), order(24)]));
    await turn('checkout', 'hold-connection', 0);
    const inOrder = (name: string): SeenSpan[] =>
      spans.filter((span) => span.service === 'checkout' && span.name === name).sort((a, b) => a.startMs - b.startMs);
    const [reserved, selects, inserts] = [
      inOrder('POST /reservations'),
      inOrder('SELECT customers'),
      inOrder('INSERT orders'),
    ];
    // From its first statement to its last an order has the connection to itself …
    for (let i = 1; i < 4; i++) expect(selects[i]!.startMs).toBeGreaterThanOrEqual(inserts[i - 1]!.startMs);
    // … while the others, long since ready, wait.
    const gaps = reserved.map((call) => {
      const select = selects.find(({ traceId }) => traceId === call.traceId)!;
      return select.startMs - (call.startMs + call.durationMs);
    });
    expect(Math.max(...gaps)).toBeGreaterThan(100);
  });

  test('memory-leak: the heap of inventory grows with each order', async () => {
    const heap = (): number =>
      open.capture.metrics().findLast((seen) => seen.service === 'inventory' && seen.name === 'v8js.memory.heap.used')
        ?.values[0] ?? 0;
    const before = await until(() => (heap() > 0 ? heap() : undefined));
    await inShop(faults['memory-leak'].turnOn(shop));
    for (let i = 0; i < 3; i++) await Promise.all(Array.from({ length: 4 }, () => order()));
    await until(() => (heap() > before + 20e6 ? true : undefined));
    await turn('inventory', 'keep-history', 0);
  });

  test('retry-storm: a refused charge is tried again and again, at once', async () => {
    await inShop(faults['retry-storm'].turnOn(shop));
    const spans = await spansOf(() => Promise.all([order(25), order(26)]));
    await turn('payment', 'attempts', 2);
    await turn('bank', 'failing', 0);
    const charges = spans.filter(({ service, name }) => service === 'payment' && name === 'POST /charges');
    expect(charges.filter(({ failed }) => failed).length).toBeGreaterThan(3);
  });

  test('bad-deploy: the new version takes over, is slow, and the old process is gone', async () => {
    const before = shop.pids();
    const good = await spansOf(() => visit('GET', '/cart/customer-30'));
    await inShop(faults['bad-deploy'].turnOn(shop));
    const gone = before.find((pid) => !shop.pids().includes(pid));
    expect(isRunning(gone!)).toBe(false);
    const bad = await spansOf(() => visit('GET', '/cart/customer-30'));
    const cart = (spans: readonly SeenSpan[]) => spans.find(({ name }) => name === 'GET /carts/{customer}')!;
    expect([cart(good).version, cart(bad).version]).toEqual(['3.1.4', '3.2.0']);
    expect(cart(bad).durationMs).toBeGreaterThan(cart(good).durationMs);
    expect(await visit('GET', '/cart/customer-1')).toBe(502);
  });

  test('each fault says what it does, and whose fault it is', () => {
    for (const name of faultNames) {
      expect(faults[name].name).toBe(name);
      expect(['cart', 'checkout', 'payment', 'inventory']).toContain(faults[name].culprit.service);
    }
  });
});
