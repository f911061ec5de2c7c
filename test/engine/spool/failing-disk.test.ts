import { spawnSync } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Effect, Exit } from 'effect';
import { TestClock } from 'effect/testing';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type Call, recordingFiles } from './recording-files.ts';
import { tiny } from './row-encoder.ts';
import { filesOf, rowsIn, temporaryFolder, withSpool } from './spool-fixture.ts';

const request = (name: string, rows: number) => tiny({ name, rows });

describe('a group that cannot be made durable', () => {
  for (const broken of ['create', 'write', 'sync', 'syncDirectory']) {
    test(`fails as a whole when ${broken} fails, and leaves no row behind`, async () => {
      const directory = await temporaryFolder();
      const files = recordingFiles();
      const exits = await Effect.runPromise(
        withSpool({ directory, files }, (spool) =>
          Effect.gen(function* () {
            let left = 1;
            files.breakWhen = (call: Call) => (call.operation === broken && left-- > 0 ? 'EIO' : null);
            const failed = yield* Effect.forEach(
              ['a', 'b'],
              (name) => Effect.exit(spool.append('traces', request(name, 10), 'json')),
              { concurrency: 'unbounded' },
            );
            return [...failed, yield* Effect.exit(spool.append('traces', request('c', 1), 'json'))];
          }),
        ),
      );
      const kept = exits.map((exit, index) => (Exit.isSuccess(exit) ? [10, 10, 1][index]! : 0));
      expect(exits.some(Exit.isFailure)).toBe(true);
      expect(Exit.isSuccess(exits[2]!)).toBe(true);
      expect(await rowsIn(directory, 'otel_traces')).toBe(kept.reduce((sum, rows) => sum + rows, 0));
    });
  }

  test('takes nothing with it that was acknowledged before', async () => {
    const directory = await temporaryFolder();
    const files = recordingFiles();
    const status = await Effect.runPromise(
      withSpool({ directory, files }, (spool) =>
        Effect.gen(function* () {
          yield* spool.append('traces', request('kept', 5), 'json');
          let left = 1;
          files.breakWhen = ({ operation }) => (operation === 'sync' && left-- > 0 ? 'EIO' : null);
          const error = yield* Effect.flip(spool.append('traces', request('lost', 7), 'json'));
          expect(error).toMatchObject({ _tag: 'StorageFailed', operation: 'sync', code: 'EIO' });
          // The kernel may lie about this file's next sync: it is closed, and the next group gets a new one.
          expect(yield* Effect.promise(() => filesOf(directory, 'otel_traces'))).toEqual([
            expect.stringMatching(/\.native$/),
          ]);
          return yield* spool.status;
        }),
      ),
    );
    expect(status).toMatchObject({ segments: 1, rows: 5 });
    expect(await rowsIn(directory, 'otel_traces')).toBe(5);
  });

  test('in one of its tables is taken back in all of them', async () => {
    const directory = await temporaryFolder();
    const files = recordingFiles();
    const tables = ['otel_metrics_gauge', 'otel_metrics_sum'] as const;
    await Effect.runPromise(
      withSpool({ directory, files }, (spool) => {
        files.breakWhen = ({ operation, path }) =>
          operation === 'write' && path.includes('otel_metrics_sum') ? 'EIO' : null;
        return Effect.flip(spool.append('metrics', tiny({ name: 'm', rows: 4, tables }), 'json'));
      }),
    );
    for (const table of tables) expect(await filesOf(directory, table)).toEqual([]);
  });

  test('and cannot be cut off either is cut off as soon as the disk obeys', async () => {
    const directory = await temporaryFolder();
    const files = recordingFiles();
    const story = withSpool({ directory, files, limit: { segmentAgeMs: 3_600_000 } }, (spool) =>
      Effect.gen(function* () {
        yield* spool.append('traces', request('kept', 5), 'json');
        files.breakWhen = ({ operation }) => (operation === 'sync' || operation === 'truncate' ? 'EIO' : null);
        yield* Effect.flip(spool.append('traces', request('lost', 7), 'json'));
        expect(yield* Effect.promise(() => rowsIn(directory, 'otel_traces'))).toBe(12);
        files.breakWhen = () => null;
        yield* TestClock.adjust('1 second');
        while (!(yield* Effect.promise(() => filesOf(directory, 'otel_traces')))[0]!.endsWith('.native')) {
          yield* Effect.yieldNow;
        }
        expect(yield* Effect.promise(() => rowsIn(directory, 'otel_traces'))).toBe(5);
      }),
    );
    await Effect.runPromise(story.pipe(Effect.provide(TestClock.layer())));
  });
});

test('a segment that cannot be closed is closed later', async () => {
  const directory = await temporaryFolder();
  const files = recordingFiles();
  const story = withSpool({ directory, files, limit: { segmentAgeMs: 500 } }, (spool) =>
    Effect.gen(function* () {
      yield* spool.append('traces', request('a', 5), 'json');
      files.breakWhen = ({ operation }) => (operation === 'rename' ? 'EIO' : null);
      yield* TestClock.adjust(500);
      expect(yield* Effect.flip(spool.seal)).toMatchObject({ operation: 'rename', code: 'EIO' });
      files.breakWhen = () => null;
      yield* TestClock.adjust('1 second');
      while (!(yield* Effect.promise(() => filesOf(directory, 'otel_traces')))[0]!.endsWith('.native')) {
        yield* Effect.yieldNow;
      }
    }),
  );
  await Effect.runPromise(story.pipe(Effect.provide(TestClock.layer())));
});

test('a disk that is full is overload, and over when there is room again', async ({ skip }) => {
  const directory = await temporaryFolder();
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', directory]);
  skip(mounted.status !== 0, 'needs the right to mount a file system of 256 KiB');
  onTestFinished(() => void spawnSync('umount', [directory]));
  const story = withSpool({ directory, limit: { freeDiskBytes: 0 } }, (spool) =>
    Effect.gen(function* () {
      yield* spool.append('traces', request('small', 10), 'json');
      const error = yield* Effect.flip(
        spool.append('traces', tiny({ name: 'large', rows: 100, padding: 4000 }), 'json'),
      );
      expect(error).toMatchObject({ _tag: 'Overloaded', reason: 'disk-full' });
      expect(yield* Effect.promise(() => rowsIn(directory, 'otel_traces'))).toBe(10);
      yield* spool.append('traces', request('small again', 10), 'json');
    }),
  );
  await Effect.runPromise(story);
  expect(await rowsIn(directory, 'otel_traces')).toBe(20);
  await rm(join(directory, 'otel_traces'), { recursive: true });
});
