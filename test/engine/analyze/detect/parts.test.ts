import { describe, expect, test } from 'vitest';
import { countSurprise, normalSurprise, studentSurprise } from '../../../../src/engine/analyze/detect/probability.ts';
import { matters } from '../../../../src/engine/analyze/detect/practical.ts';
import { watchedFeature } from '../../../../src/engine/analyze/detect/features-watched.ts';
import { learnTotal, scoreOf, startScopeTail, totalAt } from '../../../../src/engine/analyze/detect/scope-score.ts';
import { calibrated, learnTail, levelTail, startTail } from '../../../../src/engine/analyze/detect/tail.ts';
import { harmOf } from '../../../../src/engine/analyze/detect/severity.ts';
import { wordsOf } from '../../../../src/engine/analyze/detect/words.ts';
import { Chance } from '../../../../bench/detect/chance.ts';
import type { FeatureKind } from '../../../../src/engine/domain/feature-row.ts';

describe('surprise as −log10 of a tail', () => {
  test('of the normal distribution', () => {
    // 1 − Φ(z) from tables.
    for (const [z, tail] of [
      [2, 0.02275],
      [3, 0.0013499],
      [5, 2.8665e-7],
      [8, 6.221e-16],
    ] as const)
      expect(normalSurprise(z)).toBeCloseTo(-Math.log10(tail), 1);
  });

  test("of Student's t, both sides", () => {
    // Tables: 10 degrees 2.228 → 5 %, 4.587 → 0.1 %; 5 degrees 4.032 → 1 %.
    expect(studentSurprise(2.228, 10)).toBeCloseTo(-Math.log10(0.05), 1);
    expect(studentSurprise(-4.587, 10)).toBeCloseTo(3, 1);
    expect(studentSurprise(4.032, 5)).toBeCloseTo(2, 1);
  });

  test('of counts: the negative binomial, summed by brute force', () => {
    const brute = (count: number, mean: number, shape: number): number => {
      let probability = (shape / (mean + shape)) ** shape;
      let below = 0;
      for (let k = 0; k < count; k++) {
        below += probability;
        probability *= ((k + shape) / (k + 1)) * (mean / (mean + shape));
      }
      return -Math.log10(1 - below);
    };
    for (const [count, mean, shape] of [
      [3, 0.5, 0.8],
      [12, 4, 3],
      [40, 20, 50],
      [1, 0.01, 0.3],
    ] as const)
      expect(countSurprise(count, mean, shape)).toBeCloseTo(brute(count, mean, shape), 3);
    expect(countSurprise(0, 0.5, 1)).toBe(0);
    expect(countSurprise(5, 20, 1)).toBe(0);
  });
});

describe('tails', () => {
  test('of a series whose surprises are ten times too large, what is usual for it becomes usual', () => {
    const numbers = new Float64Array(4);
    startTail(numbers, 0, levelTail);
    const chance = new Chance(3);
    const draw = (): number => -10 * Math.log10(1 - chance.uniform());
    for (let window = 0; window < 20_000; window++) learnTail(numbers, 0, levelTail, draw());
    let beyond = 0;
    for (let window = 0; window < 20_000; window++) if (calibrated(numbers, 0, levelTail, draw()) > 3) beyond++;
    expect(beyond).toBeGreaterThan(4);
    expect(beyond).toBeLessThan(60);
  });

  test('the sum that reaches a score is the inverse of the score', () => {
    const tail = startScopeTail();
    for (let window = 1; window < 5000; window++) learnTotal(tail, window % 400 === 0 ? 6 : 1, window, 7);
    for (const score of [-1, 0, 2, 5]) expect(scoreOf(tail, totalAt(tail, score))).toBeCloseTo(score, 6);
  });
});

