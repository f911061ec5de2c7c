import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { markCrossing } from '../../../../src/engine/analyze/predict/claims/mark-crossing.ts';
import { isNewClaim } from '../../../../src/engine/analyze/predict/claims/standing.ts';
import { makePredictions } from '../../../../src/engine/analyze/predict/make-predictions.ts';
import { markPredictions } from '../../../../src/engine/analyze/predict/mark-predictions.ts';
import { allOutlooks } from '../../../../src/engine/analyze/predict/outlooks.ts';
import { predictionSummary, readPredictions } from '../../../../src/engine/analyze/predict/read-predictions.ts';
import { renderPredictions } from '../../../../src/engine/analyze/predict/render-predictions.ts';
import { renderOutlooks } from '../../../../src/engine/analyze/predict/render-outlooks.ts';
import type { Objective } from '../../../../src/engine/config/analyze-settings.ts';
import type { Prediction } from '../../../../src/engine/domain/prediction.ts';
import { noise } from '../forecast/generated.ts';
import { openPredictStore, type Point, type PredictStore } from './predict-store.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
/** Three days of telemetry lie before it, three hours behind it. */
const now = Math.floor(Date.now() / hour) * hour - 4 * hour;

const objectives: readonly Objective[] = [
  { name: 'pay', service: 'checkout', operation: null, target: 0.98, latencyMs: null, days: 4 },
];

