/**
 * One training, in a process that ends with it: a second or two of one core and a hundred megabytes or more, neither of
 * which whoever watches the newest windows should spend.
 */
import { setPriority } from 'node:os';
import { Cause, Effect, Exit, Result } from 'effect';
import { trainModels } from '../analyze/models/train-models.ts';
import type { FromTraining, ToTraining } from './train-protocol.ts';

if (process.send === undefined) {
  process.stderr.write('The training process is started by the analyzer: use `obs models train`.\n');
  process.exit(2);
}

/** Behind everything else on this machine. */
setPriority(19);
process.umask(0o077);
// The terminal sends SIGINT to the whole group; whoever started the training decides when it ends.
process.on('SIGINT', () => {});
// Nobody waits for the answer.
process.on('disconnect', () => process.exit(1));

const memoryCheckMs = 100;

const answer = (message: FromTraining): void => {
  process.send?.(message, undefined, undefined, () => process.exit(0));
};

process.once('message', ({ request, mostBytes }: ToTraining) => {
  const watch = setInterval(() => {
    if (process.memoryUsage.rss() <= mostBytes) return;
    clearInterval(watch);
    answer({ type: 'failed', reason: `it needed more than ${Math.round(mostBytes / 1024 ** 2)} MiB of memory` });
  }, memoryCheckMs);
  const work = Effect.exit(Effect.result(trainModels(request)));
  void Effect.runPromise(
    Effect.map(work, (exit) => {
      clearInterval(watch);
      if (Exit.isFailure(exit)) answer({ type: 'failed', reason: String(Cause.squash(exit.cause)) });
      else if (Result.isFailure(exit.value)) answer({ type: 'refused', reason: exit.value.failure.reason });
      else answer({ type: 'trained', models: exit.value.success });
    }),
  );
});
