import { Effect, Stream } from 'effect';
import type { ArchiveFailed } from '../../domain/errors.ts';
import { type Signal, signals } from '../../domain/signals.ts';
import { endsBefore, listArchive } from './inventory.ts';
import { ObjectStore } from './object-store.ts';

const dayMs = 86_400_000;

/** Days after which an hour's objects go, by signal; a signal without a rule is kept. */
export type ArchiveRetention = Readonly<Partial<Record<Signal, number>>>;

/** What goes of one signal's hour. */
export interface PrunedHour {
  readonly signal: Signal;
  readonly hour: string;
  readonly objects: number;
  readonly bytes: number;
  readonly keys: readonly string[];
}

/** The hours that are wholly past their days, oldest first. Names that are not ours are left alone. */
export const planPrune = Effect.fnUntraced(function* (
  prefix: string,
  days: ArchiveRetention,
  nowUnixMs: number,
): Effect.fn.Return<readonly PrunedHour[], ArchiveFailed, ObjectStore> {
  const plan: PrunedHour[] = [];
  for (const signal of signals) {
    const kept = days[signal];
    if (kept === undefined) continue;
    const before = nowUnixMs - kept * dayMs;
    const found = yield* Stream.runCollect(
      listArchive({ prefix, signals: [signal], sinceUnixMs: 0, untilUnixMs: before }, signal),
    );
    const byHour = Map.groupBy(
      [...found].flatMap(({ parsed, key, bytes }) =>
        parsed !== null && endsBefore(parsed, before) ? [{ ...parsed, key, bytes }] : [],
      ),
      ({ hourUnixMs }) => hourUnixMs,
    );
    for (const [hourUnixMs, all] of byHour) {
      const objects = all.filter(({ kind }) => kind === 'object');
      const manifests = all.filter(({ kind }) => kind === 'manifest');
      plan.push({
        signal,
        hour: new Date(hourUnixMs).toISOString(),
        objects: objects.length,
        bytes: objects.reduce((sum, { bytes }) => sum + bytes, 0),
        // Manifests last: cut off in between, the next run still finds the hour.
        keys: [...objects, ...manifests].map(({ key }) => key),
      });
    }
  }
  return plan;
});

/** Deletes what was planned. Cut off anywhere, it can be done again. */
export const prune = Effect.fnUntraced(function* (
  plan: readonly PrunedHour[],
): Effect.fn.Return<void, ArchiveFailed, ObjectStore> {
  const store = yield* ObjectStore;
  for (const { keys } of plan) yield* store.remove(keys);
});
