import { expect, test } from 'vitest';
import { outOfUsual, weighted } from '../../../../src/engine/explain/records/weights.ts';

const finding = (instance: string, source: 'structure' | 'timing' | 'resource', score: number) => ({
  instance,
  source,
  score,
});

test('an instance is out of the usual by all that its records show together', () => {
  const findings = [finding('a', 'structure', 2), finding('b', 'resource', 2.9), finding('a', 'resource', 1.1)];
  expect(outOfUsual(findings, 'besideSymptoms').map(({ instance }) => instance)).toEqual(['a', 'a']);
  expect(outOfUsual(findings, 'alone')).toEqual([]);
});

test('delays count less, and least where no operation is worse', () => {
  const delay = finding('a', 'timing', 20);
  expect(weighted(delay, 'besideSymptoms').score).toBe(5);
  expect(weighted(delay, 'alone').score).toBe(3);
  expect(outOfUsual([delay], 'besideSymptoms')).toEqual([delay]);
  expect(outOfUsual([delay], 'alone')).toEqual([]);
  expect(weighted(finding('a', 'structure', 20), 'alone').score).toBe(20);
});
