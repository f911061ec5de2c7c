import { Context, Data, type Effect, Layer } from 'effect';
import type { TrainingRefused } from '../autoencoder/errors.ts';
import { trainModels } from './train-models.ts';
import type { TrainedModels, TrainRequest } from './train-request.ts';

/** The training ended before it gave a model: its process died, took too long or too much memory. */
export class TrainingFailed extends Data.TaggedError('TrainingFailed')<{ readonly reason: string }> {}

/** Who trains: a process of its own for an analyzer (`daemon/train-process.ts`), or this one. */
export class Trainer extends Context.Service<
  Trainer,
  {
    train(request: TrainRequest): Effect.Effect<TrainedModels, TrainingRefused | TrainingFailed>;
  }
>()('obs/analyze/models/Trainer') {}

/** In this process, which it keeps busy for about a second a day of windows. */
export const trainHere: Layer.Layer<Trainer> = Layer.succeed(Trainer, { train: trainModels });
