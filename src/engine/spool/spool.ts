import { Context, type Effect, type Stream } from 'effect';
import type { MalformedPayload, Overloaded, StorageFailed } from '../domain/errors.ts';
import type { Signal } from '../domain/signals.ts';
import type { TelemetryTableName } from '../domain/schema/telemetry.ts';
import type { Appended, Encoding } from '../otlp/encoder.ts';

/** A closed file of Native blocks for one table, whole and synced. Its `id` is the deduplication token of its insert. */
export interface Segment {
  readonly id: string;
  readonly table: TelemetryTableName;
  /** Absolute. */
  readonly path: string;
  readonly rows: number;
  readonly bytes: number;
}

export interface SpoolStatus {
  /** Acknowledged and not yet in the store. */
  readonly segments: number;
  readonly rows: number;
  readonly bytes: number;
  readonly oldestUnixMs: number | null;
  /** Files set aside because their bytes were not what was written. */
  readonly quarantined: number;
}

/** Durable segments between the receivers and the store: what `append` answered for survives any crash. */
export class Spool extends Context.Service<
  Spool,
  {
    /**
     * Completes after every row of the request is in a segment file that has been synced to disk. The payload's memory
     * is the caller's again then: it must not be kept.
     */
    append(
      signal: Signal,
      payload: Uint8Array,
      encoding: Encoding,
    ): Effect.Effect<Appended, MalformedPayload | Overloaded | StorageFailed>;
    /** Closes the open segments now, whatever their size. */
    readonly seal: Effect.Effect<void, StorageFailed>;
    /** Segments as they are closed, for a loader's wake-up; the folder is the truth, not this stream. */
    readonly sealed: Stream.Stream<Segment>;
    readonly status: Effect.Effect<SpoolStatus>;
  }
>()('obs/spool/Spool') {}
