import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Nearby } from '../../../src/engine/explain/nearby.ts';
import { allShapes } from '../../../src/engine/explain/shapes/all-shapes.ts';
import type { Span } from '../../../src/engine/explain/span.ts';
import { contextOf, drawnContext, explanationOf, findingsOf, seen } from './drawn-context.ts';
import { garbage } from './garbage.ts';

describe('clocks that differ', () => {
  const call = (startMs: number, more = 'service.instance.id=cart-1 host.name=b'): string => `
    web: GET /cart           server 0 +100 host.name=a
      web: GET /cart         client 10 +80 host.name=a
        cart: GET /cart      server ${startMs} +60 ${more}`;

  test('whose, on which host, and by how much', () => {
    expect(seen('clock-skew', call(1020))).toMatchObject([
      {
        title: 'The clock of cart on b is 1 s ahead',
        severity: 'info',
        culprit: { service: 'cart', instance: 'cart-1', host: 'b' },
        explains: { ms: 0 },
      },
    ]);
    expect(seen('clock-skew', call(-980))[0]!.title).toBe('The clock of cart on b is 1 s behind');
  });

  test.each([
    ['the callee lies in its caller', call(20)],
    ['it overhangs by what clocks round', call(31)],
    ['a message is worked on later', call(1020).replace('client', 'producer').replace('server 1020', 'consumer 1020')],
  ])('are not seen when %s', (_, picture) => expect(seen('clock-skew', picture)).toEqual([]));
});

describe('missing instrumentation', () => {
  const usual = { 'web GET /': 40, 'web POST /charges': 30, 'stock GET /stock': 30 };
  const bank = 'web: GET /  server 0 +400\n  web: POST /charges client 5 +390 service.peer.name=bank';
  const stock = 'web: GET /  server 0 +400\n  web: GET /stock client 5 +390\n    stock: GET /stock server 7 +380';

  test('a slow call to whom nobody sees into', () => {
    expect(seen('missing-instrumentation', bank, { usual })).toMatchObject([
      { title: 'bank sends no spans', severity: 'info', culprit: { service: 'web', dependency: 'bank' } },
    ]);
  });

  test('a slow service that shows nothing of what it does', () => {
    expect(seen('missing-instrumentation', stock, { usual }).map(({ title }) => title)).toEqual([
      'What stock does inside cannot be seen',
    ]);
  });

  test('parents that never came', () => {
    const orphan = `${stock}\n  stock: load internal 10 +5 parent=dead`;
    expect(seen('missing-instrumentation', orphan)).toMatchObject([{ title: 'Context is broken in front of stock' }]);
  });

  test('logs that name no trace', () => {
    const logs = (records: number, withTrace: number) =>
      seen('missing-instrumentation', stock, { logIds: [{ service: 'stock', records, withTrace }] });
    expect(logs(500, 0)).toMatchObject([{ title: 'Logs of stock name no trace', culprit: { service: 'stock' } }]);
    expect(logs(500, 3)).toEqual([]);
    expect(logs(5, 0)).toEqual([]);
  });

  test.each([
    ['calls take what they usually take', bank, { 'web GET /': 400, 'web POST /charges': 380 }],
    ['nothing is known of the usual', bank, {}],
    ['a database sends none', bank.replace('service.peer.name=bank', 'db.system.name=mysql'), usual],
    ['the service shows what it does', `${stock}\n      stock: SELECT stock client 10 +8 db.system.name=mysql`, usual],
  ])('is not seen when %s', (_, picture, known) =>
    expect(seen('missing-instrumentation', picture, { usual: known })).toEqual([]),
  );

  test('is never the verdict', () => {
    const { verdict, findings } = explanationOf(bank, { usual });
    expect(findings.map(({ id }) => id)).toContain('missing-instrumentation');
    expect(verdict.finding).toBe('slow-dependency');
    const failed = explanationOf('web: GET /  server 0 +40 error\n  web: load internal 900 +5 parent=dead');
    expect(failed.verdict.finding).toBe('error-origin');
  });
});

