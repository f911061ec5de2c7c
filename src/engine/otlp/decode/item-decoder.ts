import type { Surroundings } from './head.ts';

/** Reads one item of a scope: a span, a log record, or a metric with its points. */
export interface ItemDecoder {
  /**
   * Reads the message from the cursor to `end` into rows, or rejects it into the context.
   * @throws Unreadable when the bytes are not such a message
   */
  decode(end: number, surroundings: Surroundings): void;
}
