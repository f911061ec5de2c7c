import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { forecastStored } from '../../../../src/engine/analyze/predict/forecast-stored.ts';
import { renderStored, storedJson } from '../../../../src/engine/analyze/predict/render-stored.ts';
import { readGolden } from '../../../../src/engine/analyze/predict/series/golden-signals.ts';
import { noise, wave } from '../forecast/generated.ts';
import { openPredictStore, type PredictStore } from './predict-store.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const now = Math.floor(Date.now() / hour) * hour;
/** When what belongs to the last step has come. */
const asked = now + 20_000;

describe('a series of the store', () => {
  let store: PredictStore;
  beforeAll(async () => {
    store = await openPredictStore();
    const random = noise(1);
    // Four days of checkout with a daily season, in windows of ten minutes; its calls of others are not its own.
    await store.insertCalls(
      Array.from({ length: 4 * 144 }, (_, index) => {
        const atMs = now - (4 * 144 - index) * 10 * minute;
        const count = Math.max(1, Math.round(20 + 10 * wave(index, 144) + random.normal()));
        const ms = 100 + 20 * wave(index, 144) + 3 * random.normal();
        return [
          { atMs, service: 'checkout', operation: 'POST /pay', count, errors: index % 2, ms },
          { atMs, service: 'checkout', operation: 'SELECT', kind: 'Client', count: 3, ms: 9000 },
        ];
      }).flat(),
    );
    await store.insertPoints([
      ...Array.from({ length: 600 }, (_, index) => {
        const atMs = now - (600 - index) * minute;
        const attributes = { mountpoint: '/data' };
        return { atMs, service: 'db', metric: 'disk.used', unit: 'By', value: 1000 + index, attributes };
      }),
      // A counter of two instances, which begins anew once.
      ...Array.from({ length: 240 }, (_, index) =>
        ['a', 'b'].map((id) => ({
          atMs: now - (240 - index) * minute,
          service: 'shop',
          metric: 'jobs.done',
          value: (id === 'a' && index >= 100 ? index - 100 : index) * 60,
          isCounter: true,
          resource: { 'service.instance.id': id },
        })),
      ).flat(),
      { atMs: now - hour, service: 'shop', metric: 'seen.once', value: 1 },
      ...Array.from({ length: 60 }, (_, index) => ({
        atMs: now - index * minute - 1,
        service: 'shop',
        metric: 'constant',
        value: 7,
      })),
    ]);
  }, 60_000);
  afterAll(() => store.close());

  const ask = { coverage: 0.95 } as const;

  test('a golden signal is that of what the service answers, and its season is found', async () => {
    const { series, table } = await store.run(
      forecastStored({ ...ask, service: 'checkout', signal: 'p95', horizon: { ms: 6 * hour } }, asked),
    );
    expect(series.stepMs).toBe(10 * minute);
    const [column] = table.columns;
    expect(column!.forecast.mean).toHaveLength(36);
    expect(column!.forecast.period).toBe(144);
    expect(Math.max(...series.values)).toBeLessThan(150);
    // Four days from a multiple of a day on: the season begins anew.
    expect(column!.forecast.mean[35]).toBeGreaterThan(105);
    expect(column!.forecast.mean[35]).toBeLessThan(135);
  });

  test('rates are a second, errors are those of the same calls, and both agree', async () => {
    const steps = { fromMs: now - hour, toMs: now, stepMs: 10 * minute };
    const golden = await store.run(readGolden({ service: 'checkout', operation: null }, steps));
    const counted = golden.rate.map((rate) => Math.round(rate * 600));
    expect([...golden.errors].map((rate) => Math.round(rate * 600))).toEqual([0, 1, 0, 1, 0, 1]);
    golden['error-rate'].forEach((share, index) => expect(share).toBeCloseTo((index % 2) / counted[index]!, 10));
  });

  test('is drawn with its times in words, and comes as one object', async () => {
    const forecast = await store.run(
      forecastStored({ ...ask, service: 'checkout', operation: 'POST /pay', signal: 'rate', backtest: true }, asked),
    );
    const text = renderStored(forecast, 80);
    expect(text).toContain('rate of checkout POST /pay (calls/s)');
    expect(text).toMatch(/steps of 10 min: known from \d{4}-\d\d-\d\d \d\d:\d\d to .* UTC/);
    expect(text).toMatch(/backtest: of \d+ earlier forecasts \d+\.\d % of the values lay within the interval/);
    const json = JSON.parse(JSON.stringify(storedJson(forecast)));
    expect(json.series).toEqual({ kind: 'operation', service: 'checkout', subject: 'POST /pay', feature: 'rate' });
    expect(json.columns[0].points[0].unixMs).toBe(now);
    expect(json.backtest.coverage).toBeGreaterThan(80);
  });

  test('a metric is forecast with its attributes, and crosses where its ramp leads', async () => {
    const { table } = await store.run(
      forecastStored(
        {
          ...ask,
          metric: 'disk.used',
          attributes: [['mountpoint', '/data']],
          horizon: { ms: 4 * hour },
          threshold: { value: 1720, direction: 'above' },
        },
        asked,
      ),
    );
    const { crossing } = table.columns[0]!;
    // A value a minute, 1599 now: 120 minutes.
    expect(crossing!.kind).toBe('lasting');
    expect(crossing!.likely! * (table.series.stepMs / minute)).toBeGreaterThan(100);
    expect(crossing!.likely! * (table.series.stepMs / minute)).toBeLessThan(140);
  });

  test('a counter that begins anew has a rate that is never negative', async () => {
    const { series } = await store.run(forecastStored({ ...ask, metric: 'jobs.done' }, asked));
    expect(series.stepMs).toBe(minute);
    expect(series.notes.join()).toContain('2 streams of jobs.done');
    // The first points tell nothing; two streams of one a second each after that, less what was lost in the restart.
    for (const rate of series.values.slice(1)) {
      expect(rate).toBeGreaterThanOrEqual(1);
      expect(rate).toBeLessThanOrEqual(2);
    }
  });

  test('what is constant goes on as it is', async () => {
    const { table } = await store.run(forecastStored({ ...ask, metric: 'constant', horizon: { steps: 5 } }, asked));
    expect([...table.columns[0]!.forecast.mean]).toEqual([7, 7, 7, 7, 7]);
  });

  test('what the rollups no longer have comes from the windows that were kept', async () => {
    // Ten days of windows, of which the last four are in the rollups too.
    const rows = Array.from({ length: 10 * 144 }, (_, index) => {
      const time = (now - (10 * 144 - index) * 10 * minute) / 1000;
      return `(${time}, 600, 'service', 'checkout', '', map('calls', 60., 'p95_ms', 80.), 1)`;
    });
    await store.command(
      `INSERT INTO obs_features (Time, Seconds, Kind, ServiceName, Subject, Values, Version) VALUES ${rows.join(', ')}`,
    );
    const { series } = await store.run(forecastStored({ ...ask, service: 'checkout', signal: 'rate' }, asked));
    expect(series.startMs).toBe(now - 10 * day);
    expect(series.values[0]).toBeCloseTo(0.1, 10);
    expect(series.values.at(-1)).not.toBeCloseTo(0.1, 10);
    const p95 = await store.run(
      forecastStored({ ...ask, service: 'checkout', signal: 'p95', sinceMs: now - 5 * day }, asked),
    );
    expect(p95.series.values[0]).toBe(80);
    expect(p95.series.values).toHaveLength(5 * 144);
  });

  test('a horizon that is absurd for what is known is refused, with one that is not', async () => {
    const refused = await store.fails(
      forecastStored(
        { ...ask, metric: 'disk.used', attributes: [['mountpoint', '/data']], horizon: { ms: 9e12 } },
        asked,
      ),
    );
    expect(refused).toMatchObject({
      what: 'Cannot forecast 104167 d ahead',
      why: expect.stringMatching(/^the history is \d+ [hd].* long, which is less than 6 of the steps of 209 d /),
      hint: expect.stringMatching(/--horizon \d+h$/),
    });
    expect(JSON.stringify(refused)).not.toContain('0 values');
  });

  test('what is too short says what is missing, what is unknown says what there is', async () => {
    expect(await store.fails(forecastStored({ ...ask, metric: 'seen.once' }, asked))).toMatchObject({
      _tag: 'BadInput',
      why: expect.stringContaining('there is 1 value in'),
    });
    expect(await store.fails(forecastStored({ ...ask, service: 'chekout' }, asked))).toMatchObject({
      _tag: 'BadInput',
      why: expect.stringContaining('"checkout"'),
    });
    expect(
      await store.fails(forecastStored({ ...ask, service: 'checkout', operation: 'GET /pay' }, asked)),
    ).toMatchObject({
      what: expect.stringContaining('operation "GET /pay" of checkout'),
      why: expect.stringContaining('POST /pay'),
    });
    expect(await store.fails(forecastStored({ ...ask, metric: 'disk.usd' }, asked))).toMatchObject({
      why: expect.stringContaining('"disk.used"'),
    });
    expect(await store.fails(forecastStored({ ...ask, service: 'checkout', signal: 'p42' }, asked))).toMatchObject({
      why: expect.stringContaining('p95'),
    });
  });
});
