import { Flags } from '@oclif/core';
import { Effect } from 'effect';
import { formatBytes } from '../../engine/config/bytes.ts';
import { signals } from '../../engine/domain/signals.ts';
import { BaseCommand } from '../shared/base-command.ts';
import { readPruneRule } from '../shared/prune-flags.ts';

export default class StoragePrune extends BaseCommand {
  static override summary = 'Drop whole days from the store, the oldest first.';
  static override description = 'Rollups go with what they were made from. Days are those of the rows, in UTC.';
  static override examples = [
    '<%= config.bin %> storage prune --older-than 3d --dry-run',
    '<%= config.bin %> storage prune --to 10GiB',
    '<%= config.bin %> storage prune --older-than 1d --signal logs',
    '<%= config.bin %> storage prune --to 2GiB --signal traces',
  ];
  static override flags = {
    'older-than': Flags.string({ description: 'days that ended this long ago', helpValue: '<3d>', exclusive: ['to'] }),
    to: Flags.string({
      description: 'the oldest days until this much is left; with --signal, of those signals',
      helpValue: '<10GiB>',
    }),
    signal: Flags.string({ description: 'of this signal alone', options: [...signals], multiple: true }),
    'dry-run': Flags.boolean({ description: 'say what would go, and drop nothing' }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(StoragePrune);
    const dryRun = flags['dry-run'];
    const { askStorage } = await import('../../engine/daemon/ask-storage.ts');
    const wanted = signals.filter((signal) => flags.signal === undefined || flags.signal.includes(signal));
    const result = await this.runEngine(
      Effect.flatMap(readPruneRule(flags, Date.now()), (rule) =>
        askStorage({ kind: 'prune', rule, signals: wanted, dryRun }, process.env),
      ),
    );
    const dropped = result.kind === 'prune' ? result.dropped : [];
    for (const day of dropped) {
      const line = `${day.day}  ${day.table}  ${day.rows} rows, ${formatBytes(day.bytes)}`;
      this.print(flags.json ? JSON.stringify({ ...day, dropped: !dryRun }) : line);
    }
    const bytes = formatBytes(dropped.reduce((sum, day) => sum + day.bytes, 0));
    this.note(`${dryRun ? 'Would drop' : 'Dropped'} ${dropped.length} days of tables, ${bytes}.`);
  }
}
