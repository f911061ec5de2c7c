import { Flags } from '@oclif/core';
import { Effect } from 'effect';
import { formatBytes } from '../../engine/config/bytes.ts';
import { BadInput } from '../../engine/domain/errors.ts';
import { bySignal } from '../../engine/domain/signals.ts';
import { BaseCommand } from '../shared/base-command.ts';
import { readAge } from '../shared/prune-flags.ts';

export default class ArchivePrune extends BaseCommand {
  static override summary = 'Delete hours of the raw archive that are past their retention.';
  static override description =
    'Goes by archive.retentionDays of obs.yaml, signal by signal, or by --older-than for all of them. Nothing is deleted by itself.';
  static override examples = [
    '<%= config.bin %> archive prune --dry-run',
    '<%= config.bin %> archive prune --older-than 90d --dry-run',
  ];
  static override flags = {
    'older-than': Flags.string({ description: 'in place of the rules in obs.yaml', helpValue: '<90d>' }),
    'dry-run': Flags.boolean({ description: 'say what would go, and delete nothing' }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(ArchivePrune);
    const { withArchive } = await import('../../engine/daemon/archive-access.ts');
    const { planPrune, prune } = await import('../../engine/store/archive/prune.ts');
    const plan = await this.runEngine(
      withArchive(process.env, ({ prefix, retentionDays }) =>
        Effect.gen(function* () {
          const ms = yield* readAge(flags['older-than'], '90d');
          const rules = ms === undefined ? retentionDays : bySignal(() => ms / 86_400_000);
          if (Object.keys(rules).length === 0) return yield* noRule;
          const plan = yield* planPrune(prefix, rules, Date.now());
          if (!flags['dry-run']) yield* prune(plan);
          return plan;
        }),
      ),
    );
    for (const { signal, hour, objects, bytes } of plan) {
      if (flags.json) this.print(JSON.stringify({ signal, hour, objects, bytes, deleted: !flags['dry-run'] }));
      else this.print(`${signal.padEnd(8)} ${hour.slice(0, 13)}  ${objects} objects, ${formatBytes(bytes)}`);
    }
    const objects = plan.reduce((sum, hour) => sum + hour.objects, 0);
    const bytes = formatBytes(plan.reduce((sum, hour) => sum + hour.bytes, 0));
    this.note(`${flags['dry-run'] ? 'Would delete' : 'Deleted'} ${objects} objects of ${plan.length} hours, ${bytes}.`);
  }
}

const noRule = new BadInput({
  what: 'There is no rule to prune by',
  why: 'obs.yaml has no archive.retentionDays, and --older-than was not given',
  hint: 'obs archive prune --older-than 90d --dry-run',
});
