import { Effect, Schedule, type Scope } from 'effect';
import { StorageFailed } from '../domain/errors.ts';
import type { EngineUnavailable, QueryFailed } from '../domain/errors.ts';
import { type DamagedPart, findDamagedParts, removeExpired } from '../store/embedded/damaged-parts.ts';
import { copyDefinitions, mendDefinitions } from '../store/embedded/definitions.ts';
import { makeBrokenPartSearch, openWithBrokenParts } from '../store/embedded/detach-broken.ts';
import type { Store } from '../store/store.ts';
import { describeDamagedPart } from './describe-damage.ts';
import type { EngineSettings } from './engine-protocol.ts';

/** What is wrong with the embedded store's files, for the status. */
export interface StoreDamage {
  /** Out of their tables until somebody removes their files. */
  readonly parts: readonly DamagedPart[];
  /** Files put back from their copies when this engine started: nothing is missing for it. */
  readonly mended: readonly string[];
}

const dayMs = 24 * 3600 * 1000;
/** How often the engine's own notes of errors are looked at; a query of about a millisecond. */
const lookEvery = Schedule.spaced('5 seconds');

/** Before the store is opened: files without which the engine would not start are put back from their copies. */
export function mendStore(storePath: string): Effect.Effect<readonly string[], StorageFailed> {
  return Effect.try({
    try: () => mendDefinitions(storePath),
    catch: (error) =>
      error instanceof StorageFailed
        ? error
        : new StorageFailed({ operation: 'mend the definitions in', path: storePath, code: String(error) }),
  });
}

/**
 * Once the store is open: takes broken parts out of their tables as reads and merges find them, and says so, those too
 * that the engine itself took out when it started. Ends with the scope.
 */
export const watchDamage = Effect.fnUntraced(function* (
  { storePath, retentionDays }: Pick<EngineSettings, 'storePath' | 'retentionDays'>,
  mended: readonly string[],
  takeFailures: () => readonly string[],
  onEvent: (event: string) => void,
): Effect.fn.Return<() => StoreDamage, QueryFailed | EngineUnavailable, Store | Scope.Scope> {
  yield* openWithBrokenParts;
  yield* Effect.sync(() => copyDefinitions(storePath));
  for (const name of mended) onEvent(`store: ${name} was damaged and is put back from its copy`);
  for (const part of findDamagedParts(storePath)) onEvent(`store: ${describeDamagedPart(part)}`);

  const search = makeBrokenPartSearch(takeFailures);
  const longest = Math.max(retentionDays.traces, retentionDays.logs, retentionDays.metrics);
  const look = Effect.gen(function* () {
    for (const { table, part, reason } of yield* search) {
      const found = findDamagedParts(storePath).find((other) => other.table === table && other.part === part);
      onEvent(
        `store: ${found === undefined ? `part ${part} of ${table} is damaged` : describeDamagedPart(found)}: ${reason}`,
      );
    }
    const now = yield* Effect.clockWith((clock) => clock.currentTimeMillis);
    const oldestKept = new Date(now - longest * dayMs).toISOString().slice(0, 10);
    for (const { table, part } of removeExpired(findDamagedParts(storePath), oldestKept)) {
      onEvent(`store: removed the damaged part ${part} of ${table}: its day is past retention`);
    }
  });
  yield* look.pipe(
    Effect.catch((error) => Effect.sync(() => onEvent(`store: the search for damaged parts failed: ${error.message}`))),
    Effect.repeat(lookEvery),
    Effect.forkScoped,
  );
  return () => ({ parts: findDamagedParts(storePath), mended });
});
