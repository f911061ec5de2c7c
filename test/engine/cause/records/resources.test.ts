import { expect, test } from 'vitest';
import type { ResourceSeries } from '../../../../src/engine/cause/records/input.ts';
import { median, resourceDeviations } from '../../../../src/engine/cause/records/resources.ts';

const series = (before: readonly number[], present: readonly number[], more: Partial<ResourceSeries> = {}) => ({
  instance: 'shop-1',
  service: 'shop',
  metric: 'k8s.pod.cpu_limit_utilization',
  kind: 'cpu' as const,
  isPercent: true,
  before,
  present: present.map((value, at) => ({ timeMs: 1000 * at, value })),
  ...more,
});
const calm = [10, 11, 10, 9, 10, 11, 10];

test('CPU far above what it usually is counts in spreads of at least five points', () => {
  expect(resourceDeviations([series(calm, [12, 60, 60])])).toMatchObject([
    { z: 10, usual: 10, highest: 60, sinceMs: 1000 },
  ]);
});

test('what is within the usual scatter does not', () => {
  expect(resourceDeviations([series(calm, [12, 14])])).toEqual([]);
  expect(resourceDeviations([series([10, 90, 15, 80, 40], [95])])).toEqual([]);
});

test('without a limit half of the usual value is the least spread', () => {
  expect(resourceDeviations([series([1, 1, 1, 1], [3], { isPercent: false })])).toMatchObject([{ z: 4 }]);
});

test('of CPU and memory of one instance the one that stands out more is told', () => {
  const memory = series(calm, [90], { kind: 'memory', metric: 'k8s.pod.memory_limit_utilization' });
  expect(resourceDeviations([series(calm, [60]), memory]).map((one) => one.series.kind)).toEqual(['memory']);
});

test('too little history, none at all or no value now says nothing', () => {
  expect(resourceDeviations([series([10, 10], [90]), series([], [90]), series(calm, [])])).toEqual([]);
  expect(resourceDeviations([series([0, 0, 0, 0], [5], { isPercent: false })])).toEqual([]);
});

test('less than usual is no trouble', () => {
  expect(resourceDeviations([series([90, 91, 90, 89], [0])])).toEqual([]);
});

test('the middle of an even number of values lies between two', () => {
  expect(median([4, 1])).toBe(2.5);
  expect(median([3, 1, 2])).toBe(2);
});