describe('whatever was received', () => {
  const names = ['redis', 'GET', 'UPDATE stock', 'tcp.connect', 'cache lookup', 'transaction', ''];
  const strange: fc.Arbitrary<Partial<Span>> = fc.record({
    operation: fc.constantFrom(...names),
    statusMessage: fc.constantFrom('', 'timeout', 'database is locked'),
    attributes: fc.dictionary(
      fc.constantFrom(
        'db.system.name',
        'cache.hit',
        'app.tenant',
        'http.response.body.size',
        'db.query.text',
        'faas.coldstart',
      ),
      fc.constantFrom('redis', 'mysql', 'false', '12x', '-1', '1e9', 'UPDATE stock SET a = 1', ''),
    ),
    resource: fc.constantFrom<Readonly<Record<string, string>>>(
      {},
      { 'service.instance.id': 'i' },
      { 'host.name': 'x', 'process.pid': '1' },
    ),
  });
  const spans = fc
    .tuple(garbage, fc.array(strange, { minLength: 1, maxLength: 8 }))
    .map(([all, with_]) => all.map((span, at) => ({ ...span, ...with_[at % with_.length] })));
  const number = fc.oneof(fc.constantFrom(0, -1, 1e12), fc.integer({ min: 0, max: 500 }));
  const stats = fc.record({ calls: number, errors: number, p50Ms: number, p95Ms: number });
  const operation = {
    service: fc.constantFrom('web', 'cart', 'bank'),
    kind: fc.constantFrom('Server', 'Client', 'Internal'),
    operation: fc.constantFrom('a', ...names),
  };
  const instance = fc.constantFrom('', 'i', 'x:1');
  const points = fc.array(fc.record({ time: fc.integer({ min: 1_699_999_000, max: 1_700_000_100 }), value: number }), {
    maxLength: 20,
  });
  const nearby: fc.Arbitrary<Partial<Nearby>> = fc.record({
    instances: fc.array(
      fc.record({ ...operation, instance, host: instance, version: instance, recent: stats, usual: stats }),
      { maxLength: 8 },
    ),
    values: fc.array(
      fc.record({
        ...operation,
        key: fc.constant('app.tenant'),
        value: fc.constantFrom('redis', 'false', ''),
        recent: stats,
        usual: stats,
        recentCallsOfAll: number,
        usualCallsOfAll: number,
      }),
      { maxLength: 8 },
    ),
    sizes: fc.array(
      fc.record({
        ...operation,
        key: fc.constant('http.response.body.size'),
        recent: fc.record({ calls: number, p50: number, p95: number }),
        usual: fc.record({ calls: number, p50: number, p95: number }),
      }),
      { maxLength: 4 },
    ),
    starts: fc.array(fc.record({ service: operation.service, instance, firstSeenMs: number }), { maxLength: 4 }),
    runtime: fc.array(
      fc.record({
        service: fc.constantFrom('', 'web', 'cart'),
        instance,
        host: instance,
        metric: fc.constantFrom('v8js.gc.duration', 'system.cpu.utilization', 'container.cpu.throttled.time'),
        unit: fc.constantFrom('', 's', 'ns', '%'),
        how: fc.constantFrom('gauge' as const, 'total' as const),
        stream: fc.constantFrom('', "{'state':'idle'}"),
        points,
      }),
      { maxLength: 6 },
    ),
    statements: fc.array(
      fc.record({
        ...operation,
        traceId: instance,
        spanId: instance,
        startNs: fc.integer({ min: -1e9, max: 1e9 }),
        endNs: fc.integer({ min: -1e9, max: 1e9 }),
        status: fc.constant('Unset'),
        attributes: fc.constantFrom<Readonly<Record<string, string>>>({}, { 'db.system.name': 'mysql' }),
      }),
      { maxLength: 6 },
    ),
  });

  test('no shape throws, and each says what it can prove', () => {
    fc.assert(
      fc.property(spans, nearby, fc.integer({ min: 1, max: 400 }), (received, around, ms) => {
        const context = contextOf(
          { ...drawnContext('web: a server 0 +1').data, spans: received },
          {
            ...around,
            usual: Object.fromEntries(received.map(({ service, operation: name }) => [`${service} ${name}`, ms])),
          },
        );
        for (const [id, shape] of Object.entries(allShapes)) {
          for (const found of shape(context)) {
            expect(found.id).toBe(id);
            expect(found.confidence).toBeGreaterThan(0);
            expect(found.confidence).toBeLessThanOrEqual(1);
            expect(found.explains.ms).toBeGreaterThanOrEqual(0);
            expect(found.evidence.length).toBeGreaterThan(0);
            expect([found.title, ...found.sentences].join(' ')).not.toMatch(/NaN|Infinity|undefined/);
          }
        }
      }),
      { numRuns: 300, seed: 6 },
    );
  });

  test('a healthy trace has no finding', () => {
    const usual = { 'web GET /': 20, 'cart GET /cart': 12, 'web GET /cart': 15 };
    const picture = 'web: GET /  server 0 +21\n  web: GET /cart client 2 +16\n    cart: GET /cart server 4 +12';
    expect(findingsOf(picture, { usual })).toEqual([]);
  });
});
