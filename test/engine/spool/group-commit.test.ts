import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Effect, Exit, Fiber, Stream } from 'effect';
import { TestClock } from 'effect/testing';
import { describe, expect, test } from 'vitest';
import { scanFrames } from '../../../src/engine/spool/frame.ts';
import { recordingFiles } from './recording-files.ts';
import { tiny, tinyEncoder } from './row-encoder.ts';
import { filesOf, rowsIn, temporaryFolder, withSpool } from './spool-fixture.ts';

describe('an append', () => {
  test('is answered after its bytes and the name of their file are on the disk, in that order of calls', async () => {
    const directory = await temporaryFolder();
    const files = recordingFiles();
    const calls = await Effect.runPromise(
      withSpool({ directory, files }, (spool) =>
        Effect.gen(function* () {
          files.calls.length = 0;
          yield* spool.append('traces', tiny({ name: 'a', rows: 3 }), 'json');
          return [...files.calls];
        }),
      ),
    );
    const made = calls.filter(({ path }) => path.includes('otel_traces')).map(({ operation }) => operation);
    expect(made.slice(0, 2)).toEqual(['create', 'write']);
    expect(made.slice(2).sort()).toEqual(['sync', 'syncDirectory']);
  });

  test('needs no sync of the folder where the segment is there already', async () => {
    const directory = await temporaryFolder();
    const files = recordingFiles();
    const calls = await Effect.runPromise(
      withSpool({ directory, files }, (spool) =>
        Effect.gen(function* () {
          yield* spool.append('traces', tiny({ name: 'a', rows: 3 }), 'json');
          files.calls.length = 0;
          yield* spool.append('traces', tiny({ name: 'b', rows: 3 }), 'json');
          return files.calls.map(({ operation }) => operation);
        }),
      ),
    );
    expect(calls).toEqual(['write', 'sync']);
  });

  test('says what the encoder said, and has nothing to wait for when no row came of it', async () => {
    const directory = await temporaryFolder();
    const files = recordingFiles();
    const answers = await Effect.runPromise(
      withSpool({ directory, files }, (spool) =>
        Effect.all([
          spool.append('logs', tiny({ name: 'a', rows: 5 }), 'json'),
          spool.append('metrics', tiny({ name: 'nothing', rows: 0 }), 'json'),
        ]),
      ),
    );
    expect(answers.map(({ accepted }) => accepted)).toEqual([5, 0]);
    expect(await filesOf(directory, 'otel_metrics_gauge')).toEqual([]);
  });

  test('of garbage fails alone: its neighbours in the group are kept', async () => {
    const directory = await temporaryFolder();
    const exits = await Effect.runPromise(
      withSpool({ directory }, (spool) =>
        Effect.forEach(
          [tiny({ name: 'a', rows: 1 }), Buffer.from('garbage'), tiny({ name: 'b', rows: 1 })],
          (payload) => Effect.exit(spool.append('traces', payload, 'json')),
          { concurrency: 'unbounded' },
        ),
      ),
    );
    expect(exits.map(Exit.isSuccess)).toEqual([true, false, true]);
    expect(JSON.stringify(exits[1])).toContain('MalformedPayload');
    expect(await rowsIn(directory, 'otel_traces')).toBe(2);
  });

  test('goes on when its sender goes away', async () => {
    const directory = await temporaryFolder();
    await Effect.runPromise(
      withSpool({ directory }, (spool) =>
        Effect.gen(function* () {
          yield* spool.append('traces', tiny({ name: 'first', rows: 4 }), 'json');
          const fiber = yield* Effect.forkChild(spool.append('traces', tiny({ name: 'gone', rows: 2 }), 'json'), {
            startImmediately: true,
          });
          yield* Fiber.interrupt(fiber);
          yield* spool.append('traces', tiny({ name: 'next', rows: 1 }), 'json');
        }),
      ),
    );
    expect(await rowsIn(directory, 'otel_traces')).toBe(7);
  });
});