describe('what matters', () => {
  const of = (feature: string, value: number, usual: number, calls = 100, lasting = false): boolean =>
    matters(watchedFeature('service', feature)!, value, usual, calls, lasting);

  test('a slowdown by two hundredths does not, one by half does', () => {
    expect(of('p50_ms', 102, 100)).toBe(false);
    expect(of('p50_ms', 150, 100)).toBe(true);
    expect(of('p50_ms', 1.5, 1)).toBe(false);
  });

  test('failing calls do from one in a hundred on, and two of them', () => {
    expect(of('error_rate', 0.004, 0.001, 10_000)).toBe(false);
    expect(of('error_rate', 0.03, 0.001, 1000)).toBe(true);
    expect(of('error_rate', 0.3, 0.001, 3)).toBe(false);
    expect(of('error_rate', 0.3, 0.001, 3, true)).toBe(true);
  });

  test('a pool that fills up does, one of three that is used at all does not', () => {
    expect(of('pool_share', 1 / 3, 0.05)).toBe(false);
    expect(of('pool_share', 0.5, 0.3)).toBe(false);
    expect(of('pool_share', 0.55, 0.25)).toBe(true);
    expect(of('pool_share', 0.72, 0.5)).toBe(true);
  });

  test.each(['cpu', 'memory_share', 'pool_share', 'disk_share', 'eventloop'])(
    '%s at 96 % of the limit does where 90 % is usual, and not where 94 % is',
    (feature) => {
      expect(of(feature, 0.96, 0.9)).toBe(true);
      expect(of(feature, 0.96, 0.94)).toBe(false);
      expect(of(feature, 0.94, 0.88)).toBe(false);
      expect(of(feature, 0.2, 0.12)).toBe(false);
    },
  );

  test('twice next to nothing does not', () => {
    expect(of('eventloop_delay_ms', 4, 1)).toBe(false);
    expect(of('eventloop_delay_ms', 40, 10)).toBe(true);
    expect(of('cpu_cores', 0.08, 0.02)).toBe(false);
    expect(of('cpu_cores', 0.8, 0.2)).toBe(true);
  });

  test('less memory does not', () => {
    expect(of('memory_bytes', 1e8, 3e8)).toBe(false);
    expect(of('memory_bytes', 4e8, 3e8)).toBe(true);
  });
});

describe('severity', () => {
  const harm = (feature: string, value: number, usual: number) =>
    harmOf({ kind: 'service', service: 'shop', subject: '', feature, value, usual, usualLow: 0, usualHigh: 1 });

  test.each(['memory_share', 'pool_share', 'disk_share'])('%s that rises to its limit is critical', (feature) => {
    expect(harm(feature, 0.96, 0.9)).toBe('critical');
    expect(harm(feature, 0.9, 0.5)).toBe('warning');
    expect(harm(feature, 0.95, 0.99)).toBe('info');
  });

  test('three times the latency is critical when somebody feels it', () => {
    expect(harm('p99_ms', 3, 1)).toBe('warning');
    expect(harm('p99_ms', 60, 15)).toBe('warning');
    expect(harm('p99_ms', 90, 30)).toBe('critical');
    const rare = { kind: 'operation', service: 'shop', subject: 'Server GET /x', feature: 'p99_ms' } as const;
    expect(harmOf({ ...rare, value: 900, usual: 100, usualLow: 0, usualHigh: 200 }, 0.02)).toBe('warning');
    expect(harmOf({ ...rare, value: 900, usual: 100, usualLow: 0, usualHigh: 200 }, 0.06)).toBe('critical');
  });

  test.each(['cpu', 'eventloop'])('%s that rises to its limit is a warning', (feature) => {
    expect(harm(feature, 0.99, 0.5)).toBe('warning');
    expect(harm(feature, 0.1, 0.5)).toBe('info');
  });
});

