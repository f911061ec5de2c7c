import { describe, expect, test } from 'vitest';
import type { CallStats, InstanceStats, SizeStats, ValueStats } from '../../../src/engine/explain/nearby.ts';
import { findingsOf, seen } from './drawn-context.ts';

/** A slow service that waits for nobody; `resource` tells where it ran. */
const slow = (more = 'service.instance.id=cart-1', ms = 400): string => `
  web: GET /cart           server 0 +${ms + 20}
    web: GET /cart         client 2 +${ms + 15}
      cart: GET /cart      server 5 +${ms} ${more}`;
const usual = { 'web GET /cart': 60, 'cart GET /cart': 40 };

const calls = (count: number, p50Ms: number, errors = 0): CallStats => ({
  calls: count,
  errors,
  p50Ms,
  p95Ms: p50Ms * 1.5,
});
const none = calls(0, 0);

describe('queueing at one instance', () => {
  const at = (
    instance: string,
    recent: CallStats,
    before: CallStats = calls(40, 40),
    more: Partial<InstanceStats> = {},
  ): InstanceStats => ({
    service: 'cart',
    kind: 'Server',
    operation: 'GET /cart',
    instance,
    host: '',
    version: '1',
    recent,
    usual: before,
    ...more,
  });
  const siblings = [at('cart-2', calls(40, 41)), at('cart-3', calls(40, 39))];

  test('one is slow while its siblings are not', () => {
    const around = { usual, instances: [at('cart-1', calls(40, 390)), ...siblings] };
    const [finding] = seen('instance-queue', slow(), around);
    expect(finding).toMatchObject({
      title: 'One instance of cart is slow: cart-1',
      culprit: { service: 'cart', operation: 'GET /cart', instance: 'cart-1' },
      confidence: 0.93,
    });
    expect(finding!.culprit).not.toHaveProperty('host');
    expect(finding!.sentences[0]).toContain('390 ms in the median and 585 ms at p95 at cart-1');
    expect(findingsOf(slow(), around)[0]!.id).toBe('instance-queue');
  });

  test('its host is named when nothing there is fine', () => {
    const [a, b] = [{ host: 'a' }, { host: 'b' }];
    const own = at('cart-1', calls(40, 390), calls(40, 40), a);
    const onHosts = (neighbour: InstanceStats) => [own, at('cart-2', calls(40, 41), calls(40, 40), b), neighbour];
    const stock = (recent: CallStats) => at('stock-1', recent, calls(40, 10), { ...a, service: 'stock' });
    const hostOf = (neighbour: InstanceStats) =>
      seen('instance-queue', slow(), { usual, instances: onHosts(neighbour) })[0]!.culprit.host;
    expect(hostOf(stock(calls(40, 200)))).toBe('a');
    expect(hostOf(stock(calls(40, 10)))).toBeUndefined();
  });

  test('one fails while its siblings do not', () => {
    const picture = slow('service.instance.id=cart-1 error="out of files"', 40)
      .replaceAll('+60', '+60 error')
      .replace('+55', '+55 error');
    const instances = [at('cart-1', calls(40, 40, 20)), ...siblings];
    expect(seen('instance-queue', picture, { usual, instances })).toMatchObject([
      { title: 'One instance of cart fails: cart-1', severity: 'critical', explainsFailure: true },
    ]);
  });

  test('a sibling that rose by next to nothing beside it counts as usual', () => {
    const instances = [at('cart-1', calls(40, 390)), at('cart-2', calls(40, 64))];
    expect(seen('instance-queue', slow(), { usual, instances })).toMatchObject([{ culprit: { instance: 'cart-1' } }]);
    expect(seen('instance-queue', slow(), { usual, instances: [instances[0]!, at('cart-2', calls(40, 120))] })).toEqual(
      [],
    );
  });

  test.each([
    ['all are slow', [at('cart-1', calls(40, 390)), at('cart-2', calls(40, 380))]],
    ['it has always been the slower one', [at('cart-1', calls(40, 390), calls(40, 380)), ...siblings]],
    ['there is no other', [at('cart-1', calls(40, 390))]],
    ['it served hardly any', [at('cart-1', calls(3, 390)), ...siblings]],
    ['the others run another version', [at('cart-1', calls(40, 390), none, { version: '2' }), ...siblings]],
    ['another one is slow', [at('cart-1', calls(40, 41)), at('cart-2', calls(40, 390))]],
  ])('is not seen when %s', (_, instances) => expect(seen('instance-queue', slow(), { usual, instances })).toEqual([]));
});

