import { type ChildProcess, fork } from 'node:child_process';
import { setPriority } from 'node:os';
import { Effect, Layer } from 'effect';
import { TrainingRefused } from '../analyze/autoencoder/errors.ts';
import type { TrainedModels, TrainRequest } from '../analyze/models/train-request.ts';
import { Trainer, TrainingFailed } from '../analyze/models/trainer.ts';
import { limits } from '../domain/limits.ts';
import { entryPoint } from './entry-points.ts';
import type { FromTraining, ToTraining } from './train-protocol.ts';

export interface TrainingBounds {
  readonly ms: number;
  readonly bytes: number;
  /** Told of each process when it has been started. */
  readonly onStart?: (pid: number) => void;
}

const bounds: TrainingBounds = { ms: limits.models.trainingMs, bytes: limits.models.trainingBytes };

/** Trains in a process of its own that ends with the training, one after the other, at the lowest priority. */
export const trainInChild: Layer.Layer<Trainer> = trainInChildWithin(bounds);

export function trainInChildWithin(within: TrainingBounds): Layer.Layer<Trainer> {
  return Layer.succeed(Trainer, { train: (request) => train(request, within) });
}

const train = Effect.fnUntraced(function* (
  request: TrainRequest,
  { ms, bytes, onStart }: TrainingBounds,
): Effect.fn.Return<TrainedModels, TrainingRefused | TrainingFailed> {
  const answer = yield* Effect.scoped(
    Effect.gen(function* () {
      const child = yield* Effect.acquireRelease(Effect.sync(start), end);
      if (child.pid !== undefined) onStart?.(child.pid);
      return yield* ask(child, { request, mostBytes: bytes });
    }),
  ).pipe(
    Effect.timeoutOrElse({
      duration: ms,
      orElse: () => Effect.fail(new TrainingFailed({ reason: `it took longer than ${ms / 1000} s` })),
    }),
  );
  switch (answer.type) {
    case 'trained':
      return answer.models;
    case 'refused':
      return yield* new TrainingRefused({ reason: answer.reason });
    case 'failed':
      return yield* new TrainingFailed({ reason: answer.reason });
  }
});

function start(): ChildProcess {
  const child = fork(entryPoint('train-main'), [], {
    execArgv: [`--max-old-space-size=${Math.round(bounds.bytes / 1024 ** 2)}`],
    serialization: 'advanced',
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  try {
    // From its first moment, so that threads that it starts before it can lower itself inherit it.
    if (child.pid !== undefined) setPriority(child.pid, 19);
  } catch {
    // It has ended already, which its exit tells.
  }
  return child;
}

/** Killed rather than asked: it has nothing to keep. */
const end = (child: ChildProcess): Effect.Effect<void> =>
  Effect.promise(async () => {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
  });

function ask(child: ChildProcess, message: ToTraining): Effect.Effect<FromTraining, TrainingFailed> {
  return Effect.callback<FromTraining, TrainingFailed>((resume) => {
    const fail = (reason: string): void => resume(Effect.fail(new TrainingFailed({ reason })));
    child.once('message', (answer: FromTraining) => resume(Effect.succeed(answer)));
    child.once('error', (error) => fail(`its process: ${error.message}`));
    child.once('exit', (code, signal) =>
      fail(`its process ended ${signal === null ? `with code ${code}` : `by ${signal}`} before it gave a model`),
    );
    child.send(message, (error) => {
      if (error !== null) fail(`its process: ${error.message}`);
    });
  });
}