describe('words', () => {
  const sinceMs = Date.UTC(2026, 0, 7, 14, 2, 10);
  const say = (feature: string, value: number, usual: number, kind: FeatureKind = 'service', subject = ''): string =>
    wordsOf({
      series: { kind, service: 'shop', subject, feature },
      value,
      usual,
      sinceMs,
      detector: 'level',
      calls: 10,
    });

  test.each([
    [
      say('p99_ms', 738, 180, 'operation', 'Server POST /pay'),
      'p99 of POST /pay 4.1× its usual 180 ms, since 14:02:10',
    ],
    [
      say('p99_ms', 738, 180, 'operation', 'Client POST /pay'),
      'p99 of calls to POST /pay 4.1× its usual 180 ms, since 14:02:10',
    ],
    [
      say('error_rate', 0.314, 0.00001, 'operation', 'Client POST /pay'),
      '31 % of calls to POST /pay fail, usually next to none, since 14:02:10',
    ],
    [
      say('error_rate', 0.314, 0.00001, 'operation', 'Server POST /pay'),
      '31 % of calls of POST /pay fail, usually next to none, since 14:02:10',
    ],
    [say('calls', 0, 453, 'operation', 'Client POST /pay'), 'no calls to POST /pay, usually 45.3/s, since 14:02:10'],
    [
      say('calls', 0, 453, 'operation', 'Consumer process orders'),
      'consumer process orders gets nothing, usually 45.3/s, since 14:02:10',
    ],
    [
      say('calls', 1200, 400, 'operation', 'Producer send orders'),
      'messages of producer send orders 3× its usual 40/s, since 14:02:10',
    ],
    [
      say('p50_ms', 40, 10, 'operation', 'Internal render'),
      'p50 of internal render 4× its usual 10 ms, since 14:02:10',
    ],
    [say('calls', 0, 50, 'operation', 'nightly'), 'nightly gets no calls, usually 5/s, since 14:02:10'],
    [say('p50_ms', 4, 12), 'p50 of shop down to 33 % of its usual 12 ms, since 14:02:10'],
    [say('error_rate', 0.314, 0.00001), '31 % of calls of shop fail, usually next to none, since 14:02:10'],
    [say('error_rate', 0.05, 0.004), '5 % of calls of shop fail, usually 0.4 %, since 14:02:10'],
    [say('calls', 0, 453), 'shop gets no calls, usually 45.3/s, since 14:02:10'],
    [say('calls', 1200, 400), 'calls of shop 3× its usual 40/s, since 14:02:10'],
    [say('logs_error', 40, 0.1), '40 error lines of shop in 10 s, usually next to none, since 14:02:10'],
    [say('logs_warn', 40, 10), 'warning lines of shop 4× its usual 10 in 10 s, since 14:02:10'],
    [say('memory_bytes', 9e8, 3e8), 'memory of shop 3× its usual 286 MiB, since 14:02:10'],
    [say('cpu', 0.93, 0.2), 'CPU of shop at 93 %, usually 20 %, since 14:02:10'],
    [say('eventloop', 0.97, 0.4), 'event loop of shop at 97 %, usually 40 %, since 14:02:10'],
    [say('eventloop_delay_ms', 200, 20), 'event loop delay of shop 10× its usual 20 ms, since 14:02:10'],
    [say('disk_share', 0.96, 0.9, 'host', 'db-1'), 'fullest disk of db-1 at 96 %, usually 90 %, since 14:02:10'],
    [say('pool_waiting', 14, 0), '14 wait for a connection of shop, usually none, since 14:02:10'],
    [say('value', 30, 0, 'metric', 'jobs.waiting'), 'jobs.waiting of shop at 30, usually 0, since 14:02:10'],
    [say('rate', 30, 10, 'metric', 'cache.misses'), 'rate of cache.misses of shop 3× its usual 10, since 14:02:10'],
    [say('p99_ms', 30_000, 900), 'p99 of shop 33.3× its usual 900 ms, since 14:02:10'],
  ])('%s', (said, expected) => {
    expect(said).toBe(expected);
  });

  test('of a combination: what is called is told apart from what is served', () => {
    const together = [
      { subject: 'Client POST /pay', feature: 'calls' },
      { subject: 'Client POST /pay', feature: 'p99_ms' },
      { subject: '', feature: 'calls' },
    ];
    const series = { kind: 'service', service: 'shop', subject: '', feature: 'model linear' } as const;
    expect(wordsOf({ series, value: 9, usual: 1, sinceMs, detector: 'combination', calls: 0, together })).toBe(
      'calls to POST /pay with p99 of calls to POST /pay with calls of shop in an unusual combination, 9× the usual error of the linear model, since 14:02:10',
    );
  });
});
