import { Flags } from '@oclif/core';
import { Effect } from 'effect';
import { BaseCommand } from '../shared/base-command.ts';
import { readKnownRange } from '../shared/known-range.ts';
import { rangeFlags } from '../shared/range-flags.ts';

export default class FeaturesExport extends BaseCommand {
  static override summary = 'Write the features of closed windows for other tools: pandas, polars, DuckDB, NumPy.';
  static override description =
    'One row a window and subject (service, operation, host, metric series, call between services), one column a feature. What the columns mean: docs/features.md.';
  static override examples = [
    '<%= config.bin %> features export --format parquet --seconds 60 --since 24h --output features.parquet',
    '<%= config.bin %> features export --format npz --service checkout --since 2h --output checkout.npz',
  ];
  static override flags = {
    ...rangeFlags,
    format: Flags.option({
      options: ['parquet', 'arrow', 'npz'] as const,
      description: 'parquet or arrow: a table; npz: an array of time × feature a subject',
      default: 'parquet',
      helpValue: '<name>',
    })(),
    seconds: Flags.option({
      options: ['10', '60', '600'] as const,
      description: 'length of the windows',
      default: '60',
      helpValue: '<s>',
    })(),
    service: Flags.string({ description: 'of this service', helpValue: '<name>' }),
    output: Flags.string({ char: 'o', description: 'file to write', required: true, helpValue: '<path>' }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(FeaturesExport);
    const { exportFeatures } = await import('../../engine/analyze/features/export/export-features.ts');
    const { windowSeconds } = await import('../../engine/domain/feature-row.ts');
    const seconds = windowSeconds.find((length) => String(length) === flags.seconds) ?? 60;
    const work = Effect.gen(function* () {
      const { sinceUnixMs: fromMs, untilUnixMs: toMs } = yield* readKnownRange(flags, '1h');
      return yield* exportFeatures({ seconds, fromMs, toMs, service: flags.service }, flags.format, flags.output);
    });
    const { file, rows, subjects, bytes } = await this.runQuery(work);
    if (flags.json) this.print(JSON.stringify({ file, rows, subjects, bytes }));
    this.note(`${rows} rows of ${subjects} subjects in ${file} (${bytes} bytes).`);
  }
}
