import { Effect, Stream } from 'effect';
import type { ArchiveFailed } from '../../domain/errors.ts';
import { type BySignal, type Signal, signals } from '../../domain/signals.ts';
import { hourEnd, hourFolder, hourOf, type ParsedKey, parseKey, signalFolder } from './archive-key.ts';
import { ObjectStore, type StoredObject } from './object-store.ts';

/** Which part of the archive is meant: by the time of receipt. */
export interface ArchiveRange {
  readonly prefix: string;
  readonly signals: readonly Signal[];
  readonly sinceUnixMs: number;
  readonly untilUnixMs: number;
}

/** `parsed` is `null` for what is no name of ours. */
export interface ArchivedObject extends StoredObject {
  readonly parsed: ParsedKey | null;
}

/** Objects and manifests of one signal whose hour touches the range, in the order of time. */
export function listArchive(
  range: ArchiveRange,
  signal: Signal,
): Stream.Stream<ArchivedObject, ArchiveFailed, ObjectStore> {
  const { prefix, untilUnixMs } = range;
  const sinceHour = hourOf(Math.max(0, range.sinceUnixMs));
  return Stream.unwrap(
    Effect.map(ObjectStore, (store) =>
      // Names sort by time: what is before the first hour is not listed, and what is behind the last is not read.
      store.list(signalFolder(prefix, signal), hourFolder(prefix, signal, sinceHour)),
    ),
  ).pipe(
    Stream.map((object) => ({ ...object, parsed: parseKey(prefix, object.key) })),
    Stream.takeWhile(({ parsed }) => parsed === null || parsed.hourUnixMs < untilUnixMs),
  );
}

export interface Holdings {
  readonly objects: number;
  readonly bytes: number;
  readonly oldestHour: string | null;
  readonly newestHour: string | null;
}

/** How much the bucket holds of each signal. */
export const takeInventory = Effect.fnUntraced(function* (
  prefix: string,
): Effect.fn.Return<BySignal<Holdings>, ArchiveFailed, ObjectStore> {
  const all = { prefix, signals, sinceUnixMs: 0, untilUnixMs: Infinity };
  const holdings = (signal: Signal) =>
    listArchive(all, signal).pipe(
      Stream.runFold(
        (): Holdings => ({ objects: 0, bytes: 0, oldestHour: null, newestHour: null }),
        (sum, { bytes, parsed }) => {
          if (parsed?.kind !== 'object') return sum;
          const hour = new Date(parsed.hourUnixMs).toISOString();
          return {
            objects: sum.objects + 1,
            bytes: sum.bytes + bytes,
            oldestHour: sum.oldestHour ?? hour,
            newestHour: hour,
          };
        },
      ),
    );
  return { traces: yield* holdings('traces'), logs: yield* holdings('logs'), metrics: yield* holdings('metrics') };
});

/** Whether the whole hour lies before a moment. */
export const endsBefore = ({ hourUnixMs }: ParsedKey, unixMs: number): boolean => hourEnd(hourUnixMs) <= unixMs;
