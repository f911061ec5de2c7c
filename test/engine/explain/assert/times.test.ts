import { Clock, Effect, Fiber } from 'effect';
import { TestClock } from 'effect/testing';
import { describe, expect, test } from 'vitest';
import { readAssertRange, settled } from '../../../../src/engine/explain/assert/times.ts';
import { sourceFor } from '../../../../src/engine/explain/assert/source.ts';

/** How long was waited and how often looked, when the counts come one after the other (the last for good). */
function wait(counts: readonly number[], times: { toMs: number; waitMs: number }) {
  const program = Effect.gen(function* () {
    yield* TestClock.setTime(100_000);
    let looks = 0;
    const look = Effect.sync(() => ({ rows: counts[Math.min(looks++, counts.length - 1)] ?? 0 }));
    const fiber = yield* Effect.forkChild(
      settled(look, { ...times, askedMs: 100_000 }).pipe(
        Effect.flatMap(({ rows }) => Effect.map(Clock.currentTimeMillis, (now) => ({ rows, ms: now - 100_000 }))),
      ),
    );
    for (let step = 0; step < 120; step++) yield* TestClock.adjust(250);
    return { ...(yield* Fiber.join(fiber)), looks };
  });
  return Effect.runPromise(Effect.provide(program, TestClock.layer()));
}

describe('spans under way', () => {
  test('a range that ended long ago is looked at once, without waiting', async () => {
    expect(await wait([5], { toMs: 94_000, waitMs: 10_000 })).toEqual({ rows: 5, ms: 0, looks: 1 });
  });

  test('a range that ends now is looked at when SDKs have sent, and again until nothing is new', async () => {
    expect(await wait([5], { toMs: 100_000, waitMs: 10_000 })).toEqual({ rows: 5, ms: 6500, looks: 2 });
    expect(await wait([5, 7, 9, 9], { toMs: 100_000, waitMs: 10_000 })).toEqual({ rows: 9, ms: 7500, looks: 4 });
  });

  test('what goes on arriving is waited for no longer than was said', async () => {
    const growing = Array.from({ length: 100 }, (_, n) => n);
    expect(await wait(growing, { toMs: 100_000, waitMs: 10_000 })).toMatchObject({ ms: 10_000 });
    expect(await wait(growing, { toMs: 100_000, waitMs: 2000 })).toEqual({ rows: 0, ms: 2000, looks: 1 });
    expect(await wait(growing, { toMs: 999_000, waitMs: 3000 })).toMatchObject({ ms: 3000 });
    expect(await wait(growing, { toMs: 100_000, waitMs: 0 })).toEqual({ rows: 0, ms: 0, looks: 1 });
  });
});

describe('the range', () => {
  const read = (since: string, until?: string) =>
    Effect.gen(function* () {
      yield* TestClock.setTime(1_800_000_000_000);
      return yield* readAssertRange({ since, until });
    }).pipe(Effect.provide(TestClock.layer()));

  test('ends when it is asked, where no end is given', async () => {
    expect(await Effect.runPromise(read('5m'))).toEqual({
      range: { fromMs: 1_800_000_000_000 - 300_000, toMs: 1_800_000_000_000 },
      askedMs: 1_800_000_000_000,
    });
  });

  test('is refused when it is empty, before 1970, or no time', async () => {
    expect((await Effect.runPromise(Effect.flip(read('1h', '2h')))).what).toBe('The time range is empty');
    expect((await Effect.runPromise(Effect.flip(read('1969-01-01')))).why).toContain('before 1970');
    expect((await Effect.runPromise(Effect.flip(read('yesterday')))).what).toContain('yesterday');
  });

  test('of few spans these are read, of many the rollups whose windows it touches', () => {
    const range = { fromMs: 65_000, toMs: 121_000 };
    expect(sourceFor(range, 10, 10)).toEqual({ from: 'spans', range });
    expect(sourceFor(range, 11, 10)).toMatchObject({ windowSeconds: 10, period: { fromSeconds: 60, toSeconds: 130 } });
    const day = { fromMs: 65_000, toMs: 86_400_000 };
    expect(sourceFor(day, 11, 10)).toMatchObject({ windowSeconds: 60, period: { fromSeconds: 60, toSeconds: 86_400 } });
  });
});
