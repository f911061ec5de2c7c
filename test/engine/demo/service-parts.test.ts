import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { context, createContextKey, trace } from '@opentelemetry/api';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PeerClient, PeerFailed } from '../../../src/engine/demo/shop/http-client.ts';
import { serveRoutes } from '../../../src/engine/demo/shop/http-server.ts';
import { bestDiscount } from '../../../src/engine/demo/shop/promotions.ts';
import { ReservationHistory } from '../../../src/engine/demo/shop/reservation-history.ts';
import { AsyncContextManager } from '../../../src/engine/demo/shop/telemetry/context-manager.ts';
import { log } from '../../../src/engine/demo/shop/telemetry/log.ts';
import { startTelemetry, templateOf } from '../../../src/engine/demo/shop/telemetry/start-telemetry.ts';
import { type Capture, startCapture } from './support/capture.ts';

/** The parts that services are made of, together in this process: one service that calls itself. */
describe('an instrumented service', () => {
  let capture: Capture;
  let server: Server;
  let shutDown: () => Promise<void>;
  const peers = new PeerClient();
  const changes: number[] = [];

  beforeAll(async () => {
    capture = await startCapture();
    shutDown = startTelemetry({ service: 'cart', version: '1.2.3', otlpHttp: capture.otlpHttp });
    server = serveRoutes(
      [
        { method: 'GET', path: '/inner/{id}', handle: ({ parameters }) => ({ status: 200, body: parameters }) },
        {
          method: 'POST',
          path: '/outer/{id}',
          handle: async ({ parameters, body }) => {
            log.warn('about to call');
            const inner = await peers.call('cart', { method: 'GET', path: `/inner/${parameters['id']}` });
            return { status: 201, body: { inner, body } };
          },
        },
        {
          method: 'GET',
          path: '/broken',
          handle: () => {
            throw new RangeError('too much');
          },
        },
        {
          method: 'GET',
          path: '/relay',
          handle: async () => ({ status: 200, body: await peers.call('cart', { method: 'GET', path: '/broken' }) }),
        },
        { method: 'GET', path: '/silent', handle: () => new Promise(() => undefined) },
      ],
      { volume: (value) => changes.push(value) },
    );
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    peers.setPeers({ cart: [`http://127.0.0.1:${(server.address() as AddressInfo).port}`] });
  });

  afterAll(async () => {
    peers.close();
    server.closeAllConnections();
    server.close();
    await capture.stop();
  });

  test('answers by route, and turns switches', async () => {
    expect(await peers.call('cart', { method: 'POST', path: '/outer/7', body: { a: 1 } })).toEqual({
      inner: { id: '7' },
      body: { a: 1 },
    });
    expect(await peers.call('cart', { method: 'POST', path: '/_control', body: { name: 'volume', value: 3 } })).toEqual(
      {
        name: 'volume',
        value: 3,
      },
    );
    expect(changes).toEqual([3]);
  });

  test('failures of its own are 500, of those it calls 502; nobody waits for ever', async () => {
    const failing = (path: string) => peers.call('cart', { method: 'GET', path, timeoutMs: 300 });
    await expect(failing('/broken')).rejects.toMatchObject({ status: 500 });
    await expect(failing('/relay')).rejects.toMatchObject({ status: 502 });
    await expect(failing('/silent')).rejects.toThrow('no answer within 300 ms');
    await expect(peers.call('bank', { method: 'GET', path: '/' })).rejects.toThrow(PeerFailed);
  });

  test('all of it is told, in the end without anything left behind', async () => {
    await shutDown();
    const spans = capture.spans();
    const inner = spans.find(({ name, kind }) => name === 'GET /inner/{id}' && kind === 2)!;
    const outer = spans.find(
      ({ name, kind, traceId }) => name === 'POST /outer/{id}' && kind === 2 && traceId === inner.traceId,
    )!;
    expect(outer).toMatchObject({ service: 'cart', version: '1.2.3' });
    expect(outer.attributes['http.route']).toBe('/outer/{id}');
    expect(spans.some(({ attributes }) => attributes['url.path']?.startsWith('/_') ?? false)).toBe(false);
    expect(capture.logs()).toContainEqual(
      expect.objectContaining({ traceId: outer.traceId, severity: 'WARN', body: 'about to call' }),
    );
    expect(spans.find(({ name, failed }) => name === 'GET /broken' && failed)?.events).toContain('RangeError');
    expect(capture.logs().map(({ body }) => body)).toContain('GET /broken failed: too much');
    expect(capture.metrics().map(({ name }) => name)).toContain('process.memory.usage');
  });

  test('paths become templates of low cardinality', () => {
    expect(templateOf('/carts/customer-17/items?x=1')).toBe('/carts/{id}/items');
    expect(templateOf('/')).toBe('/');
  });

  test('the context survives awaiting, binding and nothing at all', async () => {
    const manager = new AsyncContextManager().enable();
    const key = createContextKey('k');
    const own = context.active().setValue(key, 'v');
    const read = async (): Promise<unknown> => {
      await Promise.resolve();
      return manager.active().getValue(key);
    };
    expect(await manager.with(own, read)).toBe('v');
    expect(await manager.bind(own, read)()).toBe('v');
    expect(manager.bind(own, 'no function')).toBe('no function');
    expect(await read()).toBeUndefined();
    expect(trace.getSpan(manager.disable().active())).toBeUndefined();
  });
});

describe('what the faults are made of', () => {
  test('the search for promotions is right, slow, and out of room for long carts', () => {
    const item = { cents: 9_000, quantity: 2 };
    expect(bestDiscount([])).toBe(0);
    expect(bestDiscount([item, item])).toBeGreaterThan(0);
    expect(() => bestDiscount(Array.from({ length: 65 }, () => item))).toThrow('room for 64 items, not 65');
  });

  test('the history of reservations keeps what it is told, up to a bound', () => {
    const history = new ReservationHistory();
    const before = process.memoryUsage().heapUsed;
    for (let i = 0; i < 80; i++) history.keep(`order-${i}`, [{ sku: 'SKU-1' }]);
    const grownBy = process.memoryUsage().heapUsed - before;
    expect(grownBy).toBeGreaterThan(50e6);
    expect(grownBy).toBeLessThan(256e6);
    history.clear();
  });
});
