import { createHash } from 'node:crypto';
import { Effect, Stream } from 'effect';
import type { ArchiveFailed } from '../../domain/errors.ts';
import type { Signal } from '../../domain/signals.ts';
import { type ArchivedObject, type ArchiveRange, listArchive } from './inventory.ts';
import { type ManifestEntry, parseManifest } from './manifest.ts';
import { ObjectStore } from './object-store.ts';
import { readObject } from './read-object.ts';
import type { Damage } from './record.ts';

/** Something in the bucket that is not as it was written. */
export interface ArchiveFinding {
  readonly key: string;
  readonly problem: string;
}

export interface VerifyReport {
  readonly objects: number;
  readonly manifests: number;
  readonly bytes: number;
  readonly records: number;
  readonly items: number;
  readonly findings: readonly ArchiveFinding[];
}

interface Counts {
  objects: number;
  manifests: number;
  bytes: number;
  records: number;
  items: number;
  readonly findings: ArchiveFinding[];
}

/** Reads every object of the range and holds it against its manifest and its own checksums. */
export const verifyArchive = Effect.fnUntraced(function* (
  range: ArchiveRange,
): Effect.fn.Return<VerifyReport, ArchiveFailed, ObjectStore> {
  const counts: Counts = { objects: 0, manifests: 0, bytes: 0, records: 0, items: 0, findings: [] };
  for (const signal of range.signals) yield* verifySignal(range, signal, counts);
  return counts;
});

const verifySignal = Effect.fnUntraced(function* (range: ArchiveRange, signal: Signal, counts: Counts) {
  const tell = (key: string, problem: string): void => void counts.findings.push({ key, problem });
  const listed = yield* Stream.runCollect(listArchive(range, signal));
  const objects = new Map<string, ArchivedObject>();
  const entries = new Map<string, ManifestEntry>();
  for (const object of listed) {
    if (object.parsed === null) tell(object.key, 'this is no name of the archive');
    else if (object.parsed.kind === 'object') objects.set(object.key, object);
    else {
      counts.manifests += 1;
      for (const entry of yield* entriesOf(object.key, tell)) entries.set(entry.key, entry);
    }
  }
  for (const { key } of entries.values())
    if (!objects.has(key)) tell(key, 'its manifest names it, and it is not there');
  for (const object of objects.values()) {
    counts.objects += 1;
    counts.bytes += object.bytes;
    yield* verifyObject(object, entries.get(object.key), counts, (problem) => tell(object.key, problem));
  }
});

const entriesOf = Effect.fnUntraced(function* (key: string, tell: (key: string, problem: string) => void) {
  const store = yield* ObjectStore;
  const bytes = yield* store.get(key);
  const manifest = bytes === null ? null : parseManifest(bytes);
  if (bytes !== null && manifest === null) tell(key, 'the manifest cannot be read');
  return manifest?.objects ?? [];
});

const verifyObject = Effect.fnUntraced(function* (
  object: ArchivedObject,
  listedEntry: ManifestEntry | undefined,
  counts: Counts,
  tell: (problem: string) => void,
) {
  const store = yield* ObjectStore;
  const bytes = yield* store.get(object.key);
  if (bytes === null) return;
  // Its manifest is written after it: one that was under way when the manifests were read is there by now.
  const entry = listedEntry ?? (yield* lookAgain(object));
  if (entry === undefined) tell('no manifest names it');
  else if (bytes.length !== entry.bytes) tell(`it has ${bytes.length} bytes, its manifest says ${entry.bytes}`);
  else if (createHash('sha256').update(bytes).digest('hex') !== entry.sha256)
    tell('its SHA-256 is not that of its manifest');
  const { records, items, damage } = yield* Effect.promise(() => readWhole(bytes));
  counts.records += records;
  counts.items += items;
  for (const { offset, problem } of damage) tell(`${problem} (at byte ${offset})`);
  if (entry !== undefined && damage.length === 0 && records !== entry.records) {
    tell(`it holds ${records} records, its manifest says ${entry.records}`);
  }
});

const lookAgain = Effect.fnUntraced(function* ({ key, parsed }: ArchivedObject) {
  const manifest = `${key.slice(0, key.lastIndexOf('/'))}/manifest-${parsed?.instance ?? ''}.json`;
  return (yield* entriesOf(manifest, () => {})).find((entry) => entry.key === key);
});

async function readWhole(bytes: Buffer): Promise<{ records: number; items: number; damage: readonly Damage[] }> {
  const damage: Damage[] = [];
  let records = 0;
  let items = 0;
  for await (const frame of readObject(bytes)) {
    records += frame.records.length;
    items += frame.records.reduce((sum, record) => sum + record.items, 0);
    damage.push(...frame.damage);
  }
  return { records, items, damage };
}
