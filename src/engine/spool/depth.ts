import type { TelemetryTableName } from '../domain/schema/telemetry.ts';
import type { SpoolStatus } from './spool.ts';
import { openedUnixMs } from './segment-name.ts';

interface Entry {
  bytes: number;
  rows: number;
  sealed: boolean;
}

/**
 * What is acknowledged and not yet in the store, kept in memory so that asking costs nothing. Another process loads and
 * deletes the segments: `keepOnly` takes over what the folder says.
 */
export interface Depth {
  /** Rows became durable in a segment; the first call makes it known. */
  grow(table: TelemetryTableName, id: string, bytes: number, rows: number): void;
  sealed(table: TelemetryTableName, id: string): void;
  remove(table: TelemetryTableName, id: string): void;
  /** Forgets the closed segments of a table whose id is not in `present`. */
  keepOnly(table: TelemetryTableName, present: ReadonlySet<string>): void;
  readonly bytes: number;
  readonly sealedSegments: number;
  status(): Omit<SpoolStatus, 'quarantined'>;
}

export function makeDepth(): Depth {
  const tables = new Map<TelemetryTableName, Map<string, Entry>>();
  let bytes = 0;
  let rows = 0;
  let sealedSegments = 0;

  const of = (table: TelemetryTableName): Map<string, Entry> => {
    const known = tables.get(table);
    if (known !== undefined) return known;
    const entries = new Map<string, Entry>();
    tables.set(table, entries);
    return entries;
  };

  const remove = (table: TelemetryTableName, id: string): void => {
    const entry = of(table).get(id);
    if (entry === undefined) return;
    of(table).delete(id);
    bytes -= entry.bytes;
    rows -= entry.rows;
    if (entry.sealed) sealedSegments -= 1;
  };

  return {
    grow(table, id, moreBytes, moreRows) {
      const entry = of(table).get(id) ?? { bytes: 0, rows: 0, sealed: false };
      entry.bytes += moreBytes;
      entry.rows += moreRows;
      of(table).set(id, entry);
      bytes += moreBytes;
      rows += moreRows;
    },
    sealed(table, id) {
      const entry = of(table).get(id);
      if (entry === undefined || entry.sealed) return;
      entry.sealed = true;
      sealedSegments += 1;
    },
    remove,
    keepOnly(table, present) {
      for (const [id, entry] of of(table)) if (entry.sealed && !present.has(id)) remove(table, id);
    },
    get bytes() {
      return bytes;
    },
    get sealedSegments() {
      return sealedSegments;
    },
    status() {
      let segments = 0;
      let oldestUnixMs: number | null = null;
      for (const entries of tables.values()) {
        segments += entries.size;
        for (const id of entries.keys()) oldestUnixMs = Math.min(oldestUnixMs ?? Infinity, openedUnixMs(id));
      }
      return { segments, rows, bytes, oldestUnixMs };
    },
  };
}
