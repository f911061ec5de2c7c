import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { budgetEnd } from '../../../../src/engine/analyze/predict/objectives/budget-end.ts';
import { objectiveReports } from '../../../../src/engine/analyze/predict/objectives/objective-report.ts';
import { countsOfSpans } from '../../../../src/engine/analyze/predict/objectives/request-counts.ts';
import { renderObjectives } from '../../../../src/engine/analyze/predict/render-objectives.ts';
import type { Objective } from '../../../../src/engine/config/analyze-settings.ts';
import { noise, series, type Noise } from '../forecast/generated.ts';
import { openPredictStore, type PredictStore } from './predict-store.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const now = Math.floor(Date.now() / minute) * minute;

const objective = (fields: Partial<Objective>): Objective => ({
  name: 'works',
  service: 'shop',
  operation: null,
  target: 0.99,
  latencyMs: null,
  days: 7,
  ...fields,
});

describe('objectives over what is stored', () => {
  let store: PredictStore;
  beforeAll(async () => {
    store = await openPredictStore();
    const every = (span: number, step: number): number[] =>
      Array.from({ length: span / step }, (_, index) => now - span + index * step);
    await store.insertCalls([
      // Two days with one bad call in 100; in the last hour one in four.
      ...every(2 * day, 10 * minute).map((atMs) => ({
        atMs,
        service: 'shop',
        operation: 'POST /pay',
        count: 100,
        errors: atMs >= now - hour ? 25 : 1,
      })),
      // A day of durations from 1 to 100 ms, all as often.
      ...every(day, 30 * minute).flatMap((atMs) =>
        Array.from({ length: 100 }, (_, index) => ({ atMs, service: 'steady', count: 1, ms: index + 1 })),
      ),
      // Half the calls take 10 ms, half a second; those of a second have all failed.
      ...every(hour, minute).flatMap((atMs) => [
        { atMs, service: 'timeouts', count: 1, ms: 10 },
        { atMs, service: 'timeouts', count: 1, ms: 1000, errors: 1 },
      ]),
    ]);
  }, 60_000);
  afterAll(() => store.close());

  test('the good share, the budget and the rates at which it burns are those of the calls', async () => {
    const [report] = await store.run(objectiveReports([objective({})], now));
    const bad = 2 * 144 - 6 + 6 * 25;
    expect(report).toMatchObject({ calls: 28_800, bad, burning: 'critical', unknown: null });
    expect(report!.goodShare).toBeCloseTo(1 - bad / 28_800, 10);
    expect(report!.seenMs).toBe(2 * day);
    // A week at this traffic: 100,800 calls, of which 1,008 may be bad.
    expect(report!.spent).toBeCloseTo(bad / 1008, 3);
    const [fast, middle, slow] = report!.windows;
    expect(fast!.long).toBeCloseTo(25, 5);
    // 2 % of the budget in an hour: 0.02 × 168.
    expect(fast!.tellFrom).toBeCloseTo(3.36, 10);
    // Calls come every ten minutes: none in the last five.
    expect(fast).toMatchObject({ short: null, isBurning: false });
    expect(middle!.long).toBeCloseTo((6 * 25 + 30) / 36, 5);
    expect(middle).toMatchObject({ isBurning: true, severity: 'critical' });
    expect(slow!.tellFrom).toBe(1);
  });

  test('rates of 30 days are told from 14.4, 6 and 1 on, as the workbook has them', async () => {
    const [report] = await store.run(objectiveReports([objective({ days: 30 })], now));
    expect(report!.windows.map(({ tellFrom }) => Math.round(tellFrom * 10) / 10)).toEqual([14.4, 6, 1]);
  });

  test('the share of calls within a time comes from the sketches, within 1 % of the time', async () => {
    for (const latencyMs of [3, 20, 50, 90, 99]) {
      const [counts] = await store.run(countsOfSpans(objective({ service: 'steady', latencyMs }), [day], now));
      expect(counts!.calls).toBe(4800);
      // Calls of this very duration may be on either side.
      expect(counts!.bad / 48).toBeGreaterThanOrEqual(100 - latencyMs - 1.1);
      expect(counts!.bad / 48).toBeLessThanOrEqual(100 - latencyMs + 1.1);
    }
    const [none] = await store.run(countsOfSpans(objective({ service: 'steady', latencyMs: 102 }), [day], now));
    expect(none!.bad).toBe(0);
    const [all] = await store.run(countsOfSpans(objective({ service: 'steady', latencyMs: 0.5 }), [day], now));
    expect(all!.bad).toBe(4800);
  });

  test('whether failed calls were slow too is not kept: the truth lies within what is told', async () => {
    const [report] = await store.run(objectiveReports([objective({ service: 'timeouts', latencyMs: 100 })], now));
    expect(report).toMatchObject({ calls: 120, badLow: 60, badHigh: 120 });
    expect(report!.bad).toBe(90);
    expect(renderObjectives([report!], now, 120)).toContain('between 60 and 120 bad calls');
  });

  test('a service or operation that is not there is said, with what is', async () => {
    const reports = await store.run(
      objectiveReports([objective({ service: 'shp' }), objective({ name: 'pay', operation: 'POST /pat' })], now),
    );
    expect(reports.map(({ unknown }) => unknown)).toEqual([
      expect.stringContaining('"shop"'),
      expect.stringContaining('"POST /pay"'),
    ]);
    const text = renderObjectives(reports, now, 120);
    expect(text).toContain('works: There are no data of the service "shp"');
    expect(JSON.parse(JSON.stringify(reports[0]))).toMatchObject({ goodShare: null, burning: null });
  });

  test('a table says it in full at 80 and 120 columns, and without objectives what to write', async () => {
    const reports = await store.run(objectiveReports([objective({})], now));
    for (const width of [80, 120]) {
      const text = renderObjectives(reports, now, width);
      const lines = text.split('\n');
      expect(lines.every((line) => line.length <= width)).toBe(true);
      expect(text).not.toContain('…');
      expect(lines[0]).toMatch(/^objective +target +good +budget left +gone/);
      expect(lines[2]).toMatch(/^works +99\.0 % +98\.50 % +57 % +.*burns fast$/);
      expect(lines[3]).toMatch(/^ {2}burn rate 1 h\/5 min \S+, 6 h\/30 min \S+ !, 3 d\/6 h \S+ !$/);
      expect(text).toContain('of 7 d there are calls of 2 d');
    }
    const [report] = reports;
    expect(renderObjectives([{ ...report!, end: null }], now, 80)).toContain(
      'too young to tell when the budget is gone',
    );
    expect(renderObjectives([], now, 100)).toMatch(/slo:\n +- name: .*\n +service: checkout\n +target: 0.999/);
  });
});

