import { createWriteStream } from 'node:fs';
import { rename, stat, unlink } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { Effect, Stream } from 'effect';
import { StorageFailed } from '../domain/errors.ts';

/**
 * Writes an export's requests, gzipped where the file's name ends with `.gz`; to stdout without a file. A file has its
 * name only when all is in it: until then it is `<name>.part`, which a failure removes.
 * @returns how many requests were written
 */
export const writeExport = Effect.fnUntraced(function* <E, R>(
  requests: Stream.Stream<Uint8Array, E, R>,
  file: string | undefined,
): Effect.fn.Return<number, E | StorageFailed, R> {
  let count = 0;
  // What the stream fails with comes out of the pipeline again, among what the disk says.
  let failed: { readonly error: E } | null = null;
  const counted = requests.pipe(
    Stream.tap(() => Effect.sync(() => (count += 1))),
    Stream.tapError((error) => Effect.sync(() => (failed = { error }))),
  );
  const chunks = yield* Stream.toAsyncIterableEffect(counted);
  const attempt = (path: string, call: () => Promise<void>): Effect.Effect<void, E | StorageFailed> =>
    Effect.tryPromise({
      try: call,
      catch: (error) => failed?.error ?? new StorageFailed({ operation: 'write', path, code: codeOf(error) }),
    });
  if (file === undefined) {
    yield* attempt('stdout', () => pipeline(chunks, process.stdout, { end: false }));
    return count;
  }
  // A pipe or a device is written as it is: renaming would put a file in its place.
  const isPlain = yield* Effect.promise(() =>
    stat(file).then(
      (found) => found.isFile(),
      () => true,
    ),
  );
  const draft = isPlain ? `${file}.part` : file;
  const write = (): Promise<void> =>
    file.endsWith('.gz')
      ? pipeline(chunks, createGzip(), createWriteStream(draft))
      : pipeline(chunks, createWriteStream(draft));
  const finish = isPlain ? attempt(file, () => rename(draft, file)) : Effect.void;
  const remove = isPlain ? Effect.promise(() => unlink(draft).catch(() => {})) : Effect.void;
  yield* attempt(file, write).pipe(
    Effect.andThen(finish),
    Effect.onError(() => remove),
  );
  return count;
});

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException | undefined)?.code ?? String(error);
}
