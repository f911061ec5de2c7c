import { Args, Flags } from '@oclif/core';
import { Effect } from 'effect';
import { numberFlag } from './shared/number-flag.ts';
import { BaseCommand, exitCodes } from './shared/base-command.ts';

export default class Detect extends BaseCommand {
  static override summary = 'Find what is unusual in the numbers of a CSV or NDJSON file.';
  static override description =
    'Works with no daemon and no store. Each row is judged by what came before it alone, as if it came in just now.';
  static override examples = [
    '<%= config.bin %> detect latency.csv',
    '<%= config.bin %> detect host.csv --together',
    'cat memory.ndjson | <%= config.bin %> detect --json --scores --exit-code',
  ];
  static override args = {
    file: Args.string({ description: 'CSV or NDJSON, plain or gzip; without one, standard input', ignoreStdin: true }),
  };
  static override flags = {
    column: Flags.string({ description: 'only this column', multiple: true, helpValue: '<name>' }),
    together: Flags.boolean({
      description: 'judge the columns as one system, whose first rows are taken for normal',
    }),
    train: Flags.integer({
      description: 'how many (default: a quarter, 5000 at most)',
      min: 10,
      helpValue: '<rows>',
      dependsOn: ['together'],
    }),
    threshold: Flags.string({ description: 'score from which on a row is unusual', helpValue: '<number>' }),
    scores: Flags.boolean({ description: 'the score of every row too, in JSON', dependsOn: ['json'] }),
    'exit-code': Flags.boolean({ description: 'exit with 1 when something is unusual' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Detect);
    const { detectTable } = await import('../engine/analyze/files/detect-table.ts');
    const { detectionJson } = await import('../engine/analyze/files/detection-json.ts');
    const { renderDetection } = await import('../engine/analyze/files/render-detection.ts');
    const { inputOf } = await import('../engine/analyze/files/input-of.ts');
    const { notesOf } = await import('../engine/analyze/files/notes.ts');
    const { terminalWidth } = await import('../engine/analyze/files/plot.ts');
    const { column: columns = [], together, train: trainRows } = flags;
    const work = Effect.gen(function* () {
      const threshold =
        flags.threshold === undefined
          ? undefined
          : yield* numberFlag('--threshold', flags.threshold, (n) => n > 0, 'a number above 0');
      return yield* detectTable(yield* inputOf(args.file, 'series'), { columns, together, trainRows, threshold });
    });
    const detection = await this.runEngine(work);
    const json = (): string => JSON.stringify(detectionJson(detection, flags.scores));
    this.print(flags.json ? json() : renderDetection(detection, terminalWidth()));
    for (const note of notesOf(detection.table)) this.note(note);
    if (flags['exit-code'] && detection.detected.some(({ anomalies }) => anomalies.length > 0)) {
      this.exit(exitCodes.findings);
    }
  }
}
