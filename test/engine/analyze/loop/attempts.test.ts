import { Effect, Fiber } from 'effect';
import { TestClock } from 'effect/testing';
import { describe, expect, test } from 'vitest';
import { makeAttempts } from '../../../../src/engine/analyze/loop/attempts.ts';
import { QueryFailed } from '../../../../src/engine/domain/errors.ts';

const failing = Effect.fail(new QueryFailed({ code: 241, message: 'Memory limit exceeded' }));

describe('parts of the analyzer', () => {
  test('what fails is said once, counts as open until it works again, and takes no other part with it', async () => {
    const events: string[] = [];
    const { attempt, problems } = makeAttempts((event) => events.push(event));
    const run = (effect: Effect.Effect<number, QueryFailed>) => Effect.runPromise(attempt('close windows', effect, -1));
    expect(await run(failing)).toBe(-1);
    expect(await run(failing)).toBe(-1);
    expect(events).toEqual([
      expect.stringContaining('could not close windows: The query failed: Memory limit exceeded'),
    ]);
    expect(Object.keys(problems())).toEqual(['close windows']);
    expect(await run(Effect.succeed(7))).toBe(7);
    expect(problems()).toEqual({});
  });

  test('a defect is a problem of its part and not the end of the process', async () => {
    const { attempt, problems } = makeAttempts(() => {});
    const broken = attempt(
      'score',
      Effect.sync((): number => JSON.parse('{')),
      0,
    );
    expect(await Effect.runPromise(broken)).toBe(0);
    expect(problems()['score']).toMatch(/JSON/);
  });

  test('what takes too long is given up', async () => {
    const { attempt, problems } = makeAttempts(() => {});
    const waited = Effect.gen(function* () {
      const fiber = yield* Effect.forkChild(attempt('read windows', Effect.never as Effect.Effect<number>, 0));
      yield* TestClock.adjust('61 seconds');
      return yield* Fiber.join(fiber);
    }).pipe(Effect.provide(TestClock.layer()));
    expect(await Effect.runPromise(waited)).toBe(0);
    expect(problems()['read windows']).toBe('it took longer than 60 s');
  });

  test('being interrupted is no failure', async () => {
    const { attempt, problems } = makeAttempts(() => {});
    const fiber = Effect.runFork(attempt('wait', Effect.never as Effect.Effect<number>, 0));
    await Effect.runPromise(Fiber.interrupt(fiber));
    expect(problems()).toEqual({});
  });
});
