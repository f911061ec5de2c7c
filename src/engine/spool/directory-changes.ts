import { Effect } from 'effect';
import type { SpoolFileSystem } from './spool-files.ts';

/**
 * Tells cheaply (one stat a directory) whether names in a directory may have changed since the last time it was asked.
 * A directory that changed is reported once more at the next asking: the clock behind its time stamp has coarse ticks,
 * so a second change within the tick of the first would otherwise stay unseen. A directory that cannot be asked has
 * changed: whoever then lists it sees the error.
 */
export function makeDirectoryChanges(files: SpoolFileSystem): (path: string) => Effect.Effect<boolean> {
  const last = new Map<string, { stamp: bigint; settled: boolean }>();
  return (path) =>
    files.changed(path).pipe(
      Effect.map((stamp) => {
        const before = last.get(path);
        const same = before?.stamp === stamp;
        last.set(path, { stamp, settled: same });
        return !(same && before.settled);
      }),
      Effect.catch(() => {
        last.delete(path);
        return Effect.succeed(true);
      }),
    );
}
