import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Effect, Exit, Fiber, Layer, Scope, Stream } from 'effect';
import { TestClock } from 'effect/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { httpQueryClient } from '../../src/engine/store/http-query-client.ts';
import { QueryClient } from '../../src/engine/store/query-client.ts';
import { ask, openFeed, settle, watchData, watchOnce } from '../../src/tui/bridge.ts';
import type { PanelAnswer, PanelData, PanelId, RequestFor } from '../../src/tui/state/data.ts';
import type { Event } from '../../src/tui/state/events.ts';
import { plainTheme } from '../../src/tui/theme.ts';
import { openBackend } from './support/backend.ts';
import { roleNamed, roles } from './support/fixtures.ts';
import { seeded, shopRequest, type Batch } from './support/shop-traffic.ts';
import { until } from './support/terminal.ts';

let backend: Awaited<ReturnType<typeof openBackend>>;
const traffic: Batch[] = [];
const rangeMs = 15 * 60_000;
const nowMs = Date.now();

beforeAll(async () => {
  backend = await openBackend();
  const random = seeded(5);
  for (let atMs = nowMs - 50 * 60_000; atMs < nowMs - 1000; atMs += 4000) {
    const isBroken = nowMs - atMs < 5 * 60_000;
    traffic.push(shopRequest(atMs, random, { isBroken, paymentVersion: isBroken ? '1.9.0' : '1.8.2' }));
  }
  await backend.insert(traffic);
});
afterAll(() => backend.close());

const spans = () => traffic.flatMap((b) => b.spans);
const inRange = (s: { readonly Timestamp: string }): boolean =>
  Date.parse(`${s.Timestamp.slice(0, 23).replace(' ', 'T')}Z`) >= nowMs - rangeMs + 20_000;

function run<A, E>(effect: Effect.Effect<A, E, QueryClient>): Promise<A> {
  return Effect.runPromise(Effect.provide(effect, httpQueryClient({ endpoint: backend.url })));
}

async function panel<P extends PanelId>(request: RequestFor<P>): Promise<PanelData[P]> {
  const answer: PanelAnswer = await run(ask(request));
  return answer.data as PanelData[P];
}

