import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';
import type { FalseAlarms } from '../../../../bench/detect/false-alarms.ts';
import type { Trial } from '../../../../bench/detect/power.ts';

/** The benchmark itself, as a program: a week of windows takes several times as long inside of the test runner. */
const bench = async <Result>(...flags: readonly string[]): Promise<Result> => {
  const script = join(import.meta.dirname, '../../../../bench/detect.ts');
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--experimental-strip-types', '--no-warnings', script, '--json', ...flags],
    { maxBuffer: 64 * 1024 * 1024 },
  );
  return JSON.parse(stdout) as Result;
};

/** Three standard deviations of a Poisson count above its mean. */
const atMost = (expected: number): number => expected + 3 * Math.sqrt(expected);

describe('a week of normal traffic', () => {
  // Eight services of 0.2 to 200 calls a second with days, nights and a weekend; both rates see the same rows.
  let strict: FalseAlarms;
  let loose: FalseAlarms;
  beforeAll(async () => {
    const { runs } = await bench<{ runs: FalseAlarms[] }>('--false-alarms', '--seeds', '1');
    [strict, loose] = runs as [FalseAlarms, FalseAlarms];
  }, 120_000);

  test('one false alarm a service and week was set: no more than eight, and what chance allows', () => {
    expect(strict).toMatchObject({ rate: 1, expected: 8 });
    expect(strict.observed).toBeLessThanOrEqual(atMost(8));
    expect(strict.firstHours).toBeLessThanOrEqual(2);
  });

  test('ten were set: no more, and it is not silent by construction', () => {
    expect(loose).toMatchObject({ rate: 10, expected: 80 });
    expect(loose.observed).toBeLessThanOrEqual(atMost(80));
    expect(loose.observed).toBeGreaterThanOrEqual(20);
    expect(loose.observed).toBeGreaterThan(strict.observed);
  });

  test('the score itself, before it is asked what matters, is off by less than a factor of three', () => {
    for (const { reached, expected } of [strict, loose]) {
      expect(reached).toBeGreaterThan(expected / 3);
      expect(reached).toBeLessThan(expected * 3);
    }
  });
});

describe('faults in the same traffic', () => {
  const strong = ['errors +30 %', 'latency ×3', 'traffic gone'];
  let trials: readonly Trial[];
  beforeAll(async () => {
    ({ trials } = await bench<{ trials: Trial[] }>('--power', '--seeds', '2'));
  }, 120_000);

  test.each(strong)('%s is found in the first or second bad window, two minutes after the start as well', (name) => {
    const busy = trials.filter(({ fault, calls }) => fault === name && calls >= 50);
    expect(new Set(busy.map(({ moment }) => moment)).size).toBe(4);
    expect(busy.filter(({ delay }) => delay === null || delay > 1)).toEqual([]);
  });

  test('smaller services at their peak are not forgotten: within five minutes', () => {
    const small = trials.filter(
      ({ fault, moment, calls }) => strong.includes(fault) && moment === 'peak, day 3' && calls > 6 && calls < 50,
    );
    expect(small.length).toBeGreaterThan(0);
    expect(small.filter(({ delay }) => delay === null)).toEqual([]);
  });
});