describe('a group', () => {
  test('of a hundred requests that come together shares a few syncs', async () => {
    const directory = await temporaryFolder();
    const files = recordingFiles();
    await Effect.runPromise(
      withSpool({ directory, files }, (spool) =>
        Effect.forEach(
          Array.from({ length: 100 }, (_, index) => tiny({ name: `request ${index}`, rows: 2 })),
          (payload) => spool.append('traces', payload, 'json'),
          { concurrency: 'unbounded' },
        ),
      ),
    );
    expect(await rowsIn(directory, 'otel_traces')).toBe(200);
    expect(files.count('sync')).toBeLessThanOrEqual(5);
  });

  test('that reaches several tables is synced in all of them before it is answered', async () => {
    const directory = await temporaryFolder();
    const files = recordingFiles();
    const tables = ['otel_metrics_gauge', 'otel_metrics_sum', 'otel_metrics_histogram'] as const;
    const synced = await Effect.runPromise(
      withSpool({ directory, files }, (spool) =>
        spool
          .append('metrics', tiny({ name: 'm', rows: 2, tables }), 'json')
          .pipe(Effect.map(() => files.calls.filter(({ operation }) => operation === 'sync').map(({ path }) => path))),
      ),
    );
    for (const table of tables) expect(synced.some((path) => path.includes(`/${table}/`))).toBe(true);
  });

  test('larger than a block is cut into several', async () => {
    const directory = await temporaryFolder();
    await Effect.runPromise(
      withSpool({ directory, limit: { blockRows: 10 } }, (spool) =>
        Effect.forEach(
          Array.from({ length: 20 }, (_, index) => tiny({ name: `${index}`, rows: 5 })),
          (payload) => spool.append('traces', payload, 'json'),
          { concurrency: 'unbounded' },
        ),
      ),
    );
    const [name] = await filesOf(directory, 'otel_traces');
    const { sound } = scanFrames(await readFile(join(directory, 'otel_traces', name!)));
    expect(sound.reduce((sum, frame) => sum + frame.rows, 0)).toBe(100);
    expect(Math.max(...sound.map((frame) => frame.rows))).toBe(10);
  });

  for (const broken of ['append', 'take'] as const) {
    test(`whose encoder broke in ${broken} fails, and the next one is fine`, async () => {
      const directory = await temporaryFolder();
      let made = 0;
      const makeEncoder: typeof tinyEncoder = (signal) => {
        const encoder = tinyEncoder(signal);
        const breaks = signal === 'traces' && made++ === 0 ? broken : null;
        const maybeBreak = (call: string): void => {
          if (call === breaks) throw new RangeError('offset out of range');
        };
        return {
          append: (...request) => {
            maybeBreak('append');
            return encoder.append(...request);
          },
          get rows() {
            return encoder.rows;
          },
          take: () => {
            maybeBreak('take');
            return encoder.take();
          },
        };
      };
      const exits = await Effect.runPromise(
        withSpool({ directory, makeEncoder }, (spool) =>
          Effect.forEach(['a', 'b'], (name) => Effect.exit(spool.append('traces', tiny({ name, rows: 1 }), 'json'))),
        ),
      );
      expect(exits.map(Exit.isSuccess)).toEqual([false, true]);
      expect(await rowsIn(directory, 'otel_traces')).toBe(1);
    });
  }
});

describe('a segment is closed', () => {
  const names = (directory: string) => Effect.promise(() => filesOf(directory, 'otel_traces'));

  test('when it is old enough', async () => {
    const directory = await temporaryFolder();
    const story = withSpool({ directory, limit: { segmentAgeMs: 500 } }, (spool) =>
      Effect.gen(function* () {
        const closed = yield* Effect.forkChild(Stream.runHead(spool.sealed), { startImmediately: true });
        yield* spool.append('traces', tiny({ name: 'a', rows: 7 }), 'json');
        expect(yield* names(directory)).toEqual([expect.stringMatching(/\.open$/)]);
        yield* TestClock.adjust(499);
        expect(yield* names(directory)).toEqual([expect.stringMatching(/\.open$/)]);
        yield* TestClock.adjust(1);
        expect(yield* Fiber.join(closed)).toMatchObject({ value: { rows: 7, table: 'otel_traces' } });
        expect(yield* names(directory)).toEqual([expect.stringMatching(/\.native$/)]);
      }),
    );
    await Effect.runPromise(story.pipe(Effect.provide(TestClock.layer())));
  });

  test('later when much came in by then', async () => {
    const directory = await temporaryFolder();
    const limit = { segmentAgeMs: 500, busySegmentBytes: 1000, busySegmentAgeMs: 1200 };
    const story = withSpool({ directory, limit }, (spool) =>
      Effect.gen(function* () {
        const closed = yield* Effect.forkChild(Stream.runHead(spool.sealed), { startImmediately: true });
        yield* spool.append('traces', tiny({ name: 'a', rows: 7, padding: 2000 }), 'json');
        yield* TestClock.adjust(1199);
        expect(yield* names(directory)).toEqual([expect.stringMatching(/\.open$/)]);
        yield* TestClock.adjust(1);
        expect(yield* Fiber.join(closed)).toMatchObject({ value: { rows: 7, table: 'otel_traces' } });
      }),
    );
    await Effect.runPromise(story.pipe(Effect.provide(TestClock.layer())));
  });

  test('when it is large enough', async () => {
    const directory = await temporaryFolder();
    const closed = await Effect.runPromise(
      withSpool({ directory, limit: { segmentBytes: 1000, segmentAgeMs: 60_000 } }, (spool) =>
        Effect.gen(function* () {
          for (let index = 0; index < 4; index++) {
            yield* spool.append('traces', tiny({ name: `${index}`, rows: 1, padding: 600 }), 'json');
          }
          yield* spool.seal;
          return (yield* names(directory)).filter((name) => name.endsWith('.native')).length;
        }),
      ),
    );
    expect(closed).toBe(2);
  });

  test('on request, and when the spool ends', async () => {
    const directory = await temporaryFolder();
    const states = await Effect.runPromise(
      withSpool({ directory, limit: { segmentAgeMs: 60_000 } }, (spool) =>
        Effect.gen(function* () {
          yield* spool.append('traces', tiny({ name: 'a', rows: 1 }), 'json');
          yield* spool.seal;
          yield* spool.append('traces', tiny({ name: 'b', rows: 1 }), 'json');
          return yield* names(directory);
        }),
      ),
    );
    expect(states.map((name) => name.split('.')[1])).toEqual(['native', 'open']);
    const after = await filesOf(directory, 'otel_traces');
    expect(after.map((name) => name.split('.')[1])).toEqual(['native', 'native']);
  });
});