describe('panels, from a real engine', () => {
  test('totals count everything and know the newest record', async () => {
    const { newestMs, ...counts } = await panel({ id: 'totals' });
    expect(counts).toEqual({ spans: spans().length, logs: traffic.flatMap((b) => b.logs).length });
    expect(nowMs - (newestMs ?? 0)).toBeLessThan(10_000);
  });

  test('services: entry spans, errors, change against the hour before, and a trend that adds up', async () => {
    const services = await panel({ id: 'services', rangeMs, services: [] });
    expect(services.map((s) => s.service).sort()).toEqual(['cart', 'checkout', 'inventory', 'payment', 'web']);
    const web = services.find((s) => s.service === 'web')!;
    const entries = spans().filter((s) => s.ServiceName === 'web' && s.SpanKind === 'Server' && inRange(s));
    // The range starts on a whole minute: up to a minute more of calls, and a few at its end.
    expect(Math.abs(web.calls - entries.length)).toBeLessThanOrEqual(15 + 8);
    expect(web.errors).toBe(entries.filter((s) => s.StatusCode === 'Error').length);
    expect(web.perSecond).toBeCloseTo(0.25, 1);
    expect(web.before?.perSecond).toBeCloseTo(0.25, 1);
    expect(web.trend.calls.reduce((a, b) => a + b, 0)).toBe(web.calls);
    const longest = Math.max(...entries.map((s) => s.Duration));
    expect(web.p99).toBeLessThanOrEqual(web.max);
    expect(web.max).toBe(longest);
    const checkout = services.find((s) => s.service === 'checkout')!;
    expect(checkout.p95).toBeGreaterThan(checkout.before!.p95 * 2);
  });

  test('a range beyond half an hour reads the minute rollup and counts the same', async () => {
    const [cart] = await panel({ id: 'services', rangeMs: 6 * 3_600_000, services: ['cart'] });
    const calls = spans().filter((s) => s.ServiceName === 'cart' && s.SpanKind === 'Server').length;
    expect(cart).toMatchObject({ service: 'cart', calls, before: null });
  });

  test('one service over time, with its operations', async () => {
    const data = await panel({ id: 'service', rangeMs, service: 'inventory' });
    expect(data.operations.map((o) => `${o.kind} ${o.operation}`).sort()).toEqual([
      'Client SELECT products',
      'Client SELECT stock',
      'Server GET /products',
      'Server GET /stock',
    ]);
    expect(data.operations[0]?.kind).toBe('Server');
    expect(data.perSecond).toHaveLength(data.p95.length);
    expect(Math.max(...data.p95)).toBeGreaterThan(100e6);
  });

  test('traces: newest, slowest, failed; limited to a service and an operation', async () => {
    const ask = (
      sort: 'recent' | 'slowest' | 'errors',
      services: readonly string[] = [],
      operation: string | null = null,
    ) => panel({ id: 'traces', rangeMs, services, operation, sort });
    const recent = await ask('recent');
    expect(recent.map((t) => t.startMs)).toEqual(recent.map((t) => t.startMs).toSorted((a, b) => b - a));
    expect(recent[0]?.traceId).toBe(traffic.at(-1)?.spans[0]?.TraceId);
    const slowest = await ask('slowest');
    const root = spans()
      .filter((s) => s.ParentSpanId === '' && inRange(s))
      .toSorted((a, b) => b.Duration - a.Duration)[0]!;
    expect(slowest[0]).toMatchObject({
      traceId: root.TraceId,
      service: 'web',
      operation: root.SpanName,
      spans: 9,
      services: 4,
    });
    expect(slowest[0]?.durationNs).toBeCloseTo(root.Duration, -3);
    const failed = await ask('errors');
    expect(failed.length).toBeGreaterThan(0);
    for (const trace of failed)
      expect(trace).toMatchObject({ errors: 5, statusMessage: 'card processor refused: 502 Bad Gateway' });
    expect((await ask('recent', ['cart'])).every((t) => t.operation === 'POST /cart')).toBe(true);
    expect((await ask('recent', ['web'], 'GET /orders')).every((t) => t.operation === 'GET /orders')).toBe(true);
  });

  test('errors in groups', async () => {
    const groups = await panel({ id: 'errors', rangeMs, services: ['payment'] });
    const count = spans().filter((s) => s.ServiceName === 'payment' && s.StatusCode === 'Error').length;
    expect(groups).toMatchObject([
      { service: 'payment', operation: 'POST /pay', message: 'card processor refused: 502 Bad Gateway', count },
    ]);
  });

  test('a trace by its whole id and by its first digits, with tree, path and logs', async () => {
    const { traceId } = (await panel({ id: 'traces', rangeMs, services: [], operation: null, sort: 'errors' }))[0]!;
    const whole = await panel({ id: 'trace', traceId });
    expect(whole.tree?.root).toMatchObject({ service: 'web', operation: 'POST /checkout' });
    expect(whole.tree?.spans).toHaveLength(9);
    expect([...(whole.path?.selfNs.keys() ?? [])].map((s) => s.operation)).toContain('SELECT stock');
    expect(await panel({ id: 'trace', traceId: traceId.slice(0, 12) })).toEqual(whole);
    const logs = await panel({ id: 'traceLogs', traceId });
    expect(logs.map((l) => l.body).join()).toContain('payment failed');
    expect(await panel({ id: 'trace', traceId: 'f'.repeat(32) })).toMatchObject({ tree: null });
  });

  test('logs: the newest last, by severity, search in any case, by service', async () => {
    const ask = (change: Partial<RequestFor<'logs'>>): Promise<PanelData['logs']> =>
      panel({ id: 'logs', rangeMs, services: [], minSeverity: 'trace', search: '', ...change });
    const all = await ask({});
    expect(all.map((l) => l.atMs)).toEqual(all.map((l) => l.atMs).toSorted((a, b) => a - b));
    expect(new Set(all.map((l) => l.key)).size).toBe(all.length);
    const errors = await ask({ minSeverity: 'error' });
    expect(errors.every((l) => l.severityNumber >= 17 && l.service === 'payment')).toBe(true);
    expect((await ask({ search: 'SLOW Query' })).every((l) => l.body.startsWith('slow query'))).toBe(true);
    expect((await ask({ services: ['checkout'] }))[0]).toMatchObject({
      body: 'reserving stock for 2 items, café crème ☕ 東京',
    });
    // A search is text, not SQL.
    expect(await ask({ search: "' OR 1=1 --" })).toEqual([]);
  });

  test('resources: a new version is a deployment, with what was before it', async () => {
    const { deployments, instances } = await panel({ id: 'resources', rangeMs, services: [] });
    expect(deployments[0]).toMatchObject({
      service: 'payment',
      version: '1.9.0',
      previous: '1.8.2',
      environment: 'production',
    });
    expect(deployments[0]!.errorRate).toBeGreaterThan(deployments[0]!.errorRateBefore ?? 1);
    expect(new Set(instances.map((i) => i.host))).toEqual(new Set(['node-1', 'node-2']));
    expect(instances.filter((i) => i.service === 'cart').map((i) => i.instance)).toEqual(['cart-a', 'cart-b']);
  });
});

const options = (page: 'services' | 'traces' | 'logs' | 'resources') => ({
  endpoint: backend.url,
  otlpEndpoint: 'http://127.0.0.1:4318',
  zone: 'utc' as const,
  size: { columns: 100, rows: 40 },
  roles,
  role: roleNamed('sre'),
  page,
  services: [],
  rangeMs,
});

