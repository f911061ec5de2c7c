import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { faults, instancesFor } from '../../../src/engine/demo/faults.ts';
import type { FaultName } from '../../../src/engine/demo/fault-names.ts';
import type { SeenSpan } from './support/capture.ts';
import { durationOf, type OpenShop, openShop } from './support/open-shop.ts';
import { until } from './support/processes.ts';

/** A shop with two inventories and carriers; what a fault changed is set right again before the next. */
describe('faults of a shop with more processes', () => {
  let open: OpenShop;

  beforeAll(async () => {
    open = await openShop(instancesFor(['instance-queue', 'serial-calls']));
  });

  afterAll(() => open.close());

  const turnOn = (name: FaultName): Promise<void> => open.inShop(faults[name].turnOn(open.shop));
  const cartOf = (customer: number): Promise<number> => open.visit('GET', `/cart/customer-${customer}`);
  const named = (spans: readonly SeenSpan[], service: string, name: string): readonly SeenSpan[] =>
    spans.filter((span) => span.service === service && span.name === name).toSorted((a, b) => a.startMs - b.startMs);

  test('runs eight processes, and asks the two inventories in turn', async () => {
    expect(new Set(open.shop.pids()).size).toBe(8);
    const spans = await open.spansOf(() => Promise.all(Array.from({ length: 4 }, () => open.visit('GET', '/'))));
    const instances = Map.groupBy(named(spans, 'inventory', 'GET /products'), ({ instance }) => instance);
    expect([...instances.values()].map((of) => of.length)).toEqual([2, 2]);
  });

  test('serial-calls: carriers were asked at once, and now one after the other', async () => {
    const offers = (spans: readonly SeenSpan[]): readonly SeenSpan[] =>
      spans.filter(({ name }) => name.startsWith('POST /offers/')).toSorted((a, b) => a.startMs - b.startMs);
    const before = offers(await open.spansOf(() => open.order()));
    await turnOn('serial-calls');
    const after = offers(await open.spansOf(() => open.order()));
    await open.turn('checkout', 'offers-in-turn', 0);
    expect([before.length, after.length]).toEqual([4, 4]);
    // Starts are whole milliseconds.
    const overlap = (of: readonly SeenSpan[]): boolean =>
      of.slice(1).some((span, at) => span.startMs + 1.5 < of[at]!.startMs + of[at]!.durationMs);
    expect([overlap(before), overlap(after)]).toEqual([true, false]);
  });

  test('timeout-mismatch: charges are cut off that the bank would have taken', async () => {
    await turnOn('timeout-mismatch');
    const spans = await open.spansOf(() => Promise.all(Array.from({ length: 6 }, () => open.order())));
    await open.turn('payment', 'timeout', 5_000);
    const charges = named(spans, 'payment', 'POST /charges');
    expect(charges.length).toBeGreaterThan(6);
    const cut = charges.filter(({ failed }) => failed);
    expect(cut.length).toBeGreaterThan(0);
    for (const { durationMs } of cut) expect(durationMs).toBeGreaterThan(200);
  });

  test('cache-miss: terms are looked up in vain, and worked out each time', async () => {
    await cartOf(30);
    const before = await open.spansOf(() => cartOf(31));
    await turnOn('cache-miss');
    const after = await open.spansOf(() => Promise.all([cartOf(31), cartOf(32)]));
    await open.turn('cart', 'terms-ttl', 3_600_000);
    const hits = (spans: readonly SeenSpan[]) =>
      named(spans, 'cart', 'cache get terms').map(({ attributes }) => attributes['cache.hit']);
    expect([hits(before), hits(after)]).toEqual([['true'], ['false', 'false']]);
    expect(named(before, 'cart', 'SELECT products')).toHaveLength(0);
    expect(named(after, 'cart', 'SELECT products')).toHaveLength(2);
  });

  test('payload-growth: answers of the cart grow, and spans say so', async () => {
    const size = (spans: readonly SeenSpan[], service: string, name: string): number =>
      Number(named(spans, service, name)[0]?.attributes['http.response.body.size']);
    const before = await open.spansOf(() => cartOf(33));
    await turnOn('payload-growth');
    const after = await open.spansOf(() => cartOf(33));
    await open.turn('cart', 'pictures', 0);
    for (const [service, name] of [
      ['cart', 'GET /carts/{customer}'],
      ['web', 'GET /carts/{id}'],
      ['web', 'GET /cart/{customer}'],
    ] as const) {
      expect(size(before, service, name)).toBeGreaterThan(0);
      expect(size(after, service, name)).toBeGreaterThan(100 * size(before, service, name));
    }
  });

  test('hot-key: whoever looks at the north warehouse waits in line, others do not', async () => {
    await turnOn('hot-key');
    const spans = await open.spansOf(() => Promise.all(Array.from({ length: 24 }, () => open.visit('GET', '/'))));
    await open.turn('inventory', 'tidying', 0);
    const longest = (isNorth: boolean): number =>
      Math.max(
        ...named(spans, 'inventory', 'GET /products')
          .filter(({ attributes }) => (attributes['shop.warehouse'] === 'north') === isNorth)
          .map(({ durationMs }) => durationMs),
      );
    expect(longest(true)).toBeGreaterThan(2 * longest(false));
  });

  test('instance-queue: requests wait at one of the inventories', async () => {
    await turnOn('instance-queue');
    const spans = await open.spansOf(async () => {
      for (let i = 0; i < 12; i++) await open.visit('GET', '/');
    });
    await open.turn('inventory', 'one-place', 0);
    // Only that one stands out, not by how much: a machine that is busy otherwise holds up the other as well.
    const totals = [...Map.groupBy(named(spans, 'inventory', 'GET /products'), ({ instance }) => instance).values()]
      .map((of) => of.reduce((sum, { durationMs }) => sum + durationMs, 0))
      .toSorted((a, b) => a - b);
    expect(totals).toHaveLength(2);
    expect(totals[1]).toBeGreaterThan(100);
  });

  test('lock-wait: a reservation waits for a transaction of another trace', async () => {
    await turnOn('lock-wait');
    await until(() => open.capture.spans().find(({ name }) => name === 'BEGIN'));
    const spans = await open.spansOf(() => Promise.all([open.order(34), open.order(35)]));
    await open.turn('inventory', 'stocktaking', 0);
    expect(durationOf(spans, 'inventory', 'UPDATE products')).toBeGreaterThan(100);
    const counts = await until(() => {
      const roots = named(open.capture.spans(), 'inventory', 'stocktaking');
      return roots.length > 0 ? roots : undefined;
    });
    expect(spans.map(({ traceId }) => traceId)).not.toContain(counts[0]!.traceId);
    expect(counts[0]!.durationMs).toBeGreaterThan(800);
  });

  test('cpu-throttling: the event loop is blocked, and its metrics show it', async () => {
    const delay = (): number =>
      open.capture
        .metrics()
        .findLast((seen) => seen.service === 'checkout' && seen.name === 'nodejs.eventloop.delay.p99')?.values[0] ?? 0;
    await turnOn('cpu-throttling');
    await until(() => (delay() > 0.1 ? true : undefined));
    await open.turn('checkout', 'report', 0);
    expect(delay()).toBeGreaterThan(0.1);
  });

  test('cold-start: the first requests of a new process wait until it is warm', async () => {
    const before = await open.spansOf(() => cartOf(37));
    await turnOn('cold-start');
    const first = await open.spansOf(() => cartOf(37));
    const later = await open.spansOf(() => cartOf(37));
    const cart = (spans: readonly SeenSpan[]): SeenSpan => named(spans, 'cart', 'GET /carts/{customer}')[0]!;
    expect(cart(first).durationMs).toBeGreaterThan(5 * cart(later).durationMs);
    expect(cart(first).version).toBe(cart(before).version);
    expect(cart(first).instance).not.toBe(cart(before).instance);
    expect(open.shop.pids()).toHaveLength(8);
  });
});
