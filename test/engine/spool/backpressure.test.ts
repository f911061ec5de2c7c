import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Effect, Exit, Fiber, Layer } from 'effect';
import { TestClock } from 'effect/testing';
import { describe, expect, test } from 'vitest';
import { Spool } from '../../../src/engine/spool/spool.ts';
import { recordingFiles } from './recording-files.ts';
import { tiny } from './row-encoder.ts';
import { filesOf, rowsIn, spoolLayer, temporaryFolder, withSpool } from './spool-fixture.ts';

const large = tiny({ name: 'large', rows: 10, padding: 100 });

describe('a spool', () => {
  test('that holds as much as it may says when to come again, and takes more once segments are loaded', async () => {
    const directory = await temporaryFolder();
    const story = withSpool({ directory, limit: { diskBytes: 2500, segmentAgeMs: 100 } }, (spool) =>
      Effect.gen(function* () {
        yield* spool.append('traces', large, 'json');
        yield* spool.append('traces', large, 'json');
        const refused = yield* Effect.flip(spool.append('traces', large, 'json'));
        expect(refused).toMatchObject({ _tag: 'Overloaded', reason: 'spool-full', retryAfterMs: 1000 });
        yield* spool.seal;
        expect(yield* spool.status).toMatchObject({ segments: 1, rows: 20 });
        // As a loader in another process does.
        const [name] = yield* Effect.promise(() => filesOf(directory, 'otel_traces'));
        yield* Effect.promise(() => rm(join(directory, 'otel_traces', name!)));
        while ((yield* spool.status).segments > 0) {
          yield* TestClock.adjust(200);
          yield* Effect.yieldNow;
        }
        expect(yield* spool.status).toMatchObject({ segments: 0, rows: 0, bytes: 0, oldestUnixMs: null });
        yield* spool.append('traces', large, 'json');
      }),
    );
    await Effect.runPromise(story.pipe(Effect.provide(TestClock.layer())));
  });

  test('stops while the disk is short of room', async () => {
    const directory = await temporaryFolder();
    const real = recordingFiles();
    let free = 1000;
    const files = { ...real, freeBytes: () => Effect.succeed(free) };
    const story = withSpool({ directory, files, limit: { freeDiskBytes: 2000 } }, (spool) =>
      Effect.gen(function* () {
        const refused = yield* Effect.flip(spool.append('traces', large, 'json'));
        expect(refused).toMatchObject({ _tag: 'Overloaded', reason: 'disk-full' });
        free = 5000;
        yield* TestClock.adjust('1 second');
        yield* spool.append('traces', large, 'json');
      }),
    );
    await Effect.runPromise(story.pipe(Effect.provide(TestClock.layer())));
    expect(await rowsIn(directory, 'otel_traces')).toBe(10);
  });

  test('takes no more than it may hold in memory for one group', async () => {
    const directory = await temporaryFolder();
    const payload = tiny({ name: 'a', rows: 1 });
    const exits = await Effect.runPromise(
      withSpool({ directory, limit: { waitingBytes: payload.length * 3 } }, (spool) =>
        Effect.gen(function* () {
          yield* spool.append('traces', payload, 'json');
          return yield* Effect.forEach(
            Array.from({ length: 10 }, () => payload),
            (payload) => Effect.exit(spool.append('traces', payload, 'json')),
            { concurrency: 'unbounded' },
          );
        }),
      ),
    );
    const refused = exits.filter(Exit.isFailure);
    expect(refused.length).toBeGreaterThan(0);
    expect(JSON.stringify(refused[0])).toContain('"reason":"memory"');
    expect(await rowsIn(directory, 'otel_traces')).toBe(11 - refused.length);
  });

  test('that ends answers who waits and refuses who comes', async () => {
    const directory = await temporaryFolder();
    const late = await Effect.runPromise(
      Effect.gen(function* () {
        const { spool, waiting } = yield* Effect.scoped(
          Effect.gen(function* () {
            const spool = (yield* Layer.build(spoolLayer({ directory }))).mapUnsafe.get(Spool.key) as Spool['Service'];
            yield* spool.append('traces', large, 'json');
            const waiting = yield* Effect.forkDetach(spool.append('traces', large, 'json'), {
              startImmediately: true,
            });
            return { spool, waiting };
          }),
        );
        expect(yield* Fiber.join(waiting)).toMatchObject({ accepted: 10 });
        return yield* Effect.flip(spool.append('traces', large, 'json'));
      }),
    );
    expect(late).toMatchObject({ _tag: 'Overloaded', reason: 'shutting-down' });
    expect(await filesOf(directory, 'otel_traces')).toEqual([expect.stringMatching(/\.native$/)]);
    expect(await rowsIn(directory, 'otel_traces')).toBe(20);
  });
});