/** Whether the bad calls of a period are more than the budget at any step from `from` on. */
function isSpent(bad: Float64Array, from: number, period: number, budget: number): boolean {
  let sum = 0;
  for (let step = 0; step < bad.length; step++) {
    sum += bad[step]! - (step >= period ? bad[step - period]! : 0);
    if (step >= from && sum >= budget) return true;
  }
  return false;
}

function poisson({ uniform }: Noise, mean: number): number {
  let [count, share] = [0, Math.exp(-mean)];
  for (let sum = share, u = uniform(); u > sum && count < 200; sum += share) share *= mean / ++count;
  return count;
}

describe('when a budget is gone', () => {
  const steps = 200;
  const period = 30 * 24;

  test('a steady burn is where a line through it leads', () => {
    const { normal } = noise(1);
    // 0.4 % an hour: 0.8 is spent, the rest lasts 50 hours.
    const end = budgetEnd(
      series(steps, () => Math.max(0, 0.004 + 0.001 * normal())),
      period,
      hour,
      0,
    )!;
    expect(end.kind).toBe('lasting');
    expect(end.likelyMs! / hour).toBeGreaterThan(40);
    expect(end.likelyMs! / hour).toBeLessThan(60);
    expect(end.earliestMs).toBeLessThan(end.likelyMs!);
    expect(end.probability).toBeGreaterThan(0.9);
  });

  test('a burn that has just begun counts for what is near', () => {
    // Nothing for a week, a tenth of the budget an hour in the last five.
    const end = budgetEnd(
      series(steps, (i) => (i < steps - 5 ? 0.0001 : 0.1)),
      period,
      hour,
      0,
    )!;
    expect(end.likelyMs).toBe(5 * hour);
  });

  test('what is said to be spent with a probability is spent as often', () => {
    const said: { readonly p: number; readonly came: boolean }[] = [];
    const draws: readonly ((random: Noise) => () => number)[] = [
      // Steady; in bursts; at rates that change for good; by day and night.
      (random) => {
        const mean = 1 + 4 * random.uniform();
        return () => poisson(random, mean);
      },
      (random) => {
        let burns = false;
        return () => {
          burns = burns ? random.uniform() > 0.1 : random.uniform() < 0.02;
          return poisson(random, burns ? 10 : 0.3);
        };
      },
      (random) => {
        let mean = 1;
        return () => poisson(random, random.uniform() < 0.01 ? (mean = Math.exp(1.2 * random.normal())) : mean);
      },
      (random) => {
        let step = 0;
        return () => poisson(random, 3 * (1 + 0.9 * Math.sin((2 * Math.PI * step++) / 48)));
      },
    ];
    for (const draw of draws) {
      for (let seed = 1; seed <= 150; seed++) {
        const random = noise(seed * 977);
        const bad = Float64Array.from({ length: 800 }, draw(random));
        const before = bad.slice(0, 400);
        const budget =
          Math.max(
            1,
            before.reduce((sum, value) => sum + value, 0),
          ) *
          (1 + 1.2 * random.uniform());
        const end = budgetEnd(
          before.map((value) => value / budget),
          720,
          1,
          0,
        )!;
        if (end.kind !== 'spent') said.push({ p: end.probability, came: isSpent(bad, 400, 720, budget) });
      }
    }
    const bins = [0, 1 / 3, 2 / 3].map((from) => {
      const of = said.filter(({ p }) => p >= from && p < from + 1 / 3 + 1e-9);
      const count = of.length;
      return {
        count,
        said: of.reduce((sum, { p }) => sum + p / count, 0),
        came: of.filter(({ came }) => came).length / count,
      };
    });
    console.table(bins);
    // Few are said to be unlikely: what was just right for the time before mostly is again.
    for (const { count, said, came } of bins) if (count >= 50) expect(Math.abs(said - came)).toBeLessThan(0.12);
    expect(bins[0]!.came).toBeLessThan(0.45);
  });

  test('without bad calls it never is; what is spent is said; of little history nothing is', () => {
    expect(budgetEnd(new Float64Array(steps), period, hour, 0)).toMatchObject({ likelyMs: null, probability: 0 });
    expect(budgetEnd(new Float64Array(steps).fill(0.01), period, hour, 5)).toMatchObject({
      kind: 'spent',
      likelyMs: 5,
    });
    expect(budgetEnd(new Float64Array(3), period, hour, 0)).toBe(null);
  });

  test('what leaves the period is given back', () => {
    // Nine tenths were spent in the first ten steps of a period of 200, and nothing since then but a little.
    const spent = series(steps, (i) => (i < 10 ? 0.09 : 0.0002));
    expect(budgetEnd(spent, steps, hour, 0)).toMatchObject({ likelyMs: null });
  });
});
