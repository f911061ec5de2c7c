import { describe, expect, test } from 'vitest';
import { falseAlarms } from '../../../../bench/detect/false-alarms.ts';
import { faultsTried } from '../../../../bench/detect/faults.ts';
import { power } from '../../../../bench/detect/power.ts';
import { serviceKinds } from '../../../../bench/detect/traffic.ts';

/** Three standard deviations of a Poisson count above its mean. */
const atMost = (expected: number): number => expected + 3 * Math.sqrt(expected);

describe('a week of normal traffic', { timeout: 120_000 }, () => {
  // Eight services of 0.2 to 200 calls a second with days, nights and a weekend; both rates see the same rows.
  const [strict, loose] = falseAlarms(serviceKinds(8), 7, 4, [1, 10]) as [
    ReturnType<typeof falseAlarms>[number],
    ReturnType<typeof falseAlarms>[number],
  ];

  test('one false alarm a service and week was set: no more than eight, and what chance allows', () => {
    expect(strict.expected).toBe(8);
    expect(strict.observed).toBeLessThanOrEqual(atMost(8));
    expect(strict.firstHours).toBeLessThanOrEqual(2);
  });

  test('ten were set: no more, and it is not silent by construction', () => {
    expect(loose.observed).toBeLessThanOrEqual(atMost(80));
    expect(loose.observed).toBeGreaterThanOrEqual(15);
    expect(loose.observed).toBeGreaterThan(strict.observed);
  });

  test('the score itself, before what matters is asked, is off by less than a factor of three', () => {
    for (const { reached, expected } of [strict, loose]) {
      expect(reached).toBeGreaterThan(expected / 3);
      expect(reached).toBeLessThan(expected * 3);
    }
  });
});

describe('faults in the same traffic', { timeout: 60_000 }, () => {
  const strong = ['errors +30 %', 'latency ×3', 'traffic gone'];
  const trials = power(
    serviceKinds(8),
    faultsTried.filter(({ name }) => strong.includes(name)),
    2,
  );

  test.each(strong)('%s is found in the first or second bad window, two minutes after the start as well', (name) => {
    const busy = trials.filter(({ fault, calls }) => fault === name && calls >= 30);
    expect(new Set(busy.map(({ moment }) => moment)).size).toBe(4);
    expect(busy.filter(({ delay }) => delay === null || delay > 1)).toEqual([]);
  });

  test('small services at their peak are not forgotten: within five minutes', () => {
    const small = trials.filter(({ moment, calls }) => moment === 'peak, day 3' && calls > 6 && calls < 30);
    expect(small.filter(({ delay }) => delay === null)).toEqual([]);
    expect(small.length).toBeGreaterThan(0);
  });
});
