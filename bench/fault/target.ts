/** What became of a request: the sender heard yes, heard no, or heard nothing (which promises nothing). */
export type Outcome = 'acknowledged' | 'refused' | 'unanswered';

/** A program under test that is up, or about to be. */
export interface RunningTarget {
  /** Rejects when the program ends before it is ready. */
  readonly ready: Promise<void>;
  /** Sends one request with `rows` spans; never rejects, whatever happens to the program. */
  send(request: number, rows: number): Promise<Outcome>;
  /** kill -9 and wait until it is gone. */
  kill(): Promise<void>;
  /** kill -9 of the engine process alone, of the next one when the last is dead already; the rest stays up. */
  killEngine(): Promise<void>;
  /** Waits until everything acknowledged is loaded, then counts. */
  count(): Promise<Counts>;
  /** A clean end. */
  stop(): Promise<void>;
}

export interface Target {
  start(): RunningTarget;
}

export interface StoredRequest {
  readonly request: number;
  /** Spans in the table, and different ones among them. */
  readonly rows: number;
  readonly distinct: number;
}

export interface Counts {
  readonly stored: readonly StoredRequest[];
  /** Calls in the rollup, for each request that it knows. */
  readonly rollup: ReadonlyMap<number, number>;
  /** Groups of all derived tables (rollups, trace index, instances, log counts) that differ from their source. */
  readonly derivedDiffer: number;
}
