import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createStreamDetector, defaultThreshold } from '../../../../src/engine/analyze/streams/detector.ts';
import { detectSeries, type SeriesPoint } from '../../../../src/engine/analyze/streams/detect-series.ts';

const startMs = Date.UTC(2026, 0, 5);
const stepMs = 300_000;

/** A linear congruential generator: the same numbers everywhere. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const series = (values: readonly number[]): SeriesPoint[] =>
  values.map((value, index) => ({ unixMs: startMs + index * stepMs, value }));

const noise = (length: number, seed = 1): number[] => {
  const next = seeded(seed);
  return Array.from({ length }, () => 50 + 10 * (next() + next() + next() - 1.5));
};

const alarms = (scores: Float64Array, from = 0): number[] =>
  [...scores.keys()].filter((index) => index >= from && scores[index]! >= defaultThreshold);

const alarmNear = (scores: Float64Array, place: number, within: number): boolean =>
  alarms(scores).some((index) => index >= place && index < place + within);

describe('what it finds', () => {
  test('a spike, at once', () => {
    const values = noise(1500);
    values[1200] = 140;
    expect(alarms(detectSeries(series(values)), 1000)).toContain(1200);
  });

  test('a drop of the level, within its first points', () => {
    const values = noise(1500).map((value, index) => (index >= 1200 ? value - 40 : value));
    expect(alarmNear(detectSeries(series(values)), 1200, 5)).toBe(true);
  });

  test('a day that stays low although low values are usual at night', () => {
    const perDay = 288;
    const daily = (index: number): number => 100 + 80 * Math.sin((2 * Math.PI * index) / perDay);
    const next = seeded(5);
    const values = Array.from({ length: 14 * perDay }, (_, index) => {
      const day = Math.floor(index / perDay);
      const usual = daily(index) + 4 * (next() - 0.5);
      return day === 12 ? Math.min(usual, 60) : usual;
    });
    expect(alarmNear(detectSeries(series(values)), 12 * perDay, perDay)).toBe(true);
  });

  test('one alarm for one change, not one for each of its points', () => {
    const values = noise(2000).map((value, index) => (index >= 1200 && index < 1300 ? value + 120 : value));
    const found = alarms(detectSeries(series(values)), 1200).filter((index) => index < 1300);
    expect(found.length).toBeGreaterThan(0);
    expect(found.length).toBeLessThan(5);
  });

  test('a second change of the same kind once the first one is older than the memory', () => {
    const values = noise(7000);
    values[1000] = 400;
    values[6000] = 400;
    expect(alarmNear(detectSeries(series(values)), 6000, 1)).toBe(true);
  });
});

describe('what it leaves alone', () => {
  test('a constant series', () => {
    expect(detectSeries(series(Array.from({ length: 3000 }, () => 45))).every((score) => score === 0)).toBe(true);
  });

  test('plain noise: few alarms after the first day', () => {
    const counts = [1, 2, 3, 4].map((seed) => alarms(detectSeries(series(noise(4000, seed))), 600).length);
    expect(Math.max(...counts)).toBeLessThan(8);
  });

  test('a regular day', () => {
    const next = seeded(9);
    const values = Array.from({ length: 4000 }, (_, i) => 50 + 30 * Math.sin((2 * Math.PI * i) / 288) + 2 * next());
    expect(alarms(detectSeries(series(values)), 900).length).toBeLessThan(5);
  });
});

describe('strictly causal', () => {
  test('what comes later changes no score', () => {
    const values = noise(900, 3);
    const whole = detectSeries(series([...values, 1e6, -1e6, 0]));
    expect(whole.slice(0, values.length)).toEqual(detectSeries(series(values)));
  });

  test('scale and offset do not matter', () => {
    const values = noise(1500, 4).map((value, index) => (index > 1100 ? 2 * value : value));
    const plain = detectSeries(series(values));
    const other = detectSeries(series(values.map((value) => 1024 * value - 512)));
    plain.forEach((score, index) => expect(other[index]).toBeCloseTo(score, 6));
  });
});

describe('snapshot', () => {
  test('a restored detector goes on as the first one would have', () => {
    const values = noise(5000, 6).map((value, index) => (index % 1111 === 0 ? 3 * value : value));
    const points = series(values);
    for (const cut of [0, 1, 29, 500, 3500]) {
      const first = createStreamDetector();
      points.slice(0, cut).forEach(({ unixMs, value }) => first.score(unixMs, value));
      const second = createStreamDetector(JSON.parse(JSON.stringify(first.snapshot())));
      for (const { unixMs, value } of points.slice(cut, cut + 1500)) {
        expect(second.score(unixMs, value)).toBe(first.score(unixMs, value));
      }
    }
  });

  test('is bounded: ten thousand more points add nothing', () => {
    const detector = createStreamDetector();
    const values = noise(16_000, 7);
    let atSixThousand = 0;
    values.forEach((value, index) => {
      detector.score(startMs + index * stepMs, Math.round(value));
      if (index === 6000) atSixThousand = JSON.stringify(detector.snapshot()).length;
    });
    expect(JSON.stringify(detector.snapshot()).length).toBeLessThan(1.1 * atSixThousand);
  });
});

describe('bad input', () => {
  test('NaN and infinities score 0 and are not learned', () => {
    const values = noise(1200, 8);
    const clean = detectSeries(series(values));
    const detector = createStreamDetector();
    values.forEach((value, index) => {
      for (const bad of [Number.NaN, Infinity, -Infinity])
        expect(detector.score(startMs + index * stepMs, bad)).toBe(0);
      expect(detector.score(startMs + index * stepMs, value)).toBe(clean[index]);
    });
  });

  test('without times it works on the values alone', () => {
    const detector = createStreamDetector();
    const values = noise(1500);
    values[1200] = 140;
    const scores = values.map((value) => detector.score(Number.NaN, value));
    expect(scores[1200]).toBeGreaterThanOrEqual(defaultThreshold);
  });

  test('a giant value desensitises only for as long as the memory lasts', () => {
    const values = noise(6000, 9);
    values[800] = 1e300;
    values[4500] = 150;
    const scores = detectSeries(series(values));
    expect(scores[800]).toBeGreaterThanOrEqual(defaultThreshold);
    expect(scores[4500]).toBeGreaterThanOrEqual(defaultThreshold);
  });

  test('the first change of a series that stood still', () => {
    const values = Array.from({ length: 1000 }, (_, index) => (index < 900 ? 7 : 8));
    expect(detectSeries(series(values))[900]).toBeGreaterThanOrEqual(defaultThreshold);
  });

  test('one point, and none', () => {
    expect([...detectSeries(series([5]))]).toEqual([0]);
    expect(detectSeries([])).toHaveLength(0);
  });

  test('any numbers at any times give scores in [0, 1)', () => {
    const value = fc.oneof(fc.double(), fc.double({ min: -100, max: 100 }), fc.constant(0), fc.constant(1e308));
    const time = fc.oneof(
      fc.double(),
      fc.integer({ min: 0, max: 40 }).map((halfHours) => startMs + halfHours * 1_800_000),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(time, value), { minLength: 60, maxLength: 300 }), (points) => {
        const detector = createStreamDetector();
        for (const [unixMs, value] of points) {
          const score = detector.score(unixMs, value);
          expect(score).toBeGreaterThanOrEqual(0);
          expect(score).toBeLessThan(1);
        }
      }),
      { numRuns: 100 },
    );
  });

  test('duplicate times and a clock that jumps change nothing but the time of day', () => {
    const values = noise(1500);
    values[1200] = 140;
    const points = series(values).map((point, index) => ({
      ...point,
      unixMs: index % 7 === 0 ? startMs : index === 700 ? startMs + 4e12 : point.unixMs,
    }));
    expect(alarms(detectSeries(points), 1000)).toContain(1200);
  });
});
