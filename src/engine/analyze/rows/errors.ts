import { Data } from 'effect';

/** These rows cannot be learned from, or do not fit what was learned. */
export class RowsRefused extends Data.TaggedError('RowsRefused')<{
  readonly reason: string;
}> {}
