import { expect, test } from 'vitest';
import { isHeardOf, unheardMs } from '../../../src/engine/domain/still-open.ts';

const minute = 60_000;

test('an open row goes on as long as it was written within ten minutes of the newest window', () => {
  expect(isHeardOf(0, 9 * minute)).toBe(true);
  expect(isHeardOf(0, unheardMs)).toBe(false);
  expect(isHeardOf(5 * minute, unheardMs)).toBe(true);
});

test('while nobody closes windows, nobody can have forgotten it', () => {
  expect(isHeardOf(0, null)).toBe(true);
  // The analyzer stopped right after it was written.
  expect(isHeardOf(100 * minute, 100 * minute - 10_000)).toBe(true);
});