describe('what will be, and what came of it', () => {
  let store: PredictStore;
  beforeAll(async () => {
    store = await openPredictStore();
    const { normal } = noise(7);
    const times = (fromMs: number, toMs: number, step: number): number[] =>
      Array.from({ length: (toMs - fromMs) / step }, (_, index) => fromMs + index * step);
    const from = now - 3 * day;
    const to = now + 3 * hour;
    await store.insertCalls(
      times(from, to, 10 * minute).flatMap((atMs) => [
        // Of 40 calls one in 60 is bad: the budget of 4 days and 2 % is half spent after three days … and burns faster lately.
        { atMs, service: 'checkout', count: 40, errors: atMs >= now - 6 * hour ? 12 : 0, ms: 100 + 5 * normal() },
        // It triples after the claims were made.
        { atMs, service: 'cart', count: atMs < now ? 10 + (Math.round(normal()) % 3) : 60, ms: 20 },
      ]),
    );
    const points: Point[] = times(from, to, 10 * minute).flatMap((atMs) => {
      const fs = (mountpoint: string, state: string, value: number) => ({
        atMs,
        service: 'host-metrics',
        metric: 'system.filesystem.usage',
        unit: 'By',
        isCounter: false,
        attributes: { mountpoint, state },
        resource: { 'host.name': 'db-1' },
        value,
      });
      const gone = (atMs - from) / day;
      // Full at .99 two hours from now: 0.82 in three days and one twelfth.
      const data = Math.min(1, 0.17 + (0.82 / (3 + 2 / 24)) * gone + 0.003 * normal());
      const pool = (metric: string, value: number, attributes = {}) => ({
        atMs,
        service: 'payment',
        metric,
        value,
        attributes: { 'db.client.connection.pool.name': 'main', ...attributes },
      });
      return [
        fs('/data', 'used', 1e12 * data),
        fs('/data', 'free', 1e12 * (1 - data)),
        fs('/', 'used', 4e10 + 1e9 * normal()),
        fs('/', 'free', 6e10),
        pool('db.client.connection.count', 5 + Math.round(normal()), { 'db.client.connection.state': 'used' }),
        pool('db.client.connection.count', 3, { 'db.client.connection.state': 'idle' }),
        pool('db.client.connection.max', 20),
        // Not limited: −1.
        { atMs, service: 'batch', metric: 'jvm.memory.used', value: 5e8 },
        { atMs, service: 'batch', metric: 'jvm.memory.limit', value: -1 },
      ];
    });
    const certificate = (name: string, leftDays: number, unit: string, value: number): Point => ({
      atMs: now - 5 * minute,
      service: 'edge',
      metric: name,
      value,
      unit,
      attributes: { host: `${leftDays}.example.org` },
    });
    await store.insertPoints([
      ...points,
      certificate('x509_cert_not_after', 3, 's', (now + 3 * day) / 1000),
      certificate('httpcheck.tls.cert_remaining', 60, 's', 60 * 86_400),
      certificate('redis.keys.expired', 0, '{key}', 17),
    ]);
  }, 60_000);
  afterAll(() => store.close());

  test('a look at everything names the disk, the certificate and the budget, and finds the rest well', async () => {
    const found = await store.run(allOutlooks(objectives, 7 * day, now + 20_000));
    expect(found.pressing.map(({ title }) => title)).toEqual([
      expect.stringMatching(/^(disk \/data of host-metrics \(db-1\)|error budget of pay)$/),
      expect.stringMatching(/^(disk \/data of host-metrics \(db-1\)|error budget of pay)$/),
      'x509_cert_not_after 3.example.org of edge',
    ]);
    const disk = found.pressing.find(({ kind }) => kind === 'disk')!;
    expect(disk.verdict).toBe('lasting');
    expect((disk.likelyMs! - now) / hour).toBeGreaterThan(1);
    expect((disk.likelyMs! - now) / hour).toBeLessThan(3);
    expect(found.calm.map(({ title }) => title)).toEqual(
      expect.arrayContaining([
        'disk / of host-metrics (db-1)',
        'connection pool main of payment',
        'httpcheck.tls.cert_remaining 60.example.org of edge',
      ]),
    );
    const text = renderOutlooks(found, 140);
    expect(text).toMatch(/disk \/data of host-metrics \(db-1\) +9\d %/);
    expect(text).toContain('3 more look well.');
    expect(JSON.parse(JSON.stringify(found)).pressing).toHaveLength(3);
    const narrow = renderOutlooks(found, 80).split('\n');
    expect(narrow.every((line) => line.length <= 80)).toBe(true);
    const at = narrow.findIndex((line) => line.startsWith('disk /data of host-metrics (db-1) '));
    expect(narrow[at + 1]).toMatch(/^ {2}for good; earliest in .*, (latest in|perhaps never)/);
  });

  test('what ended, and objectives that are too young or of nobody, are counted and named', async () => {
    const young: Objective = { ...objectives[0]!, name: 'new', service: 'newcomer' };
    await store.insertCalls([{ atMs: now - 2 * minute, service: 'newcomer', count: 3 }]);
    const found = await store.run(
      allOutlooks([young, { ...young, name: 'typo', service: 'newcome' }], 7 * day, now + 30 * day),
    );
    expect(found).toMatchObject({ pressing: [], calm: [], ended: [], objectives: 2 });
    const soon = await store.run(allOutlooks([young], 7 * day, now + 10 * hour));
    expect(soon.ended).toEqual(
      expect.arrayContaining(['disk /data of host-metrics (db-1)', 'connection pool main of payment']),
    );
    const text = renderOutlooks({ ...soon, pressing: [], calm: [] }, 80);
    expect(text).not.toContain('no objective in obs.yaml');
    expect(text).not.toContain('no metric of disks');
    expect(text).toMatch(/\d series ended: .*disk/);
    expect(text.split('\n').every((line) => line.length <= 80)).toBe(true);
    const atOnce = await store.run(
      allOutlooks([young, { ...young, name: 'typo', service: 'newcome' }], 7 * day, now + 30_000),
    );
    expect(atOnce.untold).toEqual([
      { objective: 'new', why: 'too young to tell' },
      { objective: 'typo', why: expect.stringContaining('"newcomer"') },
    ]);
    const told = renderOutlooks(atOnce, 100);
    expect(told).toContain('1 objective too young to tell: new');
    expect(told).toContain('objective typo: There are no data of the service "newcome"');
    const empty = { ...soon, pressing: [], calm: [], ended: [], tooShort: [], untold: [], objectives: 0 };
    expect(renderOutlooks(empty, 200)).toContain('conventions, and no objective in obs.yaml');
  });

  let made: readonly Prediction[] = [];

  test('claims are made of the busiest services, what fills and what is spent', async () => {
    const cpu = process.cpuUsage();
    made = await store.run(makePredictions(now + 20_000, objectives));
    const { user } = process.cpuUsage(cpu);
    expect(user / 1e6).toBeLessThan(4);
    const of = (kind: Prediction['kind']) => made.filter((claim) => claim.kind === kind);
    expect(
      of('interval')
        .map(({ title }) => title)
        .toSorted(),
    ).toEqual([
      'calls in ten minutes of cart',
      'calls in ten minutes of checkout',
      'p95 in ms of cart',
      'p95 in ms of checkout',
      'share of errors of cart',
      'share of errors of checkout',
    ]);
    expect(of('interval').every(({ atMs }) => atMs === now + 50 * minute)).toBe(true);
    expect(of('crossing')).toMatchObject([
      { title: 'disk /data of host-metrics (db-1) is full', threshold: 0.99, direction: 'above', outcome: 'open' },
    ]);
    expect(of('burn')).toMatchObject([{ title: 'the error budget of pay is spent', series: { service: 'checkout' } }]);
  });

  test('they are stored as they were made, and not made again while they stand', async () => {
    const stored = await store.run(readPredictions({ limit: 100 }));
    const byId = (a: Prediction, b: Prediction): number => (a.id < b.id ? -1 : 1);
    expect(stored.toSorted(byId)).toEqual(made.toSorted(byId));
    expect(await store.run(makePredictions(now + 10 * minute + 20_000, objectives))).toEqual([]);
    const summary = await store.run(predictionSummary);
    expect(summary.open.map(({ kind }) => kind).toSorted()).toEqual(['burn', 'crossing']);
    expect(summary).toMatchObject({ right: 0, wrong: 0, untold: 0, sinceMs: now + 20_000 });
  });

  test('the budget is spent within the half hour, as was said; what is not due yet stays open', async () => {
    const marked = await store.run(markPredictions(now + 40 * minute));
    expect(marked).toMatchObject([{ kind: 'burn', outcome: 'right', markedMs: now + 40 * minute }]);
    // 28.8 more bad calls are in the budget, and 12 come in ten minutes.
    expect((marked[0]!.actual! - now) / minute).toBeGreaterThan(10);
    expect((marked[0]!.actual! - now) / minute).toBeLessThanOrEqual(40);
  });

  test('three hours later they are right or wrong, as it came', async () => {
    const marked = await store.run(markPredictions(now + 3 * hour + 20_000));
    const outcomes = Object.fromEntries(marked.map(({ title, outcome }) => [title, outcome]));
    expect(outcomes).toMatchObject({
      'calls in ten minutes of checkout': 'right',
      'calls in ten minutes of cart': 'wrong',
      'share of errors of cart': 'right',
      'p95 in ms of checkout': 'right',
      'disk /data of host-metrics (db-1) is full': 'right',
    });
    const cart = marked.find(({ title }) => title === 'calls in ten minutes of cart')!;
    expect(cart.actual).toBeCloseTo(60, 10);
    const disk = marked.find(({ kind }) => kind === 'crossing')!;
    expect(Math.abs(disk.actual! - (now + 2 * hour))).toBeLessThan(hour);
    const summary = await store.run(predictionSummary);
    expect(summary.right).toBe(1 + marked.filter(({ outcome }) => outcome === 'right').length);
    expect(summary.wrong).toBe(marked.filter(({ outcome }) => outcome === 'wrong').length);
    const listed = renderPredictions(await store.run(readPredictions({ limit: 100 })), 80).split('\n');
    expect(listed.every((line) => line.length <= 80)).toBe(true);
    const ofCart = listed.findIndex((line) =>
      /^ {2}calls in ten minutes of cart: between \S+ and \S+; it was 60$/.test(line),
    );
    expect(listed[ofCart - 1]).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d +\d{4}-\d\d-\d\d \d\d:\d\d +wrong +95 %$/);
    expect(listed.join(' ').replaceAll(/ +/g, ' ')).toMatch(
      /disk \/data of host-metrics \(db-1\) is full: at the earliest .*; it came \d{4}-/,
    );
    // Marked once.
    const again = await store.run(markPredictions(now + 3 * hour + 30_000));
    expect(again.filter(({ id }) => marked.some((claim) => claim.id === id))).toEqual([]);
    expect(
      (await store.run(readPredictions({ openOnly: true, limit: 10 }))).every(({ outcome }) => outcome === 'open'),
    ).toBe(true);
  });

  test('what nobody can tell any more is untold', async () => {
    await store.command('TRUNCATE TABLE obs_red_service_1m');
    await store.command('TRUNCATE TABLE obs_predictions');
    await store.command(
      `INSERT INTO obs_predictions (Id, Made, Claim, Kind, ServiceName, Feature, At, Low, Likely, High, Outcome, Version)
VALUES ('a', fromUnixTimestamp64Milli(${now - day}), 'interval', 'service', 'gone', 'calls', fromUnixTimestamp64Milli(${now}), 0, 1, 2, 'open', 1)`,
    );
    expect(await store.run(markPredictions(now + hour))).toEqual([]);
    expect(await store.run(markPredictions(now + 3 * hour))).toMatchObject([{ id: 'a', outcome: 'untold' }]);
  });
});

