import { Schema } from 'effect';
import { signals } from '../../domain/signals.ts';

const Entry = Schema.Struct({
  key: Schema.String,
  bytes: Schema.Number,
  sha256: Schema.String,
  contentBytes: Schema.Number,
  records: Schema.Number,
  items: Schema.Number,
  firstUnixMs: Schema.Number,
  lastUnixMs: Schema.Number,
});

const Manifest = Schema.Struct({
  version: Schema.Literal(1),
  instance: Schema.String,
  signal: Schema.Literals(signals),
  hour: Schema.String,
  objects: Schema.Array(Entry),
});

/** One object as a manifest has it: enough to know it is the one that was written. */
export type ManifestEntry = typeof Entry.Type;
/** What one instance has written of one signal in one hour. */
export type Manifest = typeof Manifest.Type;

const decode = Schema.decodeUnknownSync(Schema.fromJsonString(Manifest));

/** `null` when the bytes are no manifest. */
export function parseManifest(bytes: Uint8Array): Manifest | null {
  try {
    return decode(Buffer.from(bytes).toString('utf8'));
  } catch {
    return null;
  }
}

export function formatManifest(manifest: Manifest): Buffer {
  return Buffer.from(`${JSON.stringify(manifest, null, 1)}\n`);
}

/** The same object again replaces its entry. */
export function withEntry(manifest: Manifest, entry: ManifestEntry): Manifest {
  const others = manifest.objects.filter(({ key }) => key !== entry.key);
  return { ...manifest, objects: [...others, entry].toSorted((a, b) => (a.key < b.key ? -1 : 1)) };
}
