import { describe, expect, test } from 'vitest';
import type { CallStats, InstanceStats, RuntimeSeries } from '../../../src/engine/explain/nearby.ts';
import { runtimeSeries, type RuntimeRow } from '../../../src/engine/explain/runtime-sql.ts';
import { findingsOf, seen } from './drawn-context.ts';

/** When the drawn traces begin, Unix seconds. */
const now = 1_700_000_000;

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

describe('cold start', () => {
  const young = (secondsBefore: number) => ({
    service: 'cart',
    instance: 'cart-1',
    firstSeenMs: (now - secondsBefore) * 1000,
  });
  const old = { service: 'cart', instance: 'cart-0', firstSeenMs: (now - 3600) * 1000 };
  const stats = (recent: CallStats): InstanceStats => ({
    service: 'cart',
    kind: 'Server',
    operation: 'GET /cart',
    instance: 'cart-1',
    host: '',
    version: '',
    recent,
    usual: none,
  });

  test('a process two seconds old, whose calls since are as fast as usual', () => {
    const around = { usual, starts: [young(2), old], instances: [stats(calls(30, 41))] };
    const [finding] = seen('cold-start', slow(), around);
    expect(finding).toMatchObject({
      title: 'Cold start: cart cart-1 had just begun',
      culprit: { service: 'cart', instance: 'cart-1' },
      confidence: 0.9,
    });
    expect(finding!.sentences[0]).toContain('had been up for 2 s');
    expect(findingsOf(slow(), around)[0]!.id).toBe('cold-start');
  });

  test('without later calls it is less sure; a function that says so is surest', () => {
    expect(seen('cold-start', slow(), { usual, starts: [young(2), old] })).toMatchObject([{ confidence: 0.72 }]);
    expect(seen('cold-start', slow('faas.coldstart=true'))).toMatchObject([{ confidence: 0.97 }]);
  });

  test('the process may tell itself when it began', () => {
    const said = `service.instance.id=cart-1 process.creation.time=${new Date((now - 3) * 1000).toISOString()}`;
    expect(seen('cold-start', slow(said), { usual, starts: [old] })).toHaveLength(1);
  });

  test.each([
    ['the process is a minute old', { usual, starts: [young(60), old] }],
    ['it goes on being slow', { usual, starts: [young(2), old], instances: [stats(calls(30, 380))] }],
    ['the service itself is new', { usual, starts: [young(2)] }],
    ['it is as fast as others', { usual: { ...usual, 'cart GET /cart': 390 }, starts: [young(2), old] }],
    ['there is no history', { starts: [young(2), old] }],
  ])('is not seen when %s', (_, around) => expect(seen('cold-start', slow(), around)).toEqual([]));
});

const series = (
  metric: string,
  how: RuntimeSeries['how'],
  before: number,
  during: number,
  more: Partial<RuntimeSeries> = {},
): RuntimeSeries => ({
  service: 'cart',
  instance: 'cart-1',
  host: '',
  metric,
  unit: how === 'total' ? 's' : '1',
  how,
  stream: '',
  // Five minutes of the usual in steps of 10 s, then one point after the trace.
  points: Array.from({ length: 31 }, (_, at) => {
    const isAfter = at === 30;
    const time = now - 305 + at * 10 + (isAfter ? 10 : 0);
    return { time, value: how === 'gauge' ? (isAfter ? during : before) : before * at * 10 + (isAfter ? during : 0) };
  }),
  ...more,
});

describe('GC pause', () => {
  test.each(['v8js.gc.duration', 'jvm.gc.duration', 'process.runtime.jvm.gc.duration', 'dotnet.gc.pause.time'])(
    '%s rose by about what was lost',
    (metric) => {
      const around = { usual, runtime: [series(metric, 'total', 0.005, 0.5)] };
      const [finding] = seen('gc-pause', slow(), around);
      expect(finding).toMatchObject({
        title: 'Garbage collection stops cart',
        culprit: { service: 'cart', instance: 'cart-1' },
        confidence: 0.88,
      });
      expect(finding!.sentences[2]).toContain('Its memory did not grow');
      expect(findingsOf(slow(), around)[0]!.id).toBe('gc-pause');
    },
  );

  test('nanoseconds are read as such', () => {
    const runtime = [series('process.runtime.go.gc.pause_ns', 'total', 5e6, 5e8, { unit: 'ns' })];
    expect(seen('gc-pause', slow(), { usual, runtime })).toHaveLength(1);
  });

  test('where memory grew as well, the leak is the better answer', () => {
    const memory = [
      {
        service: 'cart',
        instance: 'cart-1',
        metric: 'process.memory.usage',
        stream: '{}',
        points: Array.from({ length: 30 }, (_, at) => ({ time: now - 300 + at * 10, value: 5e7 + at * 1e7 })),
      },
    ];
    const found = findingsOf(slow(), { usual, memory, runtime: [series('v8js.gc.duration', 'total', 0.005, 0.5)] });
    expect(found[0]!.id).toBe('memory-leak');
    expect(found.find(({ id }) => id === 'gc-pause')!.sentences[2]).toBe('Its memory grew as well: see there first.');
  });

  test.each([
    ['it collects as much as ever', [series('v8js.gc.duration', 'total', 0.05, 0.5)]],
    ['it is far too short for what was lost', [series('v8js.gc.duration', 'total', 0.0001, 0.02)]],
    ['another process collects', [series('v8js.gc.duration', 'total', 0.005, 0.5, { instance: 'cart-2' })]],
    ['another service collects', [series('v8js.gc.duration', 'total', 0.005, 0.5, { service: 'stock' })]],
    ['nothing was measured', []],
  ])('is not seen when %s', (_, runtime) => expect(seen('gc-pause', slow(), { usual, runtime })).toEqual([]));
});

