import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Clock, Effect, Stream } from 'effect';
import type { ObsError } from '../domain/errors.ts';
import { limits } from '../domain/limits.ts';
import { type BySignal, bySignal, type Signal } from '../domain/signals.ts';
import { embeddedStore } from '../store/embedded-store.ts';
import { type ArchiveRange, listArchive } from '../store/archive/inventory.ts';
import { ObjectStore } from '../store/archive/object-store.ts';
import { readObject } from '../store/archive/read-object.ts';
import type { ArchiveFinding } from '../store/archive/verify.ts';
import type { QueryClient } from '../store/query-client.ts';
import type { Store } from '../store/store.ts';
import { Candidates } from './candidates.ts';
import { compareWithStore, prepareScratch } from './compare.ts';
import { addSegments, untilLoaded } from './spool-segments.ts';

export interface ReplayOptions {
  readonly range: ArchiveRange;
  /** The running daemon's spool: what the store lacks is put there. */
  readonly spool: string;
  /** A folder of the replay's own on the same disk as the spool; emptied before and after. */
  readonly folder: string;
  readonly onProgress: (objects: number, of: number, counts: BySignal<ReplayCounts>) => void;
}

export interface ReplayCounts {
  readonly objects: number;
  /** Of those, the ones of which a part, or all, could not be read. */
  readonly unreadable: number;
  /** Requests of the range. */
  readonly records: number;
  /** Their spans, log records or points … */
  readonly rows: number;
  /** … and those of them that the store lacked, and has now. */
  readonly added: number;
}

export interface ReplayReport {
  readonly objects: number;
  readonly signals: BySignal<ReplayCounts>;
  /** What of the archive could not be read; the rest was replayed. */
  readonly findings: readonly ArchiveFinding[];
}

/** Brings archived requests back into the store behind a running daemon, as far as it lacks their rows. */
export const replay = Effect.fnUntraced(
  function* (options: ReplayOptions): Effect.fn.Return<ReplayReport, ObsError, ObjectStore | QueryClient | Store> {
    const { range } = options;
    const counts = bySignal(() => ({ objects: 0, unreadable: 0, records: 0, rows: 0, added: 0 }));
    const findings: ArchiveFinding[] = [];
    yield* prepareScratch;
    const listed = yield* Effect.forEach(range.signals, (signal) => Stream.runCollect(listArchive(range, signal)));
    const objects = listed.flatMap((some) => [...some]).filter(({ parsed }) => parsed?.kind === 'object');
    // A request is archived after it is in the spool: what these objects hold is loaded once the spool of now is.
    yield* untilLoaded(options.spool, yield* Clock.currentTimeMillis);

    let done = 0;
    for (const signal of range.signals) {
      const candidates = new Candidates(signal);
      const ofSignal = objects.filter(({ parsed }) => parsed?.signal === signal);
      for (const { key } of ofSignal) {
        yield* readInto(
          options,
          key,
          candidates,
          counts[signal],
          findings,
          bringIn(options, signal, candidates, counts),
        );
        done += 1;
        counts[signal].objects += 1;
        if (findings.at(-1)?.key === key) counts[signal].unreadable += 1;
        options.onProgress(done, objects.length, counts);
      }
      yield* bringIn(options, signal, candidates, counts);
      if (candidates.unreadable > 0) {
        findings.push({ key: signal, problem: `${candidates.unreadable} requests cannot be decoded` });
      }
    }
    return { objects: objects.length, signals: counts, findings };
  },
  (effect, { folder }) =>
    Effect.suspend(() => {
      rmSync(folder, { recursive: true, force: true });
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      return effect.pipe(
        Effect.provide(embeddedStore({ path: join(folder, 'scratch') })),
        Effect.ensuring(Effect.sync(() => rmSync(folder, { recursive: true, force: true }))),
      );
    }),
);

const readInto = Effect.fnUntraced(function* (
  { range }: ReplayOptions,
  key: string,
  candidates: Candidates,
  counts: { records: number },
  findings: ArchiveFinding[],
  bringInNow: Effect.Effect<void, ObsError, QueryClient | Store>,
) {
  const store = yield* ObjectStore;
  const bytes = yield* store.get(key);
  if (bytes === null) return void findings.push({ key, problem: 'it was deleted meanwhile' });
  const frames = readObject(bytes);
  for (;;) {
    const next = yield* Effect.promise(() => frames.next());
    if (next.done === true) return;
    const { records, damage } = next.value;
    for (const { offset, problem } of damage) findings.push({ key, problem: `${problem} (at byte ${offset})` });
    for (const record of records) {
      if (record.receivedUnixMs < range.sinceUnixMs || record.receivedUnixMs >= range.untilUnixMs) continue;
      candidates.add(record);
      counts.records += 1;
    }
    const { replayBatchBytes, replayBatchRows } = limits.archive;
    if (candidates.contentBytes >= replayBatchBytes || candidates.rows >= replayBatchRows) yield* bringInNow;
  }
});

/** Compares what waits with the store, and waits until what it lacked is loaded: the next batch is compared with that. */
const bringIn = (
  { spool, folder }: ReplayOptions,
  signal: Signal,
  candidates: Candidates,
  counts: Record<Signal, { rows: number; added: number }>,
): Effect.Effect<void, ObsError, QueryClient | Store> =>
  Effect.gen(function* () {
    for (const [table, blocks] of candidates.take()) {
      const { candidates: rows, missing } = yield* compareWithStore(table, blocks, folder);
      counts[signal].rows += rows;
      if (missing.length === 0) continue;
      const now = yield* Clock.currentTimeMillis;
      yield* addSegments(spool, folder, table, missing, now);
      yield* untilLoaded(spool, now);
      counts[signal].added += missing.reduce((sum, block) => sum + block.rows, 0);
    }
  });
