import { Data } from 'effect';
import type { BadRow } from './row-reader.ts';

/** Why nothing of an input could be read. They reach the commands as values; what a person reads is composed there. */
export type InputError = InputUnreadable | InputEmpty | NoNumericColumn;

/** The file or stream itself failed: it does not exist, may not be read, or its gzip is damaged from the start. */
export class InputUnreadable extends Data.TaggedError('InputUnreadable')<{
  /** The path, or `stdin` when it was a stream. */
  readonly source: string;
  /** The system's code (ENOENT, EACCES, Z_DATA_ERROR …), or its words when it has none. */
  readonly reason: string;
}> {}

/** There is no row in it. */
export class InputEmpty extends Data.TaggedError('InputEmpty')<{ readonly source: string }> {}

/** Rows, but no column of numbers beside the time. */
export class NoNumericColumn extends Data.TaggedError('NoNumericColumn')<{
  readonly source: string;
  /** The columns that were seen. */
  readonly columns: readonly string[];
  /** Rows of the sample that cannot be read, and those that keep a column from being one of numbers. */
  readonly badRows: readonly BadRow[];
}> {}

/** The system's code of a failure, or its words. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
}