describe('CPU throttling', () => {
  test('a container that is throttled', () => {
    const around = { usual, runtime: [series('container.cpu.throttling.throttled_time', 'total', 0.001, 5)] };
    const [finding] = seen('cpu-throttling', slow(), around);
    expect(finding).toMatchObject({
      title: 'cart lacks CPU',
      culprit: { service: 'cart', instance: 'cart-1' },
      confidence: 0.92,
    });
    expect(findingsOf(slow(), around)[0]!.id).toBe('cpu-throttling');
  });

  test('a process at its limit', () => {
    const [finding] = seen('cpu-throttling', slow(), {
      usual,
      runtime: [series('process.cpu.utilization', 'gauge', 0.3, 0.98)],
    });
    expect(finding!.sentences[0]).toBe('cart was 98 % busy, usually 30 % (process.cpu.utilization) around this trace.');
  });

  test('a host, by what is not idle on all of its CPUs', () => {
    const idle = (cpu: number) =>
      series('system.cpu.utilization', 'gauge', 0.6, 0.03, {
        service: '',
        instance: 'n1',
        host: 'n1',
        stream: `{'state':'idle','cpu':'${cpu}'}`,
      });
    const runtime = [
      idle(0),
      idle(1),
      series('system.cpu.utilization', 'gauge', 0.3, 0.9, {
        service: '',
        instance: 'n1',
        host: 'n1',
        stream: "{'state':'user','cpu':'0'}",
      }),
    ];
    expect(seen('cpu-throttling', slow('service.instance.id=cart-1 host.name=n1'), { usual, runtime })).toMatchObject([
      { title: 'host n1 has no CPU to spare for cart', culprit: { service: 'cart', host: 'n1' } },
    ]);
  });

  test('an event loop that is kept busy', () => {
    expect(
      seen('cpu-throttling', slow(), {
        usual,
        runtime: [series('nodejs.eventloop.delay.p99', 'gauge', 0.1, 0.4, { unit: 's' })],
      }),
    ).toMatchObject([{ confidence: 0.65 }]);
  });

  test('an event loop without a pause takes an answer as late as it begins to work', () => {
    const late = `
      web: GET /orders             server  0 +320
        web: GET /orders/{id}      client  1 +318
          orders: GET /orders      server 101 +217  service.instance.id=orders-1
            orders: SELECT orders  client 103 +200  service.instance.id=orders-1 db.system.name=sqlite
    `;
    const busy = series('nodejs.eventloop.utilization', 'gauge', 0.2, 0.99, {
      service: 'orders',
      instance: 'orders-1',
      unit: '1',
    });
    const usually = {
      'web GET /orders': 12,
      'web GET /orders/{id}': 10,
      'orders GET /orders': 8,
      'orders SELECT orders': 2,
    };
    const [first] = findingsOf(late, { usual: usually, runtime: [busy] });
    expect(first).toMatchObject({ id: 'cpu-throttling', culprit: { service: 'orders' }, confidence: 0.8 });
    expect(first!.explains.percent).toBeGreaterThan(85);
    expect(findingsOf(late, { usual: usually, runtime: [] })[0]!.id).toBe('slow-dependency');
  });

  test('garbage collection that takes the CPU is the better answer', () => {
    const runtime = [
      series('v8js.gc.duration', 'total', 0.005, 0.5),
      series('process.cpu.utilization', 'gauge', 0.3, 0.98),
    ];
    expect(findingsOf(slow(), { usual, runtime })[0]!.id).toBe('gc-pause');
  });

  const waiting = `${slow('service.instance.id=cart-1')}\n        cart: SELECT carts  client 10 +380 db.system.name=postgresql`;
  test.each([
    ['it is always that busy', slow(), [series('process.cpu.utilization', 'gauge', 0.95, 0.98)]],
    ['there is CPU to spare', slow(), [series('process.cpu.utilization', 'gauge', 0.2, 0.6)]],
    ['the time went into a call', waiting, [series('process.cpu.utilization', 'gauge', 0.3, 0.98)]],
    [
      'another instance is busy',
      slow(),
      [series('process.cpu.utilization', 'gauge', 0.3, 0.98, { instance: 'cart-2' })],
    ],
  ])('is not seen when %s', (_, picture, runtime) =>
    expect(seen('cpu-throttling', picture, { usual: { ...usual, 'cart SELECT carts': 5 }, runtime })).toEqual([]),
  );
});

describe('totals of counters and histograms', () => {
  const row = (time: number, value: number, stream: string, how: RuntimeRow['how'] = 'cumulative'): RuntimeRow => ({
    service: 'cart',
    instance: '',
    host: '',
    metric: 'v8js.gc.duration',
    unit: 's',
    how,
    stream,
    time,
    value,
  });
  const totals = (rows: readonly RuntimeRow[]) => runtimeSeries(rows)[0]!.points.map(({ value }) => value);

  test('add up their streams; what was there at first came before', () =>
    expect(totals([row(0, 5, 'major'), row(5, 6, 'major'), row(0, 1, 'minor'), row(5, 3, 'minor')])).toEqual([0, 3]));
  test('a stream that appears later began at zero', () =>
    expect(totals([row(0, 5, 'minor'), row(5, 5, 'minor'), row(5, 2, 'major')])).toEqual([0, 2]));
  test('a counter that falls began anew', () => expect(totals([row(0, 5, ''), row(5, 1, '')])).toEqual([0, 1]));
  test('deltas are what they are', () =>
    expect(totals([row(0, 1, '', 'delta'), row(5, 2, '', 'delta')])).toEqual([1, 3]));
});
