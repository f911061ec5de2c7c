import { Effect } from 'effect';
import type { ArchiveSettings } from '../config/archive-settings.ts';
import { resolvePaths } from '../config/paths.ts';
import { loadSettings } from '../config/settings.ts';
import { BadInput, type ObsError } from '../domain/errors.ts';
import { limits } from '../domain/limits.ts';
import type { ObjectStore } from '../store/archive/object-store.ts';

/** The archive that is configured where a command runs. */
export const configuredArchive = Effect.fnUntraced(function* (
  env: Readonly<Record<string, string | undefined>>,
): Effect.fn.Return<ArchiveSettings, ObsError> {
  const { archive } = yield* loadSettings({}, env, resolvePaths(env), process.cwd());
  if (archive !== null) return archive;
  return yield* new BadInput({
    what: 'There is no archive',
    why: 'obs.yaml has no archive: in it, neither here nor in the configuration folder',
    hint: 'docs/archive.md shows the settings',
  });
});

/**
 * Runs what needs the bucket, with a client of its own.
 * @param silenceMs how long a request may go on without a byte; short, since somebody waits
 */
export const withArchive = <A, R>(
  env: Readonly<Record<string, string | undefined>>,
  use: (settings: ArchiveSettings) => Effect.Effect<A, ObsError, R>,
  silenceMs: number = limits.archive.commandSilenceMs,
): Effect.Effect<A, ObsError, Exclude<R, ObjectStore>> =>
  Effect.gen(function* () {
    const settings = yield* configuredArchive(env);
    const { s3ObjectStore } = yield* Effect.promise(() => import('../store/archive/s3-object-store.ts'));
    return yield* Effect.provide(use(settings), s3ObjectStore(settings, silenceMs));
  });
