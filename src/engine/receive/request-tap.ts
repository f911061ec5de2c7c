import type { Signal } from '../domain/signals.ts';
import type { Encoding } from '../otlp/encoder.ts';

/** A request that was taken, as it came: what somebody who listens in is told. */
export interface TakenRequest {
  readonly signal: Signal;
  readonly encoding: Encoding;
  /** After decompression. The memory is used again when the tap returns: what is kept must be copied. */
  readonly payload: Uint8Array;
  /** The clock that the rows were judged and stamped with. */
  readonly receivedUnixMs: number;
  /** Spans, log records or metric points that became rows. */
  readonly items: number;
}

/** Listens in on requests that are durable already. It must return at once and throw nothing: nobody waits for it. */
export type RequestTap = (request: TakenRequest) => void;
