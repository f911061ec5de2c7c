import { Flags } from '@oclif/core';
import { Effect } from 'effect';
import { signals } from '../../engine/domain/signals.ts';
import { BaseCommand, exitCodes } from '../shared/base-command.ts';
import { rangeFlags, readRange } from '../shared/range-flags.ts';

export default class ArchiveVerify extends BaseCommand {
  static override summary = 'Read the raw archive and check manifests, checksums and that every record can be read.';
  static override description = 'Exit code 1 with findings. The range is by time of receipt, in whole hours.';
  static override examples = [
    '<%= config.bin %> archive verify --since 7d',
    '<%= config.bin %> archive verify --signal traces --since 2026-01-01 --until 2026-02-01 --json',
  ];
  static override flags = {
    ...rangeFlags,
    signal: Flags.option({ options: signals, description: 'this signal only', helpValue: '<signal>' })(),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(ArchiveVerify);
    const { withArchive } = await import('../../engine/daemon/archive-access.ts');
    const { verifyArchive } = await import('../../engine/store/archive/verify.ts');
    const report = await this.runEngine(
      withArchive(process.env, ({ prefix }) =>
        Effect.gen(function* () {
          const range = yield* readRange(flags, '3650d');
          return yield* verifyArchive({
            ...range,
            prefix,
            signals: flags.signal === undefined ? signals : [flags.signal],
          });
        }),
      ),
    );
    const { objects, manifests, bytes, records, items, findings } = report;
    if (flags.json) this.print(JSON.stringify(report));
    else {
      for (const { key, problem } of findings) this.print(`${key}: ${problem}`);
      const counts = [objects, bytes, manifests, records, items, findings.length].map((n) => n.toLocaleString('en'));
      this.print(
        `${counts[0]} objects (${counts[1]} bytes), ${counts[2]} manifests, ${counts[3]} requests, ${counts[4]} items: ${counts[5]} findings`,
      );
    }
    if (findings.length > 0) this.exit(exitCodes.findings);
  }
}