describe('a claim of a crossing', () => {
  const claim: Prediction = {
    id: 'c',
    madeMs: 0,
    series: { kind: 'metric', service: 's', subject: 'm', feature: 'share' },
    kind: 'crossing',
    title: '',
    threshold: 0.99,
    direction: 'above',
    atMs: 10 * hour,
    low: null,
    likely: null,
    high: null,
    earliestMs: 3 * hour,
    likelyMs: 4 * hour,
    latestMs: null,
    probability: 0.8,
    outcome: 'open',
    markedMs: null,
    actual: null,
  };
  const reached = (atMs: number | null, knownToMs: number) => ({ atMs, knownToMs, stepMs: 600_000 });

  test('is right between earliest and the end, wrong before and after', () => {
    expect(markCrossing(claim, reached(5 * hour, 6 * hour), 6 * hour)).toEqual({ outcome: 'right', actual: 5 * hour });
    expect(markCrossing(claim, reached(hour, 6 * hour), 6 * hour)).toEqual({ outcome: 'wrong', actual: hour });
    expect(markCrossing(claim, reached(null, 6 * hour), 6 * hour).outcome).toBe('open');
    expect(markCrossing(claim, reached(null, 11 * hour), 11 * hour).outcome).toBe('wrong');
    expect(markCrossing({ ...claim, latestMs: 5 * hour }, reached(6 * hour, 7 * hour), 7 * hour).outcome).toBe('wrong');
    expect(markCrossing(claim, null, 11 * hour).outcome).toBe('open');
    expect(markCrossing(claim, null, 13 * hour).outcome).toBe('untold');
  });

  test('is made again when a quarter of its time is over, or when it is to come at quite another time', () => {
    const later = (madeMs: number, likelyMs: number, threshold = 0.99) => ({
      ...claim,
      id: 'd',
      madeMs,
      likelyMs,
      threshold,
    });
    expect(isNewClaim(later(0.5 * hour, 4 * hour), [])).toBe(true);
    expect(isNewClaim(later(0.5 * hour, 4 * hour), [claim])).toBe(false);
    expect(isNewClaim(later(0.5 * hour, 1.5 * hour), [claim])).toBe(true);
    expect(isNewClaim(later(hour, 4 * hour), [claim])).toBe(true);
    expect(isNewClaim(later(hour, 4 * hour), [{ ...claim, likelyMs: 8 * hour }])).toBe(false);
    expect(isNewClaim(later(0.5 * hour, 4 * hour, 0.5), [claim])).toBe(true);
  });
});
