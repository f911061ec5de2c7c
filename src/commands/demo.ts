import { Flags } from '@oclif/core';
import { chosenFaults, faultNames } from '../engine/demo/fault-names.ts';
import { BaseCommand, cannotRun } from './shared/base-command.ts';

export default class Demo extends BaseCommand {
  static override summary = 'Open a small shop, break it on purpose, and explain what is wrong.';
  static override description =
    'Starts the backend if it is not up, a shop of five instrumented processes and a bank that sends no telemetry, ' +
    'and seeded load; turns on a real fault after a baseline, or several at once (`--fault a,b`), and explains the ' +
    'worst trace. The data stay for `obs watch`. With --fault none it is a source of load.';
  static override examples = [
    '<%= config.bin %> demo',
    '<%= config.bin %> demo --fault pool-exhaustion --keep',
    '<%= config.bin %> demo --fault slow-dependency,n-plus-one',
    '<%= config.bin %> demo --fault none --rate 100 --duration 60 --seed 7',
    '<%= config.bin %> demo --fault retry-storm --json',
  ];
  static override flags = {
    fault: Flags.string({
      description: 'what goes wrong after the baseline',
      options: [...faultNames, 'none'],
      multiple: true,
      delimiter: ',',
      default: ['slow-dependency'],
    }),
    rate: Flags.integer({ description: 'requests a second, on average', default: 15, min: 1, helpValue: '<n>' }),
    duration: Flags.integer({
      description: 'seconds of load, the first 55 % of them the baseline',
      default: 36,
      min: 5,
      helpValue: '<seconds>',
    }),
    seed: Flags.integer({ description: 'the same seed gives the same requests', default: 1, helpValue: '<n>' }),
    keep: Flags.boolean({ description: 'go on until Ctrl-C' }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Demo);
    const faults = chosenFaults(flags.fault);
    if (faults === undefined) return this.fail(cannotRun('demo', '--fault none goes with no other fault'));
    const { runDemo } = await import('../engine/demo/run-demo.ts');
    const { progressOn } = await import('../engine/demo/progress.ts');
    const { renderResult } = await import('../engine/demo/render-result.ts');
    const options = {
      faults,
      rate: flags.rate,
      durationMs: flags.duration * 1000,
      seed: flags.seed,
      keep: flags.keep,
    };
    const paint = this.colours(flags['no-color']);
    const demo = runDemo(process.env, options, progressOn(process.stderr), (result) =>
      this.print(flags.json ? JSON.stringify(result) : renderResult(result, process.stdout.columns ?? 80, paint)),
    );
    await this.runEngine(demo, flags.keep ? 0 : 130);
  }
}
