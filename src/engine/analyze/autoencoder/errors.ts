import { Data } from 'effect';

/** These rows cannot train a network: too few, the wrong length, or options that make no sense. */
export class TrainingRefused extends Data.TaggedError('TrainingRefused')<{
  readonly reason: string;
}> {}

/** The bytes are no model of ours, or not all of them. */
export class ModelUnreadable extends Data.TaggedError('ModelUnreadable')<{
  readonly reason: string;
}> {}

/** Rows do not fit the model that is to score them. */
export class RowsDoNotFit extends Data.TaggedError('RowsDoNotFit')<{
  readonly reason: string;
}> {}
