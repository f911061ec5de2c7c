import type { TrainedModels, TrainRequest } from '../analyze/models/train-request.ts';

/** One request, one answer; then the process ends. Structured clones, so that arrays of numbers travel as they are. */
export interface ToTraining {
  readonly request: TrainRequest;
  /** Resident memory at which it gives up. */
  readonly mostBytes: number;
}

export type FromTraining =
  | { readonly type: 'trained'; readonly models: TrainedModels }
  /** These windows cannot be trained on. */
  | { readonly type: 'refused'; readonly reason: string }
  | { readonly type: 'failed'; readonly reason: string };
