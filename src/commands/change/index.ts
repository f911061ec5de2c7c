import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../shared/base-command.ts';
import { readKnownRange } from '../shared/known-range.ts';
import { rangeFlags } from '../shared/range-flags.ts';

export default class Change extends BaseCommand {
  static override summary = 'What was changed and when: deployments seen in telemetry, and what was noted.';
  static override examples = [
    '<%= config.bin %> change',
    '<%= config.bin %> change 1f3a',
    '<%= config.bin %> change --service cart --since 7d --json',
  ];
  static override args = { change: Args.string({ description: 'id of one, or the beginning of it' }) };
  static override flags = {
    ...rangeFlags,
    service: Flags.string({ description: 'of this service', helpValue: '<name>' }),
    limit: Flags.integer({ description: 'newest at most', default: 50, min: 1, max: 10_000, helpValue: '<n>' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Change);
    const { findChange, listChanges } = await import('../../engine/analyze/changes/list-changes.ts');
    const { renderChange, renderChanges } = await import('../../engine/analyze/changes/render-changes.ts');
    const [width, colours] = [process.stdout.columns ?? 80, this.colours(flags['no-color'])];
    if (args.change !== undefined) {
      const change = await this.runQuery(findChange(args.change));
      return this.print(flags.json ? JSON.stringify(change) : renderChange(change, width, colours));
    }
    const { sinceUnixMs: fromMs, untilUnixMs: toMs } = await this.runEngine(readKnownRange(flags, '24h'));
    const changes = await this.runQuery(listChanges({ fromMs, toMs, service: flags.service, limit: flags.limit }));
    if (flags.json) for (const change of changes) this.print(JSON.stringify(change));
    else if (changes.length > 0) this.print(renderChanges(changes, width, colours));
    if (changes.length === 0) {
      const none = 'No changes in this time. Note one: obs change add --service cart --to 3.2.0';
      if (flags.json) this.note(none);
      else this.print(none);
    }
    if (changes.length === flags.limit) this.note(`The newest ${flags.limit}; more with --limit.`);
  }
}
