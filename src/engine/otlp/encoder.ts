import type { TelemetryTableName } from '../domain/schema/telemetry.ts';

/** How an OTLP payload is written on the wire, after decompression. */
export type Encoding = 'protobuf' | 'json';

/** What became of one request. `rejected` items are the partial success that OTLP answers with; nothing is silent. */
export interface Appended {
  /** Items (spans, log records, metric points) that became rows. */
  readonly accepted: number;
  /** Items refused one by one (wrong id length, implausible time …); the rest of the request was kept. */
  readonly rejected: number;
  /** Why, with a count for each reason; empty when nothing was rejected. */
  readonly reasons: ReadonlyMap<string, number>;
  /** Values cut to a limit, attributes dropped over a limit; the rows say so in CutValues and Dropped…Count. */
  readonly cut: number;
  /** The clock that the rows were judged and stamped with, so that the same bytes can become the same rows again. */
  readonly receivedUnixMs?: number;
}

/**
 * One ClickHouse Native block without its two leading varints (number of columns, number of rows), so that the spool
 * can put its frame column in front. `columns` are the table's columns in schema order.
 */
export interface EncodedBlock {
  readonly table: TelemetryTableName;
  readonly columns: number;
  readonly rows: number;
  /** Days since 1970 (UTC) on which the rows lie, perhaps with days of other tables; left out: few. */
  readonly days?: ReadonlySet<number>;
  /** For each column: name, type, data, as the Native format lays them out. Owned by the receiver of the block. */
  readonly body: Uint8Array;
}

/**
 * Decodes OTLP requests of one signal straight into column buffers. Requests pile up until `take`.
 * Not a service: one instance belongs to one committer, on its thread, and is called once a request.
 */
export interface SignalEncoder {
  /**
   * Adds all rows of one `Export{Trace,Logs,Metrics}ServiceRequest`.
   * @param receivedUnixMs the receiver's clock: for records without a time, and to judge the plausible range.
   * @throws MalformedPayload when the payload as a whole cannot be read; then no row of it was added.
   */
  append(payload: Uint8Array, encoding: Encoding, receivedUnixMs: number): Appended;
  /** Rows waiting in the buffers. */
  readonly rows: number;
  /** Days since 1970 (UTC) on which they lie; left out: few. */
  readonly days?: ReadonlySet<number>;
  /** Hands out what waits, one block a table that has rows, and starts anew. */
  take(): readonly EncodedBlock[];
  /** Takes the memory of blocks back for later ones: nobody may read them any more. Blocks may also just be dropped. */
  giveBack?(blocks: readonly EncodedBlock[]): void;
}