describe('one frame without a terminal', () => {
  test.each([
    ['services', 'checkout, last 15m'],
    ['traces', 'card processor refused'],
    ['logs', 'slow query'],
    ['resources', '1.9.0'],
  ] as const)('%s', async (page, words) => {
    const frame = await run(watchOnce(options(page), plainTheme));
    expect(frame).toContain(words);
    expect(frame).not.toContain('Loading');
    expect(frame.split('\n')).toHaveLength(40);
  });

  test('the same as one object', async () => {
    const object = JSON.parse(JSON.stringify(await run(watchData(options('services'))))) as {
      data: { services: object[] };
    };
    expect(object).toMatchObject({ page: 'services', role: 'sre', endpoint: backend.url });
    expect(object.data.services).toHaveLength(5);
  });

  test('an engine that does not answer is an error, not an empty frame', async () => {
    const nobody = Effect.provide(settle(options('services')), httpQueryClient({ endpoint: 'http://127.0.0.1:9' }));
    expect(await Effect.runPromise(Effect.flip(nobody))).toMatchObject({ _tag: 'EngineUnavailable' });
  });
});

describe('the feed', () => {
  test('an engine that goes away and comes back: said, polled on, and live again by itself', async () => {
    let server: Server = await listen(0);
    const { port } = server.address() as AddressInfo;
    const events: Event[] = [];
    const scope = await Effect.runPromise(Scope.make());
    const client = httpQueryClient({ endpoint: `http://127.0.0.1:${port}` });
    const feed = await Effect.runPromise(
      Layer.build(client).pipe(
        Effect.flatMap((context) =>
          Effect.provideContext(
            openFeed((news) => events.push(...news), 100),
            context,
          ),
        ),
        Scope.provide(scope),
      ),
    );
    const last = (): string => events.at(-1)?.type ?? '';
    feed.show([{ id: 'totals' }]);
    await until(
      () => last() === 'answered',
      () => JSON.stringify(events),
    );
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await until(
      () => last() === 'failed',
      () => JSON.stringify(events),
    );
    expect(events.at(-1)).toMatchObject({ type: 'failed', id: 'totals', away: true });
    server = await listen(port);
    await until(
      () => last() === 'answered',
      () => JSON.stringify(events),
    );
    await Effect.runPromise(Scope.close(scope, Exit.void));
    server.closeAllConnections();
    server.close();
  });

  test('never two polls of one panel at once, none of panels that are not wanted, slow ones at their own pace', async () => {
    const asked: string[] = [];
    let underWay = 0;
    let most = 0;
    const slow = Layer.succeed(QueryClient, {
      endpoint: 'test',
      rows: <Row>(sql: string) =>
        Effect.gen(function* () {
          asked.push(/FROM (\w+)/.exec(sql)?.[1] ?? '');
          underWay += 1;
          most = Math.max(most, underWay);
          yield* Effect.sleep('2500 millis');
          underWay -= 1;
          return [] as readonly Row[];
        }),
      bytes: () => Effect.succeed(Stream.toAsyncIterable(Stream.empty)),
    });
    const program = Effect.gen(function* () {
      const feed = yield* openFeed(() => undefined, 1000);
      feed.show([{ id: 'totals' }]);
      yield* TestClock.adjust('10 seconds');
      expect(most).toBe(1);
      // 2.5 s a poll, on whole seconds: at 0, 3, 6 and 9.
      expect(asked).toEqual(Array.from({ length: 4 }, () => 'otel_traces'));
      feed.show([{ id: 'resources', rangeMs, services: [] }]);
      yield* TestClock.adjust('12 seconds');
      // Nothing arrives meanwhile: the second look is the one that comes after 10 s in any case.
      expect(asked.slice(4)).toEqual(['obs_service_instances', 'obs_service_instances']);
      feed.show([]);
      yield* TestClock.adjust('1 minute');
      expect(asked).toHaveLength(6);
    });
    const fiber = Effect.runFork(Effect.scoped(Effect.provide(program, Layer.mergeAll(slow, TestClock.layer()))));
    await Effect.runPromise(Fiber.join(fiber));
  });

  test('while nothing arrives, only the totals are asked for', async () => {
    const asked: string[] = [];
    const still = Layer.succeed(QueryClient, {
      endpoint: 'test',
      rows: <Row>(sql: string) =>
        Effect.sync(() => {
          asked.push(sql.includes('isLogs') ? 'totals' : 'logs');
          return [] as readonly Row[];
        }),
      bytes: () => Effect.succeed(Stream.toAsyncIterable(Stream.empty)),
    });
    const program = Effect.gen(function* () {
      const feed = yield* openFeed(() => undefined, 1000);
      feed.show([{ id: 'totals' }, { id: 'logs', rangeMs, services: [], minSeverity: 'info', search: '' }]);
      yield* TestClock.adjust('9 seconds');
      expect(asked.filter((what) => what === 'totals')).toHaveLength(10);
      expect(asked.filter((what) => what === 'logs').length).toBeLessThanOrEqual(2);
      yield* TestClock.adjust('21 seconds');
      expect(asked.filter((what) => what === 'logs').length).toBeLessThanOrEqual(5);
    });
    await Effect.runPromise(Effect.scoped(Effect.provide(program, Layer.mergeAll(still, TestClock.layer()))));
  });
});

/** Answers every query with one row of totals. */
async function listen(port: number): Promise<Server> {
  const server = createServer((request, response) => {
    request.resume();
    response.end('{"isLogs":0,"records":1,"newestMs":1}\n');
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return server;
}
