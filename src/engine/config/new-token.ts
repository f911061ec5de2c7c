import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Effect } from 'effect';
import { StorageFailed } from '../domain/errors.ts';
import type { Paths } from './paths.ts';

const tokenBytes = 32;

/**
 * A file with a token that nobody has seen, readable by this user alone; one that is there already stays as it is.
 * @param file `undefined`: beside the user's `obs.yaml`
 */
export function ensureToken(file: string | undefined, paths: Paths): Effect.Effect<string, StorageFailed> {
  const path = file ?? join(dirname(paths.config), 'token');
  return Effect.try({
    try: () => {
      if (existsSync(path)) return path;
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
      writeFileSync(path, `${randomBytes(tokenBytes).toString('base64url')}\n`, { mode: 0o600, flag: 'wx' });
      return path;
    },
    catch: (error) =>
      new StorageFailed({ operation: 'write', path, code: (error as NodeJS.ErrnoException).code ?? String(error) }),
  });
}