describe('hot key', () => {
  const value = (name: string, recent: CallStats, before: CallStats = calls(20, 40), all = 200): ValueStats => ({
    service: 'cart',
    kind: 'Server',
    operation: 'GET /cart',
    key: 'app.tenant',
    value: name,
    recent,
    usual: before,
    recentCallsOfAll: all,
    usualCallsOfAll: 200,
  });
  const others = ['b', 'c', 'd', 'e', 'f'].map((name) => value(name, calls(20, 40)));
  const picture = slow('app.tenant=a');

  test('one tenant is slow while the others are as usual', () => {
    const around = { usual, values: [value('a', calls(20, 390)), ...others] };
    const [finding] = seen('hot-key', picture, around);
    expect(finding).toMatchObject({
      title: 'Slow for one key: app.tenant = "a"',
      culprit: { service: 'cart', operation: 'GET /cart' },
      explains: { ms: 360 },
      confidence: 0.92,
    });
    expect(finding!.sentences[0]).toContain('9.8× what 5 other values take (40 ms), which fare as usual');
    expect(findingsOf(picture, around)[0]!.id).toBe('hot-key');
  });

  test('one that has become most of all calls', () => {
    const values = [
      value('a', calls(140, 200)),
      ...others.slice(0, 3).map((one) => ({ ...one, recent: calls(20, 190) })),
    ];
    expect(seen('hot-key', picture, { usual, values })).toMatchObject([
      { title: 'Most calls are for one key: app.tenant = "a"', confidence: 0.7 },
    ]);
  });

  test.each([
    [
      'all tenants are slow',
      picture,
      [value('a', calls(20, 390)), ...others.map((one) => ({ ...one, recent: calls(20, 390) }))],
    ],
    ['it has always been that slow', picture, [value('a', calls(20, 390), calls(20, 380)), ...others]],
    ['it came twice', picture, [value('a', calls(2, 390)), ...others]],
    ['there is one other', picture, [value('a', calls(20, 390)), value('b', calls(20, 40))]],
    ['the trace is of another tenant', slow('app.tenant=b'), [value('a', calls(20, 390)), ...others]],
    [
      'half of them are slow',
      picture,
      [
        value('a', calls(20, 390)),
        ...others.map((one, at) => ({ ...one, recent: calls(20, at % 2 === 0 ? 40 : 390) })),
      ],
    ],
    ['the operation is as fast as ever', slow('app.tenant=a', 45), [value('a', calls(20, 390)), ...others]],
  ])('is not seen when %s', (_, drawn, values) => expect(seen('hot-key', drawn, { usual, values })).toEqual([]));
});

describe('payload growth', () => {
  const size = (recent: number, before: number, count = 50): SizeStats => ({
    service: 'cart',
    kind: 'Server',
    operation: 'GET /cart',
    key: 'http.response.body.size',
    recent: { calls: 40, p50: recent, p95: recent * 1.2 },
    usual: { calls: count, p50: before, p95: before * 1.2 },
  });
  const picture = slow('http.response.body.size=900000');

  test('all answers have grown', () => {
    const [finding] = seen('payload-growth', picture, { usual, sizes: [size(880_000, 20_000)] });
    expect(finding).toMatchObject({
      title: 'cart "GET /cart" carries 45× its usual payload',
      confidence: 0.9,
      explains: { ms: 360 },
    });
    expect(finding!.sentences[0]).toBe(
      'http.response.body.size is 879 KiB in this trace; usually 20 KiB in the median and 23 KiB at p95.',
    );
    expect(findingsOf(picture, { usual, sizes: [size(880_000, 20_000)] })[0]!.id).toBe('payload-growth');
  });

  test('also where the first of it is among what was usual', () => {
    const mixed = { ...size(880_000, 20_000), usual: { calls: 50, p50: 20_000, p95: 890_000 } };
    expect(seen('payload-growth', picture, { usual, sizes: [mixed] })).toMatchObject([{ confidence: 0.9 }]);
  });

  test('this one asks for more than others', () => {
    const [finding] = seen('payload-growth', picture, { usual, sizes: [size(20_000, 20_000)] });
    expect(finding).toMatchObject({ confidence: 0.75 });
    expect(finding!.sentences[1]).toContain('this request asks for more');
  });

  test('rows are counted as rows', () => {
    const rows = { ...size(900, 20), key: 'db.response.returned_rows' };
    expect(
      seen('payload-growth', slow('db.response.returned_rows=1200'), { usual, sizes: [rows] })[0]!.sentences[0],
    ).toContain('1,200 rows in this trace; usually 20 rows');
  });

  test.each([
    ['it has always been large', picture, [size(880_000, 800_000)]],
    ['it is small all the same', slow('http.response.body.size=900'), [size(880, 20)]],
    ['the operation is as fast as ever', slow('http.response.body.size=900000', 45), [size(880_000, 20_000)]],
    ['little is known of before', picture, [size(880_000, 20_000, 3)]],
    ['the span tells no size', slow(''), [size(880_000, 20_000)]],
  ])('is not seen when %s', (_, drawn, sizes) => expect(seen('payload-growth', drawn, { usual, sizes })).toEqual([]));
});
