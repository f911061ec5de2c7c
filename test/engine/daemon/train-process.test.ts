import { readFileSync } from 'node:fs';
import { Effect, Exit, Fiber } from 'effect';
import { describe, expect, test } from 'vitest';
import { decide } from '../../../src/engine/analyze/models/decide.ts';
import { Trainer } from '../../../src/engine/analyze/models/trainer.ts';
import { isAlive } from '../../../src/engine/daemon/process-identity.ts';
import { type TrainingBounds, trainInChildWithin } from '../../../src/engine/daemon/train-process.ts';
import { requestOf } from '../analyze/models/support/requests.ts';
import { shopRows } from '../analyze/models/support/shop.ts';

const request = requestOf(shopRows({ service: 'pay', seed: 1, windows: 1440, startMs: 0 }));
const MiB = 1024 ** 2;

const train = (bounds: TrainingBounds, what = request) =>
  Effect.flatMap(Trainer, (trainer) => trainer.train(what)).pipe(Effect.provide(trainInChildWithin(bounds)));

/** Its nice value (proc(5), field 19), where there is a /proc. */
const niceOf = (pid: number): number => {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[16]);
};

describe('training in a process of its own', () => {
  test.runIf(process.platform === 'linux')('has the lowest priority, gives its models and is gone', async () => {
    let pid = 0;
    let nice = 0;
    const onStart = (started: number): void => {
      pid = started;
      nice = niceOf(started);
    };
    const models = await Effect.runPromise(train({ ms: 60_000, bytes: 768 * MiB, onStart }));
    expect(decide(models, new Set())[0]).toMatchObject({ family: 'linear', takesOver: true });
    expect(nice).toBe(19);
    expect(isAlive(pid)).toBe(false);
  });

  test('is killed with whoever waits for it', async () => {
    let pid = 0;
    const started = Promise.withResolvers<void>();
    const onStart = (one: number): void => {
      pid = one;
      started.resolve();
    };
    const fiber = Effect.runFork(train({ ms: 60_000, bytes: 768 * MiB, onStart }));
    await started.promise;
    expect(isAlive(pid)).toBe(true);
    await Effect.runPromise(Fiber.interrupt(fiber));
    expect(isAlive(pid)).toBe(false);
  });

  test('ends when it takes too long, needs too much memory, or has too little to learn from', async () => {
    const whyNot = async (bounds: TrainingBounds, what = request): Promise<string> => {
      const exit = await Effect.runPromiseExit(Effect.flip(train(bounds, what)));
      return Exit.isSuccess(exit) ? exit.value.reason : 'trained';
    };
    expect(await whyNot({ ms: 50, bytes: 768 * MiB })).toContain('longer than 0.05 s');
    expect(await whyNot({ ms: 60_000, bytes: 10 * MiB })).toContain('more than 10 MiB');
    const few = requestOf(shopRows({ service: 'pay', seed: 1, windows: 100, startMs: 0 }));
    expect(await whyNot({ ms: 60_000, bytes: 768 * MiB }, few)).toContain('at least 720 are needed');
  });
});
