import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Effect } from 'effect';
import { StorageFailed } from '../../domain/errors.ts';
import type { ModelRow } from './model-rows.ts';

export interface WrittenModel {
  readonly path: string;
  readonly id: string;
  readonly scope: string;
  readonly family: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** @param path `null` for a name made of scope, family and id, in the working directory */
export const writeModelFile = Effect.fnUntraced(function* (
  { model, file }: { readonly model: ModelRow; readonly file: Uint8Array },
  path: string | null,
): Effect.fn.Return<WrittenModel, StorageFailed> {
  const { id, scope, family, checksum } = model;
  // A service's name may hold anything, slashes too.
  const target = resolve(path ?? `${scope.replaceAll(/[^\p{L}\p{N}._-]+/gu, '_')}-${family}-${id}.onnx`);
  yield* Effect.tryPromise({
    try: () => writeFile(target, file),
    catch: (error) =>
      new StorageFailed({
        operation: 'write',
        path: target,
        code: (error as NodeJS.ErrnoException).code ?? String(error),
      }),
  });
  return { path: target, id, scope, family, bytes: file.length, sha256: checksum };
});
