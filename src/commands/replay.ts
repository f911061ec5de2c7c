import { Flags } from '@oclif/core';
import { Effect } from 'effect';
import { signals } from '../engine/domain/signals.ts';
import { describeReplay } from '../engine/replay/describe-replay.ts';
import { BaseCommand, exitCodes } from './shared/base-command.ts';
import { rangeFlags, readRange } from './shared/range-flags.ts';

export default class Replay extends BaseCommand {
  static override summary =
    'Bring requests of the raw archive back into the store of the running backend, without doubles.';
  static override description =
    'The range is by time of receipt. Rows that the store has stay as they are; those that it lacks are added, rollups included. Exit code 1 when a part of the archive could not be read.';
  static override examples = [
    '<%= config.bin %> replay --since 2026-01-01 --until 2026-02-01',
    '<%= config.bin %> replay --since 24h --signal traces --json',
  ];
  static override flags = {
    ...rangeFlags,
    since: Flags.string({
      description: 'from this time on: a span of time ago or an ISO 8601 date',
      helpValue: '<24h>',
      required: true,
    }),
    signal: Flags.option({ options: signals, description: 'this signal only', helpValue: '<signal>' })(),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Replay);
    const { replayArchive } = await import('../engine/daemon/replay-archive.ts');
    const wanted = flags.signal === undefined ? signals : [flags.signal];
    const onProgress = (done: number, of: number): void => {
      if (process.stderr.isTTY) process.stderr.write(`\r${done} of ${of} objects`);
      if (process.stderr.isTTY && done === of) process.stderr.write('\n');
    };
    const report = await this.runEngine(
      Effect.gen(function* () {
        const range = yield* readRange(flags, flags.since);
        return yield* replayArchive({ ...range, signals: wanted }, process.env, onProgress);
      }),
    );
    if (flags.json) this.print(JSON.stringify(report));
    else {
      for (const signal of wanted) {
        this.print(`${signal.padEnd(8)} ${describeReplay(report.signals[signal])}`);
      }
      for (const { key, problem } of report.findings) this.note(`${key}: ${problem}`);
    }
    if (report.findings.length > 0) this.exit(exitCodes.findings);
  }
}
