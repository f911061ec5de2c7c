import { Effect } from 'effect';
import { TestClock } from 'effect/testing';
import { expect, test } from 'vitest';
import { closableTime } from '../../../../src/engine/analyze/loop/closable-time.ts';

const at = (nowMs: number, oldest: number | null) =>
  Effect.runPromise(
    Effect.andThen(TestClock.setTime(nowMs), closableTime(Effect.succeed(oldest))).pipe(
      Effect.provide(TestClock.layer()),
    ),
  );

test('windows stay open for what was acknowledged and is not loaded, but not for ever', async () => {
  expect(await at(1_000_000, null)).toBe(1_000_000);
  expect(await at(1_000_000, 998_500)).toBe(1_000_000);
  expect(await at(1_000_000, 970_000)).toBe(973_000);
  expect(await at(1_000_000, 100_000)).toBe(940_000);
});
